//! The Gregorian calendar in numbers of days since 30 December 1899, as Office counts them.

/// Days from 30 December 1899 to 1 January 1970.
const EPOCH: i64 = 25_569;
/// Days from 1 March 0000 to 1 January 1970.
const SHIFT: i64 = 719_468;

/// The number of a day; months and days may lie outside of theirs.
pub(super) fn number(year: i64, month: i64, day: i64) -> i64 {
    let months = month.saturating_sub(1);
    let (year, month) = (year.saturating_add(months.div_euclid(12)), months.rem_euclid(12).saturating_add(1));
    // A year that starts in March ends with the leap day.
    let (y, m) =
        if month <= 2 { (year.saturating_sub(1), month.saturating_add(9)) } else { (year, month.saturating_sub(3)) };
    let (era, of_era) = (y.div_euclid(400), y.rem_euclid(400));
    let of_year = m.saturating_mul(153).saturating_add(2).div_euclid(5).saturating_add(day).saturating_sub(1);
    let leap = of_era.div_euclid(4).saturating_sub(of_era.div_euclid(100));
    let in_era = of_era.saturating_mul(365).saturating_add(leap).saturating_add(of_year);
    era.saturating_mul(146_097).saturating_add(in_era).saturating_sub(SHIFT).saturating_add(EPOCH)
}

/// Year, month and day by their number.
pub(super) fn date(number: i64) -> (i64, i64, i64) {
    let shifted = number.saturating_sub(EPOCH).saturating_add(SHIFT);
    let (era, in_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let leap =
        in_era.div_euclid(1_460).saturating_sub(in_era.div_euclid(36_524)).saturating_add(in_era.div_euclid(146_096));
    let of_era = in_era.saturating_sub(leap).div_euclid(365);
    let before = of_era.saturating_mul(365).saturating_add(of_era.div_euclid(4)).saturating_sub(of_era.div_euclid(100));
    let of_year = in_era.saturating_sub(before);
    let m = of_year.saturating_mul(5).saturating_add(2).div_euclid(153);
    let day = of_year.saturating_sub(m.saturating_mul(153).saturating_add(2).div_euclid(5)).saturating_add(1);
    let month = if m < 10 { m.saturating_add(3) } else { m.saturating_sub(9) };
    let year = era.saturating_mul(400).saturating_add(of_era).saturating_add(i64::from(month <= 2));
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_numbers_and_numbers_days() {
        let days = [(0, (1899, 12, 30)), (25_569, (1970, 1, 1)), (43_890, (2020, 2, 29)), (2_958_465, (9999, 12, 31))];
        for (expected, (year, month, day)) in days {
            assert_eq!((number(year, month, day), date(expected)), (expected, (year, month, day)));
        }
        for n in [-657_434, -1, 36_585, 36_586, 73_110, 100_000] {
            let (year, month, day) = date(n);
            assert_eq!(number(year, month, day), n);
        }
        assert_eq!(number(2020, 14, 31), number(2021, 3, 3));
        assert_eq!(number(2021, 0, 1), number(2020, 12, 1));
    }
}
