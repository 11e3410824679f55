//! Maps and sets of the evaluators, which look things up millions of times: a quicker hash than the standard one, and
//! the same order in every run. Steps bound what a file that makes its names collide could cost.

use foldhash::fast::FixedState;

pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, FixedState>;
pub(crate) type HashSet<T> = std::collections::HashSet<T, FixedState>;
