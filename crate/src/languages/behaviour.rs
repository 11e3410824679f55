//! What code does, whatever language it is written in.

use crate::budget::Budget;
use crate::error::Result;
use crate::formats::xls::MacroSheet;
use crate::languages::commands;

/// A place in the source of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Path of the module.
    pub(crate) path: String,
    /// From 1, attribute lines included.
    pub(crate) line: u32,
    /// The line itself.
    pub(crate) excerpt: String,
}

/// A procedure that the program calls.
#[derive(Debug)]
pub(crate) struct Trigger {
    pub(crate) name: String,
    /// Whether opening, showing or closing is enough; otherwise a person has to do something.
    pub(crate) automatic: bool,
    pub(crate) place: Place,
}

/// What code would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ActionKind {
    Delete,
    Send,
    Load,
    /// A procedure or object whose name is made at run time.
    Indirect,
    Write,
    /// Fetches into memory.
    Fetch,
    /// Starts a program that only shows something.
    View,
    /// Deletes what Windows or all that a person has needs.
    Destroy,
    /// Keeps what a person types, or sends away what a person copied.
    Spy,
    /// Sends to everybody a person knows.
    Spread,
    Hidden,
    /// Writes code into a project.
    Generate,
    Weaken,
    Persist,
    /// Fetches into a file.
    Download,
    Inject,
    Run,
}

impl ActionKind {
    /// What no document should do when it is opened.
    pub(crate) const fn is_grave(self) -> bool {
        matches!(
            self,
            Self::Run
                | Self::Inject
                | Self::Download
                | Self::Persist
                | Self::Weaken
                | Self::Generate
                | Self::Hidden
                | Self::Spread
                | Self::Destroy
                | Self::Spy
        )
    }

    /// The word of the report.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Delete | Self::Destroy => "delete",
            Self::Send | Self::Spread => "send",
            Self::Load => "load",
            Self::Indirect | Self::Hidden | Self::Generate => "hidden",
            Self::Write => "write",
            Self::Fetch | Self::Download => "download",
            Self::View | Self::Run => "run",
            Self::Weaken => "weaken",
            Self::Persist => "persist",
            Self::Spy => "spy",
            Self::Inject => "inject",
        }
    }
}

/// One call site that does something.
#[derive(Debug)]
pub(crate) struct Action {
    pub(crate) kind: ActionKind,
    /// The command, address or name as far as it is known; `…` stands for what is not.
    pub(crate) detail: String,
    pub(crate) place: Place,
    /// Index of an automatic trigger from which the call site can be reached.
    pub(crate) reached_by: Option<usize>,
    /// Index of the action whose command line, decoded, holds this one.
    pub(crate) decoded_from: Option<usize>,
}

/// The language of a macro.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    #[default]
    Vba,
    /// Excel 4.0 macros: formulas of macro sheets.
    Xlm,
    /// Basic, Python and the other scripts of OpenDocument.
    OpenDocument,
}

/// What the macros of one document do. Actions stand in the order in which they would happen, as far as it is known.
#[derive(Debug, Default)]
pub(crate) struct Behaviour {
    pub(crate) language: Language,
    /// The first line of every module that has procedures; of any module where none has.
    pub(crate) modules: Vec<Place>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) actions: Vec<Action>,
    /// Addresses of the web that stand in its texts, whatever it does with them.
    pub(crate) addresses: Vec<Place>,
    /// What it writes into files, as far as that is known.
    pub(crate) files: commands::Files,
    /// Excel 4.0 macro sheets, in the order of the tabs.
    pub(crate) sheets: Vec<MacroSheet>,
    /// Whether something that starts by itself could not be followed to its end.
    pub(crate) unknown: bool,
    /// Whether following it ended at the evaluator's own limit of steps.
    pub(crate) exhausted: bool,
}

impl Behaviour {
    /// Decodes the command lines among the actions; what they hold follows them in the list.
    pub(crate) fn decode_commands(&mut self, budget: &Budget) -> Result<()> {
        let mut result = Ok(());
        let mut all = Vec::with_capacity(self.actions.len());
        for action in std::mem::take(&mut self.actions) {
            let at = all.len();
            let is_command = action.kind == ActionKind::Run && result.is_ok();
            let steps = match is_command.then(|| commands::decode(&action.detail, &self.files, budget)) {
                Some(Ok(steps)) => steps,
                Some(Err(error)) => {
                    result = Err(error);
                    Vec::new()
                }
                None => Vec::new(),
            };
            let (place, reached_by) = (action.place.clone(), action.reached_by);
            // An action that was itself decoded keeps pointing to what it came from: indexes only grow before it.
            all.push(action);
            all.extend(steps.into_iter().map(|step| Action {
                kind: step.kind,
                detail: step.detail,
                place: place.clone(),
                reached_by,
                decoded_from: Some(at),
            }));
        }
        self.actions = all;
        result
    }
}
