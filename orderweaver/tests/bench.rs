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
        are_some(cell, &["/sagas_per_second", "/commits", "/of/shop/end_mib"]);
        are_measured(cell, &["/grown_kib"]);
    }
    assert_eq!(std::fs::read_dir(&data).expect("the folder").count(), 0);
    for file in ["tables.md", "run.json", "throughput.svg", "latency-by-rate.svg"] {
        assert!(report.join(file).is_file(), "{file}");
    }
}

/// The cell has these figures, and none of them is zero.
fn are_some(cell: &Value, figures: &[&str]) {
    for figure in figures {
        assert!(figure_of(cell, figure).is_some_and(|value| value > 0.0), "{figure} of {cell}");
    }
}

/// The cell has these figures. In a short run zero may be the truth: files grow by pages of which
/// some were free, ticks are long, and a server tells of its work when it sees fit.
fn are_measured(cell: &Value, figures: &[&str]) {
    for figure in figures {
        assert!(figure_of(cell, figure).is_some(), "{figure} of {cell}");
    }
}

fn figure_of(cell: &Value, figure: &str) -> Option<f64> {
    cell["median"].pointer(figure)?.as_f64()
}

/// A short run whose cells all hold, as it is told to programs. It leaves no database behind.
fn measured(place: &[&str], idle: &str) -> Value {
    // PostgreSQL tells of rows when the second after their transaction has gone by.
    let short = ["--workloads", "provider", "--clients", "8", "--rates", "20", "--duration", "3"];
    let rest = ["--warm-up", "0", "--idle", idle, "-o", "json"];
    let output = orderweaver(&[&["bench"], place, &short, &rest].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("PostgreSQL 1") && said.contains("fsync="), "{said}");
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(told["cells"].as_array().expect("cells").len(), 2, "{told}");
    assert!(told["setup"]["durability"]["fsync"].is_string(), "{told}");
    let run = told["setup"]["run"].as_str().expect("the name of the run");
    let left = servers::database_names();
    assert!(left.iter().all(|name| !name.starts_with(run)), "{left:?}");
    told
}

/// What every run on a server tells that we have started ourselves, without its idleness.
fn is_measured_on_postgres(cell: &Value) {
    are_some(cell, &["/sagas_per_second", "/settled_p50", "/wal_kib", "/commits"]);
    are_some(cell, &["/of/shop/cpu", "/of/load/cpu"]);
    are_measured(cell, &["/grown_kib", "/transactions", "/inserted", "/updated"]);
    are_measured(cell, &["/of/databases/cpu"]);
}

#[test]
fn a_shop_on_one_database_is_measured_with_what_the_database_costs() {
    let told = measured(&["--store", servers::postgres()], "1");
    let cells = told["cells"].as_array().expect("cells");
    cells.iter().for_each(is_measured_on_postgres);
    are_some(&cells[0], &["/of/shop/peak_mib"]);
    are_measured(&cells[0], &["/idle_commits"]);
}

#[cfg(feature = "kafka")]
#[test]
fn four_services_are_measured_each_with_what_it_costs() {
    let kafka = format!("kafka://{}", servers::kafka());
    let place = ["--distributed", "--store", servers::postgres(), "--bus", &kafka];
    for cell in measured(&place, "0")["cells"].as_array().expect("cells") {
        is_measured_on_postgres(cell);
        are_measured(cell, &["/of/broker/cpu"]);
        for service in ["orders", "payments", "inventory", "orchestrator"] {
            let of = |figure| format!("/of/{service}/{figure}");
            are_some(cell, &[&of("cpu"), &of("peak_mib")]);
        }
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
    assert!(told.contains("\nnext:  ") && !told.contains("hunter2"), "{line}: {told}");
}

#[test]
fn what_can_t_be_measured_is_refused_with_a_reason() {
    check("bench --clients 0", 2, "allowed is a whole number from 1 to 1024");
    check("bench --url http://localhost", 2, "is no address such as http://localhost:8001");
    check("bench --url http://127.0.0.1:9", 6, "can't be reached");
    check("bench --folder /nowhere/at/all", 1, "/nowhere/at/all");
    check("bench lists --orders 0", 2, "allowed is a whole number from 1 to");
}

#[test]
fn servers_that_can_t_be_used_are_refused_with_what_to_do_and_no_secret() {
    check("bench --store mysql://me:hunter2@host/shop", 2, "it must begin with postgres://");
    check("bench --store postgres://me:hunter2@127.0.0.1:9/shop", 2, "refused");
    check("bench --store postgres://host/shop_{role}", 2, "that is --distributed");
    check("bench --store postgres://host/shop --url http://h:1", 2, "cannot be used with");
    check("bench --bus kafka://host:9092", 2, "--distributed");
    let (_, place) = servers::postgres().split_once('@').expect("a URL with a user");
    let nobody = format!("bench --store postgres://nobody:hunter2@{place}");
    check(&nobody, 2, "role \"nobody\" does not exist (28000)");
}

#[cfg(feature = "kafka")]
#[test]
fn services_apart_need_servers_and_are_told_how_to_get_them() {
    let script = "next:  scripts/services.sh run orderweaver bench --distributed";
    check("bench --distributed", 2, script);
    let store = servers::postgres();
    check(&format!("bench --distributed --store {store}"), 2, "neither --bus nor KAFKA_BROKERS");
    let apart = format!("bench --distributed --store {store} --bus");
    check(&format!("{apart} kafka://127.0.0.1:9"), 2, "refused");
    check(&format!("{apart} kafka://me:hunter2@host:9092"), 2, "isn't supported");
}
