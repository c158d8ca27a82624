//! Values that make no sense: each ends with exit code 2, which value it is, what is allowed, and
//! the next command to try.

use std::process::Command;

const WHOLE: &str = "allowed is a whole number";
const ADDRESS: &str = "is no address such as http://localhost:8001";
const SPAN: &str = "is no span of time such as 10s, 1m30s or 500ms";

/// The arguments in words; the value at fault; what is allowed; the next command.
const FLAGS: &[(&str, &str, &str, &str)] = &[
    ("order list --limit 0", "--limit", WHOLE, "orderweaver order list --help"),
    ("order list --limit -1", "'-1'", WHOLE, "orderweaver order list --help"),
    ("order list --timeout soon", "\"soon\"", SPAN, "orderweaver order list --help"),
    ("order list --timeout=-1s", "\"-1s\"", SPAN, "orderweaver order list --help"),
    ("order list --timeout 0", "'0'", "allowed is more, such as 10s", "orderweaver order list"),
    ("order create --line tea:x:1", "\"x\"", "such as tea:2:4.50", "orderweaver order create"),
    ("order cancel o-1 --if-version x", "'x'", WHOLE, "orderweaver order cancel --help"),
    ("stock set tea -1", "'-1'", WHOLE, "orderweaver stock set --help"),
    ("stock adjust tea x --reason y", "'x'", WHOLE, "orderweaver stock adjust --help"),
    (
        "event tail --since never",
        "\"never\"",
        "such as start, 10m",
        "orderweaver event tail --help",
    ),
    ("event tail --service x", "'x'", "[possible values: orders", "orderweaver event tail --help"),
    ("fixtures load --orders x", "'x'", WHOLE, "orderweaver fixtures load --help"),
    ("fixtures load --clients 0", "'0'", WHOLE, "orderweaver fixtures load --help"),
    ("trigger x", "'x'", "[possible values: order.completed", "orderweaver trigger --help"),
    ("status --url ftp://x", "\"ftp://x\"", ADDRESS, "orderweaver status --url http://local"),
    ("status --url http://x:99999", "http://x:99999", "port", "orderweaver status --url http://"),
    ("status --color x", "'x'", "[possible values: auto", "orderweaver status --help"),
    ("bench --duration 0", "'0'", "allowed are 0.1 to 3600 seconds", "orderweaver bench --help"),
    ("bench --clients 1,x", "'x'", WHOLE, "orderweaver bench --help"),
    ("bench --seed -1", "'-1'", WHOLE, "orderweaver bench --help"),
    ("bench lists --page-size 201", "'201'", WHOLE, "orderweaver bench lists --help"),
    ("sim --seed -1", "'-1'", WHOLE, "orderweaver sim --help"),
    ("sim --seeds 9..1", "\"9..1\"", "such as 0..1000", "orderweaver sim --seeds 0..1000"),
    ("serve --role none", "\"none\"", "one of all, orders", "orderweaver config example"),
    ("check --url http://x:1", "'--url'", "Usage", "orderweaver check --help"),
    ("check --profile x", "'--profile'", "Usage", "orderweaver check --help"),
    ("check --timeout 1s", "'--timeout'", "Usage", "orderweaver check --help"),
    ("sim --url http://x:1", "'--url'", "Usage", "orderweaver sim --help"),
    ("dev --url http://x:1", "'--url'", "Usage", "orderweaver dev --help"),
    ("serve --role all --profile x", "'--profile'", "Usage", "orderweaver serve --help"),
    ("bench --profile x", "'--profile'", "Usage", "orderweaver bench --help"),
    ("config explain --profile x", "'--profile'", "Usage", "orderweaver config explain --help"),
    ("profile list --url http://x:1", "'--url'", "Usage", "orderweaver profile list --help"),
    ("event types --timeout 1s", "'--timeout'", "Usage", "orderweaver event types --help"),
    ("version --timeout 1s", "'--timeout'", "Usage", "orderweaver version --help"),
    ("bench --url nope", "\"nope\"", ADDRESS, "orderweaver bench --url http://localhost:8001"),
    ("check --port-offset 1", "'--port-offset'", "Usage", "orderweaver check --help"),
];

