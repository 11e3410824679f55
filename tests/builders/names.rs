//! Names that pretend, and the honest names they resemble.

use super::Fixture;
use super::types::{EXECUTABLE, program, shell_link};

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n";
const TEXT: &[u8] = b"an ordinary note\r\n";

pub(crate) fn fixtures() -> Vec<Fixture> {
    let exe = || program(EXECUTABLE, b"");
    let page = || b"<!DOCTYPE html><html><body>x</body></html>".to_vec();
    let hostile = [
        ("name-double-program", "invoice.pdf.exe", exe()),
        ("name-double-shortcut", "見積書.docx.lnk", shell_link()),
        ("name-padded-program", "請求書.pdf                    .exe", exe()),
        ("name-reversed-program", "invoice_\u{202E}fdp.exe", exe()),
        ("name-program-as-picture", "photo.jpg", exe()),
        ("name-text-as-screen-saver", "photo.jpg.scr", TEXT.to_vec()),
        ("name-double-page", "report.pdf.html", page()),
        ("name-reversed", "note\u{202E}fdp.txt", TEXT.to_vec()),
        ("name-padded", "note\u{3000}\u{3000}\u{3000}\u{3000}\u{3000}\u{3000}.txt", TEXT.to_vec()),
        ("name-invisible", "note.t\u{200B}xt", TEXT.to_vec()),
        ("name-blank-letter", "note\u{2800}.txt", TEXT.to_vec()),
        ("name-zero", "invoice.js\0.txt", TEXT.to_vec()),
        ("name-forbidden-characters", "invoice.j*s?", TEXT.to_vec()),
        ("name-page-as-pdf", "report.pdf", page()),
        ("name-rar-as-7z", "reports.7z", b"Rar!\x1A\x07\0\xCF\x90\x73".to_vec()),
        ("name-pdf-as-picture", "photo.jpg", PDF.to_vec()),
    ];
    let honest = [
        ("name-honest-dots", "Report.2024.v1.2.final.txt", TEXT.to_vec()),
        ("name-honest-double", "prices.xlsx.txt", TEXT.to_vec()),
        ("name-honest-arabic", "تقرير\u{200F} 2024\u{200E}.txt", TEXT.to_vec()),
        ("name-honest-persian", "می\u{200C}خواهم.txt", TEXT.to_vec()),
        ("name-honest-emoji", "👨\u{200D}👩\u{200D}👧❤\u{FE0F}.txt", TEXT.to_vec()),
        ("name-honest-variant", "葛\u{E0100}飾区.txt", TEXT.to_vec()),
        ("name-honest-table", "No.1      田中様      見積.txt", TEXT.to_vec()),
        ("name-honest-full-width", "請求書(2024.04)　ご確認.txt", TEXT.to_vec()),
        ("name-honest-text-kinds", "export.csv.log", TEXT.to_vec()),
        ("name-honest-no-extension", "LICENSE", TEXT.to_vec()),
        ("name-honest-data", "cache.dat", TEXT.to_vec()),
    ];
    let hostile = hostile.into_iter().map(|(id, file, bytes)| Fixture::new(id, file, bytes));
    let honest = honest.into_iter().map(|(id, file, bytes)| Fixture::new(id, file, bytes).honest());
    hostile.chain(honest).collect()
}
