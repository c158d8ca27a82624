//! The key of a record where a store keeps it under one integer: that of its subject's name, then
//! its number. Records of one subject are neighbours.

use service::{NUMBER_BITS, NUMBER_MAX};

/// The key of the record with this number, of the subject whose name that integer stands for.
pub fn row_key(name: i64, number: u32) -> i64 {
    name << NUMBER_BITS | i64::from(number)
}

/// The integer of the name in a key.
pub fn name_in(key: i64) -> i64 {
    key >> NUMBER_BITS
}

/// The number in a key.
pub fn number_in(key: i64) -> u32 {
    u32::try_from(key & i64::from(NUMBER_MAX)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{name_in, number_in, row_key};
    use service::NUMBER_MAX;

    #[test]
    fn a_key_says_of_what_it_was_made() {
        let check = |name, number| {
            let key = row_key(name, number);
            assert_eq!((name_in(key), number_in(key)), (name, number));
        };
        check(0, 0);
        check(1, NUMBER_MAX);
        check(1 << 38, 7);
    }
}
