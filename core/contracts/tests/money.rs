//! Money is exact: read from text, never through a float, and added with checks.

use contracts::messages::Line;
use contracts::{Currency, MINOR_UNITS_MAX, Money, MoneyError};
use proptest::prelude::*;
use prost::Message as _;

fn currency(code: &str) -> Currency {
    code.parse().expect(code)
}

fn money(minor_units: i64, code: &str) -> Money {
    Money::new(minor_units, currency(code))
}

/// Each line: a text, its currency, and the minor units or why there are none.
fn check(table: &str) {
    for line in table.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [text, code, expected] = words[..] else { panic!("{line}") };
        assert_eq!(told(text.trim_matches('"'), code), expected, "{line}");
    }
}

fn told(text: &str, code: &str) -> String {
    match Money::parse(text, currency(code)) {
        Ok(money) => {
            assert_eq!(money.currency(), currency(code));
            money.minor_units().to_string()
        }
        Err(MoneyError::NoNumber(_)) => "no_number".into(),
        Err(MoneyError::TooPrecise { .. }) => "too_precise".into(),
        Err(MoneyError::TooLarge(_)) => "too_large".into(),
        Err(MoneyError::UnknownCurrency(_)) => "unknown_currency".into(),
    }
}

#[test]
fn a_decimal_number_is_read_exactly() {
    check(
        "123.45                USD 12345
         0                     USD 0
         0.00                  USD 0
         -0                    USD 0
         0e9999999             USD 0
         0e-9999999            USD 0
         0.1                   USD 10
         0.01                  USD 1
         100                   USD 10000
         1e2                   USD 10000
         1E2                   USD 10000
         1e+2                  USD 10000
         1e02                  USD 10000
         1.5e-1                USD 15
         12345e-2              USD 12345
         1.23e1                USD 1230
         -1                    USD -100
         -0.01                 USD -1
         500                   JPY 500
         1.5e1                 JPY 15
         1.234                 KWD 1234
         1.2                   KWD 1200
         1234e-3               KWD 1234",
    );
}

#[test]
fn zeros_behind_the_last_decimal_change_nothing() {
    check(
        "123.450               USD 12345
         1.000000000000000000000000000000 USD 100
         500.0                 JPY 500
         10e-1                 JPY 1",
    );
}

#[test]
fn more_decimals_than_the_currency_has_are_refused() {
    check(
        "123.456               USD too_precise
         0.001                 USD too_precise
         1e-3                  USD too_precise
         1e-9999999            USD too_precise
         1.5e-1                JPY too_precise
         0.5                   JPY too_precise
         1.2345                KWD too_precise",
    );
}

#[test]
fn more_than_any_json_reader_holds_exactly_is_refused() {
    assert_eq!(MINOR_UNITS_MAX, 9_007_199_254_740_991);
    check(
        "90071992547409.91     USD 9007199254740991
         90071992547409.92     USD too_large
         -90071992547409.91    USD -9007199254740991
         -90071992547409.92    USD too_large
         9007199254740991      JPY 9007199254740991
         9007199254740992      JPY too_large
         9007199254740.991     KWD 9007199254740991
         9007199254740.992     KWD too_large
         9223372036854775808   JPY too_large
         18446744073709551616  JPY too_large
         99999999999999999999  JPY too_large
         340282366920938463463374607431768211456 JPY too_large
         1e400                 USD too_large
         1e99999999999999999999 USD too_large
         123456789012345678901 JPY too_large",
    );
}

#[test]
fn what_is_no_number_of_json_is_refused() {
    check(
        r#"""                  USD no_number
           "-"                 USD no_number
           "+1"                USD no_number
           ".5"                USD no_number
           "1."                USD no_number
           "-.5"               USD no_number
           "01"                USD no_number
           "00"                USD no_number
           "-01"               USD no_number
           "1_0"               USD no_number
           "1,5"               USD no_number
           "1.2.3"             USD no_number
           "--1"               USD no_number
           "1e"                USD no_number
           "e1"                USD no_number
           "1e+"               USD no_number
           "1e1e1"             USD no_number
           "1e1.5"             USD no_number
           "0x10"              USD no_number
           "NaN"               USD no_number
           "Infinity"          USD no_number
           "inf"               USD no_number
           "null"              USD no_number
           "١٢٣"               USD no_number
           "$1"                USD no_number"#,
    );
    for text in [" ", " 1", "1 ", "1 0", "- 1", "1\n", "1\0"] {
        assert_eq!(told(text, "USD"), "no_number", "{text:?}");
    }
}

