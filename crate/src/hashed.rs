//! Maps and sets of the evaluators, which look things up millions of times: a quicker hash than the standard one, and
//! the same order in every run and on every machine. Its seed is known, so a file can make its names collide; what that
//! costs is bounded by how many names fit into [`crate::Limits::memory`], and by the page's clock.

use foldhash::fast::FixedState;

pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, FixedState>;
pub(crate) type HashSet<T> = std::collections::HashSet<T, FixedState>;
