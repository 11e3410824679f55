//! Sorting. The standard sort is compiled anew for every type and every order, 4 KB each time; here it sorts places in
//! a list, once for all. Trees that are collected sort first, too: here they grow.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::mem;

/// Sorts a list; what is equal stays in its order.
pub(crate) fn sort_by<T>(items: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    if items.len() < 2 {
        return;
    }
    let mut places: Vec<usize> = (0..items.len()).collect();
    sort_places(&mut places, &|a, b| match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    let mut taken: Vec<Option<T>> = mem::take(items).into_iter().map(Some).collect();
    items.extend(places.into_iter().filter_map(|place| taken.get_mut(place)?.take()));
}

/// Sorts a list by a key that is made of each item as often as it is compared.
pub(crate) fn sort_by_key<T, K: Ord>(items: &mut Vec<T>, key: impl Fn(&T) -> K) {
    sort_by(items, |a, b| key(a).cmp(&key(b)));
}

/// Sorts a list by what it holds.
pub(crate) fn sort<T: Ord>(items: &mut Vec<T>) {
    sort_by(items, T::cmp);
}

/// A map of these; of those with the same key, the last.
pub(crate) fn map<K: Ord, V>(pairs: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(pairs);
    map
}

/// The set of these.
pub(crate) fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    set.extend(items);
    set
}

#[inline(never)]
fn sort_places(places: &mut [usize], compare: &dyn Fn(usize, usize) -> Ordering) {
    places.sort_by(|a, b| compare(*a, *b));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_equal_stays_in_its_order() {
        let mut words = vec!["bb", "a", "ccc", "aa", "b"];
        sort_by_key(&mut words, |word| word.len());
        assert_eq!(words, ["a", "b", "bb", "aa", "ccc"]);
        sort(&mut words);
        assert_eq!(words, ["a", "aa", "b", "bb", "ccc"]);
        sort_by(&mut words, |a, b| b.cmp(a));
        assert_eq!(words, ["ccc", "bb", "b", "aa", "a"]);
        sort(&mut Vec::<u8>::new());
    }

    #[test]
    fn trees_hold_what_a_collected_one_would() {
        let pairs = [(2, 'b'), (1, 'a'), (2, 'c')];
        assert_eq!(map(pairs), pairs.into_iter().collect());
        assert_eq!(set(pairs), pairs.into_iter().collect());
    }
}