#[test]
fn an_amount_that_is_refused_is_told_in_a_sentence() {
    let said = |text: &str| Money::parse(text, Currency::USD).expect_err(text).to_string();
    assert_eq!(said("+1"), "\"+1\" is no decimal number such as 123.45");
    assert_eq!(said("0.001"), "0.001 has more decimals than USD, which has 2");
    let too_large = "1e400 is too large: in minor units it may be at most 9007199254740991";
    assert_eq!(said("1e400"), too_large);
    let unknown = "usd".parse::<Currency>().expect_err("no code").to_string();
    assert_eq!(unknown, "\"usd\" is no ISO 4217 currency code such as USD");
}

#[test]
fn an_amount_is_told_with_all_decimals_of_its_currency() {
    for (minor_units, code, text) in [
        (12_345, "USD", "123.45"),
        (12_340, "USD", "123.40"),
        (5, "USD", "0.05"),
        (0, "USD", "0.00"),
        (-5, "USD", "-0.05"),
        (-12_345, "USD", "-123.45"),
        (12_345, "JPY", "12345"),
        (0, "JPY", "0"),
        (12_345, "KWD", "12.345"),
        (5, "KWD", "0.005"),
        (i64::MAX, "USD", "92233720368547758.07"),
        (i64::MIN, "USD", "-92233720368547758.08"),
    ] {
        let money = money(minor_units, code);
        assert_eq!(money.amount(), text);
        assert_eq!(money.to_string(), format!("{text} {code}"));
        assert_eq!(format!("{money:?}"), money.to_string());
    }
}

#[test]
fn a_currency_has_the_decimals_that_the_standard_gives_it() {
    for (code, exponent) in [
        ("USD", 2),
        ("EUR", 2),
        ("GBP", 2),
        ("CHF", 2),
        ("JPY", 0),
        ("KRW", 0),
        ("CLP", 0),
        ("ISK", 0),
        ("KWD", 3),
        ("BHD", 3),
        ("TND", 3),
        ("CLF", 4),
    ] {
        assert_eq!((currency(code).code(), currency(code).exponent()), (code, exponent));
        assert_eq!(currency(code).to_string(), code);
    }
    for unknown in ["", "usd", "US", "USDT", "BTC", "840", " USD"] {
        let error = MoneyError::UnknownCurrency(unknown.into());
        assert_eq!(unknown.parse::<Currency>(), Err(error));
    }
}

#[test]
fn sums_that_overflow_or_mix_currencies_are_none() {
    let (most, least, one) = (money(i64::MAX, "USD"), money(i64::MIN, "USD"), money(1, "USD"));
    assert_eq!(money(2, "USD").checked_add(money(3, "USD")), Some(money(5, "USD")));
    assert_eq!(money(2, "USD").checked_sub(money(3, "USD")), Some(money(-1, "USD")));
    assert_eq!(money(-2, "USD").checked_mul(3), Some(money(-6, "USD")));
    assert_eq!(one.checked_mul(0), Some(Money::zero(Currency::USD)));
    assert_eq!(most.checked_add(one), None);
    assert_eq!(least.checked_sub(one), None);
    assert_eq!(Money::zero(Currency::USD).checked_sub(least), None);
    assert_eq!(most.checked_mul(2), None);
    assert_eq!(one.checked_add(money(1, "EUR")), None);
    assert_eq!(one.checked_sub(money(1, "EUR")), None);
    assert_eq!(one.checked_add(Money::zero(currency("EUR"))), None);
    assert!(Money::zero(Currency::USD).is_zero() && !one.is_zero());
    assert_ne!(money(1, "USD"), money(1, "EUR"));
}

