//! The benchmark against servers of its own.

mod common;

use common::orderweaver;
use serde_json::Value;

#[test]
fn wide_orders_and_paid_ones_are_measured_and_proved_and_nothing_is_left_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, report) = (folder.path().join("data"), folder.path().join("report"));
    std::fs::create_dir(&data).expect("a folder");
    let (data_text, report_text) = (data.display().to_string(), report.display().to_string());
    let output = orderweaver(&[
        "bench",
        "--workloads",
        "provider,wide",
        "--clients",
        "4",
        "--rates",
        "20",
        "--duration",
        "2",
        "--warm-up",
        "0.5",
        "--idle",
        "0.1",
        "-o",
        "json",
        "--folder",
        &data_text,
        "--report",
        &report_text,
    ]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let cells = told["cells"].as_array().expect("cells");
    assert_eq!(cells.len(), 4, "{said}");
    for cell in cells {
        assert_eq!(cell["broken"], serde_json::json!([]), "{cell}");
        for figure in ["sagas_per_second", "commits", "grown_kib", "end_mib"] {
            let value = cell["median"][figure].as_f64().expect(figure);
            assert!(value > 0.0, "{figure} of {cell}");
        }
    }
    assert_eq!(std::fs::read_dir(&data).expect("the folder").count(), 0);
    for file in ["tables.md", "run.json", "throughput.svg", "latency-by-rate.svg"] {
        assert!(report.join(file).is_file(), "{file}");
    }
}

#[test]
fn lists_are_read_on_a_store_of_as_many_orders_as_were_asked_for() {
    let output = orderweaver(&["bench", "lists", "--orders", "10", "-o", "json"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("\n10 orders in "), "{said}");
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let rows = |list: &str| {
        let lists = told["lists"].as_array().expect("lists").iter();
        lists.clone().find(|it| it["list"] == list).map(|it| it["rows"].clone())
    };
    assert_eq!((rows("/orders"), rows("/sagas")), (Some(10.into()), Some(10.into())), "{told}");
}

/// What is said to a line of arguments, and the exit code.
fn check(line: &str, code: i32, said: &str) {
    let arguments: Vec<&str> = line.split(' ').collect();
    let output = orderweaver(&arguments);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{line}: {told}");
    assert!(told.contains(said), "{line}: {told}");
}

#[test]
fn what_can_t_be_measured_is_refused_with_a_reason() {
    check("bench --clients 0", 2, "allowed is a whole number from 1 to 1024");
    check("bench --url http://localhost", 2, "is no address such as http://localhost:8001");
    check("bench --url http://127.0.0.1:9", 6, "can't be reached");
    check("bench --folder /nowhere/at/all", 1, "/nowhere/at/all");
    check("bench lists --orders 0", 2, "allowed is a whole number from 1 to");
}
