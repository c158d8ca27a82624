//! Spans of time as people write and read them.

use jiff::SignedDuration;
use std::time::Duration;

/// Reads `10s`, `1m 30s`, `500ms`, or a bare number of seconds.
///
/// # Errors
/// It is none of these, or less than nothing.
pub fn parse(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<u32>().ok().map(|seconds| Duration::from_secs(seconds.into()));
    let spelled = || text.parse::<SignedDuration>().ok()?.try_into().ok();
    let duration = seconds.or_else(spelled);
    duration.ok_or_else(|| format!("{text:?} is no span of time such as 10s, 1m30s or 500ms"))
}

/// Tells it in its largest unit: `3d`, `5h`, `12m`, `40s`.
pub fn rough(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ ..60 => format!("{seconds}s"),
        seconds @ 60..3_600 => format!("{}m", seconds / 60),
        seconds @ 3_600..86_400 => format!("{}h", seconds / 3_600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

/// Tells it with three digits: `1.23 ms`, `40.0 s`, `12 min 5 s`.
pub fn fine(duration: Duration) -> String {
    let micros = duration.as_micros();
    let digits = |value: f64| match value {
        ..10.0 => format!("{value:.2}"),
        ..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    };
    match micros {
        0 => "0 ms".into(),
        1..1_000_000 => format!("{} ms", digits(duration.as_secs_f64() * 1e3)),
        1_000_000..100_000_000 => format!("{} s", digits(duration.as_secs_f64())),
        _ => format!("{} min {} s", duration.as_secs() / 60, duration.as_secs() % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        let check =
            |text: &str, millis: u64| assert_eq!(parse(text), Ok(Duration::from_millis(millis)));
        check("10", 10_000);
        check("10s", 10_000);
        check("1m30s", 90_000);
        check("1m 30s", 90_000);
        check("500ms", 500);
        check("2h", 7_200_000);
        for wrong in ["", "soon", "-1s", "1x", "-5", "1.5.2s"] {
            let told = parse(wrong).expect_err("refused");
            assert_eq!(told, format!("{wrong:?} is no span of time such as 10s, 1m30s or 500ms"));
        }
    }

    #[test]
    fn spans_are_told_in_their_largest_unit() {
        let check =
            |seconds: u64, said: &str| assert_eq!(rough(Duration::from_secs(seconds)), said);
        check(0, "0s");
        check(59, "59s");
        check(725, "12m");
        check(7_200, "2h");
        check(300_000, "3d");
    }

    #[test]
    fn short_spans_are_told_with_three_digits() {
        let check = |millis: f64, said: &str| {
            assert_eq!(fine(Duration::from_secs_f64(millis / 1e3)), said);
        };
        check(0.0, "0 ms");
        check(0.005, "0.01 ms");
        check(5.0, "5.00 ms");
        check(212.3, "212 ms");
        check(59_900.0, "59.9 s");
        check(725_000.0, "12 min 5 s");
    }
}
