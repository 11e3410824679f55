//! What code would do: one folder per language, one model of what comes out of it ([`Behaviour`]).

pub(crate) mod api;
mod behaviour;
mod calendar;
pub(crate) mod commands;
pub(crate) mod conversations;
pub(crate) mod encoded;
pub(crate) mod fields;
pub(crate) mod jscript;
mod patterns;
pub(crate) mod places;
pub(crate) mod surroundings;
pub(crate) mod vba;
pub(crate) mod xlm;

pub(crate) use behaviour::{Action, ActionKind, Behaviour, Language, Place, Trigger};
