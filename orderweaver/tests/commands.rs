//! What the commands say that need no server, and how they end.

mod common;

use common::orderweaver;

/// The arguments in words, the exit code, and a piece of what is said on standard output and error.
const CASES: &[(&str, i32, &str, &str)] = &[
    ("", 0, "orderweaver dev ", ""),
    ("--help", 0, "Usage: orderweaver", ""),
    ("--version", 0, "orderweaver 0.1.0\n", ""),
    ("version --verbose", 0, "\n  stores    SQLite 3.", ""),
    ("version -o json", 0, "\"version\": \"0.1.0\"", ""),
    ("order", 2, "", "Usage: orderweaver order"),
    ("devv", 2, "", "a similar subcommand exists: 'dev'"),
    ("devv", 2, "", "\nnext:  orderweaver --help\n"),
    ("order --nonsense", 2, "", "\nnext:  orderweaver order --help\n"),
    ("dev --port-offset 70000", 2, "", "port_offset = \"70000\" (flag --port-offset) is not all"),
    ("dev --rate-limit -1", 2, "", "rate_limit = \"-1\" (flag --rate-limit) is not allowed; all"),
    (
        "dev --host 8.8.8.8 --ephemeral",
        1,
        "",
        "\nnext:  orderweaver dev --ephemeral --host 127.0.0.1\n",
    ),
    ("serve --role all --host 8.8.8.8", 1, "", "\nnext:  orderweaver serve --role all --host 127"),
    ("dev --config /", 2, "", "error: /: Is a directory (os error 21)\nnext:  orderweaver conf"),
    ("check --data /nowhere", 3, "", "\nnext:  "),
    ("sim --seed 1 --order nope", 3, "", "there is no order \"nope\"\nnext:  orderweaver sim --"),
    ("sim --seed 1 --order o-0", 0, "CreateOrder", ""),
    ("sim --seeds 5..5", 2, "", "\nnext:  orderweaver sim --seeds 0..1000\n"),
    ("bench -o xml", 2, "", "[possible values: table, json, jsonl, yaml]"),
    ("completion bash", 0, "_orderweaver()", ""),
    ("completion powershell", 0, "Register-ArgumentCompleter", ""),
    ("completion tcsh", 2, "", "[possible values: bash, elvish, fish, powershell, zsh]"),
    ("man", 0, ".TH orderweaver-sim 1", ""),
    ("man --dir /proc/nowhere", 1, "", "\nnext:  orderweaver man --dir man\n"),
    ("config explain -o json", 0, "\"source\": \"default\"", ""),
    ("config explain --port-offset 100", 0, " flag --port-offset ", ""),
    ("config explain --port-offset x", 2, "", "allowed is a whole number from 0 to 57526\nnext: "),
    ("sim --seed 1 -o yaml", 0, "\ntrace: ", ""),
    ("sim --seed 1 --order o-0 -o json", 0, "\"order_id\": \"o-0\"", ""),
    ("config example", 0, "\n# ORDERWEAVER_PORT_OFFSET=0\n", ""),
    ("metrics", 0, "| `orderweaver_rounds_total` | counter |", ""),
];

#[test]
fn every_command_says_what_it_does_or_what_to_try_next() {
    for (words, code, on_output, on_error) in CASES {
        let output = orderweaver(&words.split_whitespace().collect::<Vec<_>>());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(*code), "{words}\n{stdout}\n{stderr}");
        assert!(stdout.contains(on_output), "{words}\n{stdout}");
        assert!(stderr.contains(on_error), "{words}\n{stderr}");
        assert!(on_error.is_empty() == stderr.is_empty(), "{words}\n{stderr}");
    }
}
