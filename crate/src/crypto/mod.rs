//! What is locked, and what opens it.

mod aes;
pub(crate) mod cbc;
mod passwords;

pub(crate) use aes::{BLOCK, Block};
pub use passwords::PasswordSource;
pub(crate) use passwords::Passwords;
