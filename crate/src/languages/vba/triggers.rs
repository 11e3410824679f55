//! Procedures that Office calls by itself.
//!
//! A name alone is no trigger: `Workbook_Open` in a standard module is never called, and neither is a comment about it.
//! What counts is the definition, in a module where the program looks for it. What starts only when a person clicks or
//! edits is a trigger too, but not an automatic one.

use super::ModuleKind;

/// Word calls these in standard modules and in ThisDocument, Excel in standard modules ("Auto macros").
const AUTO_MACROS: &[&str] = &[
    "autoexec",
    "autoopen",
    "autonew",
    "autoclose",
    "autoexit",
    "auto_open",
    "auto_close",
    "auto_activate",
    "auto_deactivate",
    "auto_add",
    "auto_remove",
];

/// PowerPoint calls these in standard modules while a show runs.
const SLIDE_SHOW: &[&str] = &[
    "onslideshowpagechange",
    "onslideshowterminate",
    "slideshowbegin",
    "slideshowend",
    "slideshownextslide",
    "slideshownextbuild",
    "slideshownextclick",
    "onslideshownextslide",
];

/// Events of documents, workbooks and sheets that come with opening, showing, calculating or closing.
const AUTOMATIC: &[(&str, &[&str])] = &[
    (
        "document",
        &[
            "open",
            "new",
            "close",
            "sync",
            "contentcontrolonenter",
            "contentcontrolafteradd",
            "contentcontrolbeforestoreupdate",
            "contentcontrolbeforecontentupdate",
            "xmlafterinsert",
            "buildingblockinsert",
            "beforeclose",
            // Visio.
            "documentopened",
            "documentcreated",
            "beforedocumentclose",
            "runmodeentered",
        ],
    ),
    (
        "workbook",
        &[
            "open",
            "activate",
            "deactivate",
            "beforeclose",
            "windowactivate",
            "windowdeactivate",
            "windowresize",
            "sheetactivate",
            "sheetdeactivate",
            "sheetcalculate",
            "aftersave",
            "addininstall",
            "addinuninstall",
            "rowsetcomplete",
            "sync",
            "aftercalculate",
            "sheettableupdate",
            "sheetpivottableupdate",
            "pivottableopenconnection",
            "afterxmlimport",
            "beforexmlimport",
            "modelchange",
            "close",
            "pivottablecloseconnection",
            "sheetpivottablechangesync",
            "sheetlensgalleryrendercomplete",
            "afterremotechange",
            "beforeremotechange",
        ],
    ),
    (
        "worksheet",
        &[
            "activate",
            "deactivate",
            "calculate",
            "tableupdate",
            "pivottableupdate",
            "pivottablechangesync",
            "lensgalleryrendercomplete",
        ],
    ),
    ("chart", &["activate", "deactivate", "calculate", "resize"]),
    ("application", &["startup", "newmail", "newmailex", "quit", "maploadcomplete", "reminder", "itemload"]),
    ("presentation", &["open", "close"]),
    // Access.
    ("form", &["open", "load", "current", "activate", "deactivate", "timer", "unload", "close", "resize"]),
    ("report", &["open", "load", "current", "activate", "deactivate", "timer", "unload", "close", "page", "nodata"]),
    // Project.
    ("project", &["open", "activate", "deactivate", "beforeclose", "calculate"]),
    ("slide", &[]),
];

/// Events of controls on a page that need no click: the control is drawn, gets the focus, or the mouse passes.
const CONTROL: &[&str] = &[
    "painted",
    "painting",
    "layout",
    "resize",
    "gotfocus",
    "lostfocus",
    "mousemove",
    "mousehover",
    "mouseenter",
    "mouseleave",
    "beforenavigate2",
    "beforescriptexecute",
    "documentcomplete",
    "downloadbegin",
    "downloadcomplete",
    "filedownload",
    "navigatecomplete2",
    "navigateerror",
    "progresschange",
    "propertychange",
    "setsecurelockicon",
    "statustextchange",
    "titlechange",
    // Windows Media Player.
    "openstatechange",
    "playstatechange",
    "mediachange",
    "currentitemchange",
    "statuschange",
    // The remote desktop client.
    "onconnecting",
    "onconnected",
    "ondisconnected",
    "onlogincomplete",
    "onfatalerror",
    "onwarning",
    "onautoreconnecting",
];

