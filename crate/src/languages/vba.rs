//! placeholder replaced
#[derive(Debug)]
pub(crate) struct Behaviour;