#[test]
fn an_operator_reads_money_as_minor_units_and_a_code() {
    let text = serde_json::to_string(&money(12_345, "KWD")).expect("JSON");
    assert_eq!(text, r#"[12345,"KWD"]"#);
    let read = |text: &str| serde_json::from_str::<Money>(text);
    assert_eq!(read(&text).expect("money"), money(12_345, "KWD"));
    for text in [r#"[1,"BTC"]"#, r#"[1]"#, r#"[1.5,"USD"]"#, r#"["1","USD"]"#, "1", "null", "[]"] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn the_bytes_of_money_are_those_of_its_proto_message() {
    assert_eq!(money(12_345, "USD").encode_to_vec(), b"\x08\xb9\x60\x12\x03USD");
    assert_eq!(Money::zero(Currency::USD).encode_to_vec(), b"\x08\x00\x12\x03USD");
    let read = |bytes: &[u8]| Money::decode(bytes);
    assert_eq!(read(b"\x08\xb9\x60\x12\x03EUR"), Ok(money(12_345, "EUR")));
    assert_eq!(read(b"\x12\x03EUR\x08\xb9\x60"), Ok(money(12_345, "EUR")));
    assert_eq!(read(b"\x08\xb9\x60\x12\x03EUR\x1a\x03new"), Ok(money(12_345, "EUR")));
}

#[test]
fn money_in_a_currency_that_nobody_knows_is_not_decoded() {
    for bytes in [&b"\x08\x01\x12\x03BTC"[..], b"\x08\x01\x12\x00", b"\x08\x01\x12\x03usd"] {
        assert!(Money::decode(bytes).is_err(), "{bytes:?}");
        let line = [&[0x1a, u8::try_from(bytes.len()).expect("short")], bytes].concat();
        assert!(Line::decode(&line[..]).is_err(), "{line:?}");
    }
    assert!(Money::decode(&b"\x12\x01\x08"[..]).is_err(), "a number is no code");
    assert!(Money::decode(&b"\x10\x01"[..]).is_err(), "the code must be a text");
}

fn any_currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec!["USD", "EUR", "JPY", "KWD", "CLF"]).prop_map(currency)
}

proptest! {
    #[test]
    fn the_text_of_an_amount_is_read_as_the_same_amount(
        minor_units in -MINOR_UNITS_MAX..=MINOR_UNITS_MAX,
        currency in any_currency(),
    ) {
        let money = Money::new(minor_units, currency);
        prop_assert_eq!(Money::parse(&money.amount(), currency), Ok(money));
    }

    #[test]
    fn an_amount_is_the_same_in_every_spelling(
        minor_units in -MINOR_UNITS_MAX..=MINOR_UNITS_MAX,
        currency in any_currency(),
        zeros in 0..20_usize,
    ) {
        let power = i64::try_from(zeros).expect("small") + i64::from(currency.exponent());
        let text = format!("{minor_units}{}e-{power}", "0".repeat(zeros));
        let text = if minor_units == 0 { format!("0e-{power}") } else { text };
        prop_assert_eq!(Money::parse(&text, currency), Ok(Money::new(minor_units, currency)));
    }

    #[test]
    fn money_is_read_as_it_was_written(minor_units in any::<i64>(), currency in any_currency()) {
        let money = Money::new(minor_units, currency);
        prop_assert_eq!(Money::decode(&money.encode_to_vec()[..]), Ok(money));
        let text = serde_json::to_string(&money).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<Money>(&text).expect("money"), money);
        prop_assert_eq!(money.encoded_len(), money.encode_to_vec().len());
    }

    #[test]
    fn what_was_added_can_be_taken_away_again(
        one in -MINOR_UNITS_MAX..=MINOR_UNITS_MAX,
        other in -MINOR_UNITS_MAX..=MINOR_UNITS_MAX,
        currency in any_currency(),
    ) {
        let (one, other) = (Money::new(one, currency), Money::new(other, currency));
        let sum = one.checked_add(other).expect("no overflow");
        prop_assert_eq!(sum.checked_sub(other), Some(one));
        prop_assert_eq!(sum, other.checked_add(one).expect("no overflow"));
    }

    #[test]
    fn any_text_is_an_amount_or_refused_and_never_worse(text in ".*", currency in any_currency()) {
        if let Ok(money) = Money::parse(&text, currency) {
            prop_assert!(money.minor_units().abs() <= MINOR_UNITS_MAX);
            prop_assert_eq!(Money::parse(&money.amount(), currency), Ok(money));
        }
    }

    #[test]
    fn the_predecessors_double_is_read_as_the_amount_it_was_made_of(
        minor_units in 0..1_000_000_000_000_i64,
        currency in any_currency(),
    ) {
        let money = Money::new(minor_units, currency);
        prop_assert_eq!(Money::from_predecessor(money.to_predecessor(), currency), Ok(money));
    }
}

#[test]
fn a_power_of_ten_may_be_as_long_as_the_number_before_it() {
    for zeros in [9_998, 9_999, 10_000, 20_000] {
        let text = format!("1{}e-{zeros}", "0".repeat(zeros));
        assert_eq!(told(&text, "USD"), "100", "{zeros} zeros");
        let text = format!("0.{}1e{}", "0".repeat(zeros), zeros + 1);
        assert_eq!(told(&text, "USD"), "100", "{zeros} zeros");
    }
}