/// Events of controls, documents and sheets that follow from what a person does.
const BY_HAND: &[&str] = &[
    "click",
    "dblclick",
    "change",
    "keydown",
    "keyup",
    "keypress",
    "mousedown",
    "mouseup",
    "selectionchange",
    "beforedoubleclick",
    "beforerightclick",
    "followhyperlink",
    "beforeprint",
    "beforesave",
    "enter",
    "exit",
    "select",
    "contentcontrolonexit",
    "contentcontrolbeforedelete",
    "sheetchange",
    "sheetselectionchange",
    "sheetbeforedoubleclick",
    "sheetbeforerightclick",
    "sheetfollowhyperlink",
    "newsheet",
    "newchart",
    "spinup",
    "spindown",
    "scroll",
    "dropbuttonclick",
    "afterupdate",
    "beforeupdate",
    "beforedelete",
    "sheetbeforedelete",
    "beforedragover",
    "beforedroporpaste",
    "addcontrol",
    "removecontrol",
    "error",
    "zoom",
    "sheetpivottableaftervaluechange",
    "pivottableaftervaluechange",
];

/// Properties of Excel 5 that take the name of a procedure, which is then called without a click.
pub(super) const SET: &[&str] =
    &["onsheetactivate", "onsheetdeactivate", "oncalculate", "onwindow", "ondata", "onentry"];

/// Commands of Word that a macro of the same name takes the place of.
const COMMANDS: &[&str] = &[
    "fileopen",
    "filesave",
    "filesaveas",
    "fileprint",
    "fileprintdefault",
    "fileclose",
    "filenew",
    "fileexit",
    "toolsmacro",
    "viewvbcode",
    "helpabout",
    "editcopy",
    "editpaste",
    "filetemplates",
    "toolsoptions",
    "docclose",
    "editcut",
    "editfind",
    "editselectall",
    "editundo",
    "fileprintpreview",
    "filequit",
    "filesaveall",
    "filesend",
    "formatfont",
    "insertpicture",
    "nextcell",
    "organizer",
    "startofdocument",
    "toolscustomize",
    "toolsrecordmacrotoggle",
    "viewcode",
    "viewnormal",
    "viewtoolbars",
];

/// Events that come with reading a document as anybody does: another cell is selected, it is saved, it is printed.
const IN_USE: &[&str] = &["selectionchange", "sheetselectionchange", "beforesave", "beforeprint"];

/// How a procedure is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// By opening, showing or closing the document.
    Automatic,
    /// By what a person does in it.
    ByHand,
    /// By what everybody does who reads it, and nobody takes for a button.
    InUse,
    /// In Word, in the place of the command of its name; elsewhere by hand.
    Command,
    /// When the form or class it belongs to comes into being.
    WithObject,
}

/// How a procedure of this name, in a module of this name and kind, is started; `None` if only by other code.
pub(super) fn start(procedure: &str, module: &str, kind: ModuleKind) -> Option<Start> {
    let name = procedure.to_lowercase();
    let places_code = matches!(kind, ModuleKind::Standard | ModuleKind::Document);
    if places_code && AUTO_MACROS.contains(&name.as_str()) {
        return Some(Start::Automatic);
    }
    // Word: a module called AutoOpen whose Main it runs.
    if kind == ModuleKind::Standard && name == "main" && AUTO_MACROS.contains(&module.to_lowercase().as_str()) {
        return Some(Start::Automatic);
    }
    if kind == ModuleKind::Standard && SLIDE_SHOW.contains(&name.as_str()) {
        return Some(Start::Automatic);
    }
    let module_is_command = kind == ModuleKind::Standard && name == "main";
    if places_code && COMMANDS.contains(&name.as_str())
        || module_is_command && COMMANDS.contains(&module.to_lowercase().as_str())
    {
        return Some(Start::Command);
    }
    let (object, event) = name.rsplit_once('_')?;
    match kind {
        ModuleKind::Standard => None,
        ModuleKind::Document if !is_owner(object, module) => None,
        ModuleKind::Document => document_event(object, event),
        // A class that looks like a document was made by hand to look like a class.
        ModuleKind::Class if matches!(module.to_lowercase().as_str(), "thisworkbook" | "thisdocument") => {
            document_event(object, event)
        }
        ModuleKind::Class => matches!(event, "initialize" | "terminate").then_some(Start::WithObject),
        ModuleKind::Form => Some(if BY_HAND.contains(&event) { Start::ByHand } else { Start::WithObject })
            .filter(|start| *start == Start::ByHand || CONTROL.contains(&event) || object == "userform"),
    }
}

