//! What is locked, and what opens it.

mod passwords;

pub use passwords::PasswordSource;
pub(crate) use passwords::Passwords;