/// The environment; what is said. Settings are the same in a file, by flag and by variable.
const VARIABLES: &[(&str, &str, &str)] = &[
    ("ORDERWEAVER_PORT_OFFSET", "-1", "allowed is a whole number from 0 to 57526"),
    ("ORDERWEAVER_REQUESTS_MAX", "0", "allowed is a whole number from 1 to 65536"),
    ("ORDERWEAVER_RATE_LIMIT_WINDOW", "1.5", "allowed is a whole number from 1 to 86400"),
    ("ORDERWEAVER_LOG", "loud", "allowed is one of off, error, warn, info, debug, trace"),
    ("ORDERWEAVER_CONFIG", "/nowhere", "/nowhere: No such file or directory"),
    ("ORDERWEAVER_DATA_FILE", "/nowhere", "ORDERWEAVER_DATA_FILE: /nowhere: No such file"),
];

#[track_caller]
fn check(words: &str, variables: &[(&str, &str)], expected: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orderweaver"));
    command.args(words.split_whitespace()).envs(variables.iter().copied());
    let output = command.output().expect("the binary starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{words} {variables:?}\n{told}");
    for piece in expected {
        assert!(told.contains(piece), "{words} {variables:?}: {piece} is not said\n{told}");
    }
    let last = told.lines().last().unwrap_or_default();
    assert!(last.starts_with("next:  orderweaver "), "{words}: it ends with no command\n{told}");
}

#[test]
fn a_flag_that_makes_no_sense_is_refused_with_what_is_allowed_and_the_next_command() {
    for (words, value, allowed, next) in FLAGS {
        check(words, &[], &[value, allowed, &format!("\nnext:  {next}")]);
    }
}

#[test]
fn a_variable_that_makes_no_sense_is_refused_with_what_is_allowed_and_the_next_command() {
    for (name, value, told) in VARIABLES {
        check("config explain", &[(name, value)], &[told]);
    }
    check("status", &[("ORDERWEAVER_URL", "nope")], &["\"nope\"", ADDRESS]);
}

/// The largest and smallest values of every kind of flag: they are understood, and fail only
/// because nobody listens.
#[test]
fn values_that_make_sense_are_understood() {
    for words in [
        "order create --user u --amount 1 --wait",
        "order create --user u --amount 1 --wait=60 --key k",
        "order cancel o-1 --if-version 18446744073709551615",
        "order list --limit 1 --timeout 1s",
        "stock set tea 0 --if-version 1",
        "stock adjust tea -5 --reason broken",
        "fixtures load --orders 0 --clients 1 --seed 4294967295",
        "event tail --limit 1 --since 10m",
        "saga list --limit 5",
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_orderweaver"));
        command.args(words.split_whitespace()).args(["--url", "http://127.0.0.1:9"]);
        let output = command.output().expect("the binary starts");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(6), "{words}\n{told}");
    }
}

/// What the user's configuration folder holds; what is said.
const PROFILES: &[(&str, &str)] = &[
    ("[profiles.p]\norders = \"http://a:1\"\n", "a profile needs url, the address of orders"),
    ("[profiles.p]\n", "or else all four of orders, payments, inventory and orchestrator"),
    ("[profiles.p]\nurl = \"a\"\n", ADDRESS),
    ("", "there is no profile \"p\""),
];

#[test]
fn a_profile_that_makes_no_sense_is_refused_with_what_it_needs() {
    for (text, expected) in PROFILES {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("orderweaver");
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(folder.join("config.toml"), text).expect("a file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_orderweaver"));
        command.args(["status", "--profile", "p"]).env("XDG_CONFIG_HOME", home.path());
        let output = command.output().expect("the binary starts");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{text}\n{told}");
        assert!(told.contains(expected), "{text}\n{told}");
    }
}

#[test]
fn whoever_has_no_home_is_told_that_there_can_be_no_profiles() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orderweaver"));
    command.args(["profile", "list"]).env_remove("HOME").env("XDG_CONFIG_HOME", "relative");
    let output = command.output().expect("the binary starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("neither XDG_CONFIG_HOME nor HOME names a folder"), "{told}");
}
