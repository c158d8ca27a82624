//! Whole numbers as values of flags.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Reads a whole number within these bounds; anything else is told what is allowed.
pub fn whole<T>(
    allowed: RangeInclusive<T>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static
where
    T: Clone + Display + FromStr + PartialOrd + Send + Sync + 'static,
{
    move |text| {
        let number = text.parse().ok().filter(|number| allowed.contains(number));
        let (from, to) = (allowed.start(), allowed.end());
        number.ok_or_else(|| format!("allowed is a whole number from {from} to {to}"))
    }
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn what_is_no_number_or_out_of_bounds_is_told_what_is_allowed() {
        let read = whole(1..=100_u64);
        assert_eq!((read("1"), read("100")), (Ok(1), Ok(100)));
        for wrong in ["0", "101", "-1", "x", "", "1.5", "99999999999999999999"] {
            let told = "allowed is a whole number from 1 to 100";
            assert_eq!(read(wrong), Err(told.to_string()), "{wrong}");
        }
    }
}
