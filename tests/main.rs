//! The integration tests: whole reports, hostile input, and words in step with ids.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]

mod builders;
mod catalogues;
mod hostile;
mod limits;
mod reports;
