//! What code would do.

pub(crate) mod vba;
