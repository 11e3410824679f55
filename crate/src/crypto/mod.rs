//! What is locked, and what opens it.

pub(crate) mod cbc;
mod passwords;

pub use passwords::PasswordSource;
pub(crate) use passwords::Passwords;
