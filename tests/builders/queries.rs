//! Data that workbooks ask for: queries of Power Query ([MS-QDEFF]) in custom XML, connections and formulas of binary
//! workbooks. Nothing is ever asked.

use super::Fixture;
use super::ooxml::Package;
use super::wrapped::base64;
use super::zip::{Entry, zip};
use super::{biff, xlsb};

/// The binary stream of the queries (2.2): version, package, permissions, metadata, bindings.
fn mashup(package: &[u8]) -> Vec<u8> {
    let permissions = b"<PermissionList><FirewallEnabled>true</FirewallEnabled></PermissionList>";
    let part = |bytes: &[u8]| [&(bytes.len() as u32).to_le_bytes()[..], bytes].concat();
    [vec![0; 4], part(package), part(permissions), part(&[]), part(&[])].concat()
}

fn package(code: &str) -> Vec<u8> {
    zip(&[
        Entry::deflated("Config/Package.xml", b"<Package><Version>2.70</Version></Package>"),
        Entry::deflated("[Content_Types].xml", b"<Types/>"),
        Entry::deflated("Formulas/Section1.m", format!("section Section1;\r\n\r\n{code}").as_bytes()),
    ])
}

/// A workbook with queries, and a connection that asks them.
fn workbook(stream: &[u8], refresh: &str) -> Vec<u8> {
    let item = format!(
        "<?xml version=\"1.0\" encoding=\"utf-16\"?><DataMashup xmlns=\"http://schemas.microsoft.com/DataMashup\">{}</DataMashup>",
        base64(stream)
    );
    let item: Vec<u8> = [0xFEFF].into_iter().chain(item.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let connections = format!(
        "<connections xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><connection id=\"1\" name=\"Query - Rates\" type=\"5\" {refresh}><dbPr connection=\"Provider=Microsoft.Mashup.OleDb.1;Data Source=$Workbook$;Location=Rates\" command=\"SELECT * FROM [Rates]\"/></connection></connections>"
    );
    Package::excel(false)
        .part("customXml/item1.xml", "application/xml", &item)
        .part(
            "xl/connections.xml",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.connections+xml",
            connections.as_bytes(),
        )
        .build()
}

/// A workbook with one connection, and a pivot table that shows it.
fn pivot(connection: &str, definition: &str) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let kind = |name: &str| format!("application/vnd.openxmlformats-officedocument.spreadsheetml.{name}+xml");
    Package::excel(false)
        .part(
            "xl/connections.xml",
            &kind("connections"),
            format!("<connections xmlns=\"{main}\"><connection id=\"1\" name=\"Sales\" {connection}</connection></connections>").as_bytes(),
        )
        .part(
            "xl/pivotCache/pivotCacheDefinition1.xml",
            &kind("pivotCacheDefinition"),
            format!("<pivotCacheDefinition xmlns=\"{main}\" {definition}</pivotCacheDefinition>").as_bytes(),
        )
        .build()
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    const FEED: &str = "type=\"100\" refreshedVersion=\"0\"><extLst><ext uri=\"{DE250136-89BD-433C-8126-D09CA5730AF9}\" xmlns:x15=\"http://schemas.microsoft.com/office/spreadsheetml/2010/11/main\"><x15:connection id=\"1\"><x15:dataFeedPr connection=\"Data Source=https://updates.invalid/feed;Namespaces to Include=*\"/></x15:connection></ext></extLst>";
    const SQL: &str = "type=\"5\"><dbPr connection=\"Provider=SQLOLEDB.1;Data Source=SALES01;Initial Catalog=db\" command=\"SELECT 1\"/>";
    let external = |refresh: &str| format!("{refresh}><cacheSource type=\"external\" connectionId=\"1\"/>");
    let loads = external("refreshOnLoad=\"1\"");
    let from_web = "Host = \"https://updates\" & \".invalid/\",\r\nshared Rates = let\r\n    Source = Json.Document(Web.Contents(Host & \"rates\", [Timeout=#duration(0,0,0,9)]))\r\nin\r\n    Source;";
    let of_office = "shared Rates = let\r\n    ソース = Csv.Document(File.Contents(\"C:\\data\\rates.csv\"),[Delimiter=\",\"]),\r\n    表 = Sql.Database(\"SALES01\", \"db\")\r\nin\r\n    ソース;";
    let with = |code: &str, refresh: &str| workbook(&mashup(&package(code)), refresh);
    vec![
        Fixture::new("query-from-web-on-load", "rates.xlsx", with(from_web, "refreshOnLoad=\"1\"")),
        Fixture::new("query-from-web", "rates.xlsx", with(from_web, "")).honest(),
        Fixture::new("query-of-office", "rates.xlsx", with(of_office, "refreshOnLoad=\"1\"")).honest(),
        Fixture::new("query-damaged", "rates.xlsx", workbook(&mashup(b"PK and nothing else"), "")),
        Fixture::new("xlsb-connection-loads", "rates.xlsb", xlsb::connection(true, "https://updates.invalid/a")),
        Fixture::new("xlsb-connection", "rates.xlsb", xlsb::connection(false, "https://www.example/rates")).honest(),
        Fixture::new("xlsb-fetch", "rates.xlsb", xlsb::fetch("https://www.example/rates")),
        Fixture::new("biff-web-table-loads", "rates.xls", biff::web_table(true, "https://updates.invalid/a")),
        Fixture::new("biff-web-table", "rates.xls", biff::web_table(false, "https://www.example/rates")).honest(),
        Fixture::new("pivot-feed-loads", "sales.xlsx", pivot(FEED, &loads)),
        Fixture::new("pivot-feed", "sales.xlsx", pivot(FEED, &external(""))).honest(),
        Fixture::new("pivot-database-loads", "sales.xlsx", pivot(SQL, &loads)).honest(),
        Fixture::new(
            "connection-file-loads",
            "sales.xlsx",
            pivot(
                "type=\"5\" refreshOnLoad=\"1\" onlyUseConnectionFile=\"1\" odcFile=\"https://updates.invalid/a.odc\"><dbPr connection=\"\"/>",
                &external(""),
            ),
        ),
        Fixture::new("biff-connection-loads", "rates.xls", biff::connection(true, "https://updates.invalid/a")),
        Fixture::new("biff-connection", "rates.xls", biff::connection(false, "https://www.example/rates")).honest(),
        Fixture::new("biff-pivot-shell", "rates.xls", biff::pivot("exec xp_cmdshell 'echo unopened'")),
        Fixture::new("biff-pivot", "rates.xls", biff::pivot("Provider=SQLOLEDB.1;Data Source=SALES01")).honest(),
        Fixture::new("biff-pivot-cache-loads", "sales.xls", biff::pivot_cache(true, "https://updates.invalid/a")),
        Fixture::new("biff-pivot-cache", "sales.xls", biff::pivot_cache(false, "https://www.example/rates")).honest(),
        Fixture::new("xlsb-pivot-loads", "sales.xlsb", xlsb::pivot(true, "https://updates.invalid/a")),
        Fixture::new("xlsb-pivot", "sales.xlsb", xlsb::pivot(false, "https://www.example/rates")).honest(),
        Fixture::new("biff-fetch", "rates.xls", biff::fetch("https://www.example/rates")),
    ]
}
