//! Which `traceparent` is carried on.

use contracts::is_traceparent;

fn check(text: &str, expected: bool) {
    assert_eq!(is_traceparent(text), expected, "{text}");
}

#[test]
fn only_a_valid_traceparent_of_the_first_version_is_carried_on() {
    check("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true);
    check("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false);
    check("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false);
    check("00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01", false);
    check("00-00000000000000000000000000000000-b7ad6b7169203331-01", false);
    check("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false);
    check("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x", false);
    check("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", false);
    check("", false);
}
