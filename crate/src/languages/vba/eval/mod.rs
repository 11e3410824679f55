//! What the macros do when they run: a bounded evaluator.
//!
//! Procedures that Office calls are run statement by statement over known values, with the texts of the document around
//! them. Where a condition is not known, every branch is run and what they leave different is unknown afterwards, so a
//! check for a sandbox hides nothing. Nothing of the machine is touched: an object is what it would be told to do.
//!
//! Every statement and every unit of text costs fuel (`Limits::evaluation`). A loop gets half of what is left; one that would need
//! more is left as if nobody knew what it made. The static reading of the project (`actions.rs`) stays the guarantee
//! that no call site is missed; what is run says with which arguments.

mod arrays;
mod ast;
mod automation;
mod branches;
mod calls;
mod cells;
mod containers;
mod dates;
mod declarations;
mod expressions;
mod forms;
mod formulas;
mod host;
mod imports;
mod keyboard;
mod library;
mod machine;
mod names;
mod operators;
mod parse;
mod scripts;
mod sentences;
mod statements;
mod texts;
mod value;

pub(super) use machine::{Event, Machine, Outcome, Topic};
pub(super) use scripts::modules_of;
