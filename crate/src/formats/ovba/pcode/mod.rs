//! P-code: what Office compiled of a module's source, and runs in its place if the same version opens the file.
//!
//! So the source can be removed or replaced ("stomped") and the macros run all the same. The cache is not specified
//! ([MS-OVBA] 2.3.4.3); what is here was learned from files and from the published tables of others.

mod bytes;
mod cache;
mod compare;
mod declarations;
mod names;
mod operations;
mod records;
mod source;
pub(crate) mod vba3;

pub(crate) use self::cache::Cache;
pub(crate) use self::compare::{Contents, Stomped};
pub(crate) use self::names::Names;
pub(crate) use self::source::decompile;

#[cfg(test)]
mod tests;