/// Whether an event follows from what a person does.
pub(super) fn is_by_hand(event: &str) -> bool {
    // Word tells of another document in front under a name of this shape.
    event != "documentchange" && is_one(event, BY_HAND)
}

/// Whether an event comes with reading a document.
pub(super) fn is_in_use(event: &str) -> bool {
    is_one(event, IN_USE)
}

/// As named, or as the application names it: `WorkbookBeforeSave`, `WindowSelectionChange`.
fn is_one(event: &str, events: &[&str]) -> bool {
    let objects = ["", "workbook", "document", "window", "presentation"];
    objects.iter().any(|object| event.strip_prefix(object).is_some_and(|event| events.contains(&event)))
}

/// Access and Project call their own modules alone; elsewhere these are names like any other.
fn is_owner(object: &str, module: &str) -> bool {
    let module = module.to_lowercase();
    match object {
        "form" => module.starts_with("form_"),
        "report" => module.starts_with("report_"),
        "project" => module == "thisproject",
        _ => true,
    }
}

fn document_event(object: &str, event: &str) -> Option<Start> {
    if let Some((_, events)) = AUTOMATIC.iter().find(|(name, _)| *name == object) {
        if events.contains(&event) {
            return Some(Start::Automatic);
        }
        if IN_USE.contains(&event) {
            return Some(Start::InUse);
        }
        return BY_HAND.contains(&event).then_some(Start::ByHand);
    }
    // This one tells of its first picture, which it gets when it is loaded.
    if event == "change" && object.starts_with("imagecombo") {
        return Some(Start::Automatic);
    }
    if CONTROL.contains(&event) {
        return Some(Start::Automatic);
    }
    BY_HAND.contains(&event).then_some(Start::ByHand)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_where_office_looks() {
        assert_eq!(start("Workbook_Open", "ThisWorkbook", ModuleKind::Document), Some(Start::Automatic));
        assert_eq!(start("Workbook_Open", "Module1", ModuleKind::Standard), None);
        assert_eq!(start("AutoOpen", "NewMacros", ModuleKind::Standard), Some(Start::Automatic));
        assert_eq!(start("AutoOpen", "Class1", ModuleKind::Class), None);
        assert_eq!(start("Main", "AutoOpen", ModuleKind::Standard), Some(Start::Automatic));
        assert_eq!(start("Main", "Module1", ModuleKind::Standard), None);
    }

    #[test]
    fn a_click_is_not_automatic_and_being_drawn_is() {
        assert_eq!(start("CommandButton1_Click", "Sheet1", ModuleKind::Document), Some(Start::ByHand));
        assert_eq!(start("Worksheet_Change", "Sheet1", ModuleKind::Document), Some(Start::ByHand));
        assert_eq!(start("WebBrowser1_DocumentComplete", "Sheet1", ModuleKind::Document), Some(Start::Automatic));
        assert_eq!(start("Workbook_SheetBeforeDelete", "ThisWorkbook", ModuleKind::Document), Some(Start::ByHand));
        assert_eq!(start("Worksheet_SelectionChange", "Sheet1", ModuleKind::Document), Some(Start::InUse));
        assert_eq!(start("ListBox1_SelectionChange", "Sheet1", ModuleKind::Document), Some(Start::ByHand));
        assert_eq!(start("ImageCombo21_Change", "ThisDocument", ModuleKind::Document), Some(Start::Automatic));
        assert_eq!(start("TextBox1_Change", "ThisDocument", ModuleKind::Document), Some(Start::ByHand));
        assert_eq!(start("FilePrint", "M", ModuleKind::Standard), Some(Start::Command));
        assert_eq!(start("Main", "FileSaveAs", ModuleKind::Standard), Some(Start::Command));
        assert_eq!(start("FilePrint", "Class1", ModuleKind::Class), None);
        assert_eq!(start("Form_Load", "Form_Main", ModuleKind::Document), Some(Start::Automatic));
        assert_eq!(start("Form_Load", "Module1", ModuleKind::Standard), None);
        assert_eq!(start("Report_Open", "ThisWorkbook", ModuleKind::Document), None);
        assert_eq!(start("InkPicture1_Painted", "ThisDocument", ModuleKind::Document), Some(Start::Automatic));
        assert_eq!(start("UserForm_Initialize", "F", ModuleKind::Form), Some(Start::WithObject));
        assert_eq!(start("TextBox1_Change", "F", ModuleKind::Form), Some(Start::ByHand));
    }
}
