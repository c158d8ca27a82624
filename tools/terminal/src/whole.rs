//! Whole numbers as values of flags.

use std::fmt::Display;
use std::num::{IntErrorKind, ParseIntError};
use std::ops::{Bound, RangeBounds};
use std::str::FromStr;

/// Reads a whole number within these bounds; anything else is told what is allowed.
pub fn whole<T>(
    allowed: impl RangeBounds<T> + Clone + Send + Sync + 'static,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static
where
    T: Clone + Display + FromStr<Err = ParseIntError> + PartialOrd + Send + Sync + 'static,
{
    move |text| match text.parse::<T>() {
        Ok(number) if allowed.contains(&number) => Ok(number),
        Ok(_) => Err(told(&allowed)),
        Err(error) => Err(match error.kind() {
            IntErrorKind::PosOverflow => format!("it is too large; {}", told(&allowed)),
            IntErrorKind::NegOverflow => format!("it is too small; {}", told(&allowed)),
            _ => told(&allowed),
        }),
    }
}

/// What is allowed. A bound that only the type sets is none that is worth telling.
fn told<T: Display>(allowed: &impl RangeBounds<T>) -> String {
    let from = match allowed.start_bound() {
        Bound::Included(from) | Bound::Excluded(from) => format!(" from {from}"),
        Bound::Unbounded => String::new(),
    };
    let to = match allowed.end_bound() {
        Bound::Included(to) => format!(" to {to}"),
        Bound::Excluded(to) => format!(" to below {to}"),
        Bound::Unbounded => String::new(),
    };
    format!("allowed is a whole number{from}{to}")
}

#[cfg(test)]
mod tests {
    use super::whole;
    use std::fmt::Debug;

    #[track_caller]
    fn check<T: Debug + PartialEq>(
        read: impl Fn(&str) -> Result<T, String>,
        right: &[(&str, T)],
        wrong: &[&str],
        told: &str,
    ) {
        for (text, number) in right {
            assert_eq!(read(text).as_ref(), Ok(number), "{text}");
        }
        for text in wrong {
            assert_eq!(read(text), Err(told.to_string()), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_or_out_of_bounds_is_told_what_is_allowed() {
        let wrong = ["0", "101", "-1", "x", "", "1.5"];
        let told = "allowed is a whole number from 1 to 100";
        check(whole(1..=100_u64), &[("1", 1), ("100", 100)], &wrong, told);
        let told = "allowed is a whole number from 1";
        check(whole(1..), &[("1", 1), ("18446744073709551615", u64::MAX)], &["0", "x"], told);
        check(whole(..), &[("-7", -7_i64)], &["x", ""], "allowed is a whole number");
    }

    #[test]
    fn what_is_too_long_is_told_so_and_nothing_of_the_types_of_a_program() {
        let (long, negative) = ("99999999999999999999", "-99999999999999999999");
        let told = "it is too large; allowed is a whole number from 0";
        check(whole(0_u64..), &[], &[long], told);
        check(
            whole(1..=100_u64),
            &[],
            &[long],
            "it is too large; allowed is a whole number from 1 to 100",
        );
        check(whole::<i64>(..), &[], &[negative], "it is too small; allowed is a whole number");
    }
}
