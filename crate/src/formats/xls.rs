//! placeholder replaced
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SheetState { Visible, Hidden, VeryHidden }
#[derive(Debug)]
pub(crate) struct MacroSheet { pub(crate) path: String, pub(crate) name: String, pub(crate) state: SheetState, pub(crate) auto: Option<String> }
