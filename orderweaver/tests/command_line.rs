//! The commands that speak to a running shop, against the real server.

mod common;

use common::{Server, orderweaver};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use tempfile::TempDir;

/// A shop, and commands that speak to it.
struct Shop {
    server: Server,
    url: String,
    data: TempDir,
}

/// How a command ended.
struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Shop {
    async fn open() -> Self {
        let data = TempDir::new().expect("a folder");
        let server = Server::start(data.path()).await;
        let url = format!("http://127.0.0.1:{}", 8_001 + server.offset());
        Self { server, url, data }
    }

    fn run(&self, words: &str) -> Ended {
        let mut words: Vec<&str> = words.split_whitespace().collect();
        words.extend(["--url", &self.url]);
        let output = orderweaver(&words);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let code = output.status.code().expect("it was not killed");
        Ended { code, stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// The documents that a command prints, one a line.
    #[track_caller]
    fn documents(&self, words: &str) -> Vec<Value> {
        let ended = self.run(&format!("{words} -o jsonl"));
        assert_eq!(ended.code, 0, "{words}\n{}\n{}", ended.stdout, ended.stderr);
        let read = |line: &str| serde_json::from_str(line).expect("JSON");
        ended.stdout.lines().map(read).collect()
    }

    #[track_caller]
    fn document(&self, words: &str) -> Value {
        let documents = self.documents(words);
        let [document] = documents.as_slice() else { panic!("{words}: {documents:?}") };
        document.clone()
    }

    #[track_caller]
    fn check(&self, words: &str, code: i32, on_error: &str) {
        let ended = self.run(words);
        assert_eq!(ended.code, code, "{words}\n{}\n{}", ended.stdout, ended.stderr);
        assert!(ended.stderr.contains(on_error), "{words}\n{}", ended.stderr);
        assert_eq!(ended.stdout, "", "{words}");
    }

    fn start(&self, words: &str) -> (Child, BufReader<ChildStdout>) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_orderweaver"))
            .args(words.split_whitespace())
            .args(["--url", &self.url])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let stdout = child.stdout.take().expect("a pipe");
        (child, BufReader::new(stdout))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_placed_watched_and_looked_at_by_commands_alone() {
    let shop = Shop::open().await;
    assert_eq!(shop.document("stock set tea 10")["available"], 10);
    assert_eq!(shop.document("stock adjust tea -2 --reason broken")["on_hand"], 8);
    let create = "order create --user u-1 --id o-1 --line tea:2:4.50 --metadata {\"b\":1,\"a\":2}";
    let created = shop.document(create);
    assert_eq!(created["total"]["amount"], "9.00");
    let watched = shop.documents("order watch o-1 --timeout 1m");
    let last = watched.last().expect("the order");
    assert_eq!(
        (&last["order"]["state"], &last["order"]["settled"]),
        (&"confirmed".into(), &true.into())
    );
    assert_eq!(shop.document(create), created, "the same answer for ever");
    let order = shop.run("order get o-1 -o json").stdout;
    assert!(order.find("order_id") < order.find("cancel_requested"), "as it was sent: {order}");
    assert_eq!(shop.document("stock get tea")["reserved"], 2);
    assert_eq!(shop.document("stock reservations o-1")["state"], "committed");
    assert_eq!(shop.document("saga list --order o-1")["state"], "COMPLETED");
    assert_eq!(shop.document("saga count --quiet")["count"], 1);
    assert_eq!(shop.document("payment list --order o-1")["state"], "captured");
    assert!(shop.documents("ledger show o-1").len() > 1);
    assert!(shop.documents("ledger balances").len() > 1);
    let timeline = shop.run("saga timeline o-1").stdout;
    assert!(timeline.starts_with("saga o-1  place_order v1  COMPLETED  "), "{timeline}");
    let events = shop.documents("event tail --order o-1 --since start --service orders --limit 2");
    let types: Vec<_> = events.iter().map(|event| event["type"].as_str()).collect();
    assert_eq!(types, [Some("OrderCreated"), Some("OrderConfirmed")]);
    assert_eq!(shop.document("order cancel o-1 --if-version 3")["state"], "cancelling");
    shop.check("order cancel o-1 --if-version 3", 4, "error: version_mismatch: ");
    assert_eq!(shop.run("status").code, 0);
    assert_eq!(shop.run("doctor").code, 0, "{}", shop.run("doctor").stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_and_the_next_command_say_what_went_wrong() {
    let shop = Shop::open().await;
    let next = format!("next:  orderweaver order list --url {}\n", shop.url);
    let unknown = format!("order_not_found: there is no order o-9\n{next}");
    shop.check("order get o-9", 3, &unknown);
    shop.check("order create --user u --amount -1", 2, "amount: ");
    shop.check("order create --user u --amount ten", 2, "next:  orderweaver order create --help");
    shop.check("order create --user u", 2, "--amount <AMOUNT>");
    shop.check("order list --state lost", 2, "state: ");
    shop.check("order list --limit 0", 2, "'--limit <N>'");
    shop.check("saga definition nonsense", 3, "definition_not_found: ");
    shop.check("stock adjust tea 1 --reason x", 3, "sku_not_found: ");
    shop.check("trigger nonsense", 2, "order.completed");
    shop.check("event tail --type OrderCreatd", 2, "perhaps OrderCreated");
    shop.check("event tail --timeout 0.2s", 7, "");
    assert_eq!(shop.document("order create --user u --id o-1 --amount 1")["order_id"], "o-1");
    shop.check("order create --user u --id o-1 --amount 2", 4, "order_exists: ");
    shop.check(
        "order create --user u --id o-1 --amount 2",
        4,
        "\nnext:  orderweaver order get o-1 ",
    );
    shop.check("order cancel o-1 --if-version 9", 4, "\nnext:  orderweaver order get o-1 --url ");
    let Shop { server, url, data: _data } = shop;
    let offset = server.offset();
    drop(server);
    let output = orderweaver(&["order", "get", "o-1", "--url", &url]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(6), "{stderr}");
    let next = format!("next:  orderweaver dev --port-offset {offset}\n");
    assert!(stderr.ends_with(&format!("connection refused\n{next}")), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_outlives_its_server_and_tells_each_event_once() {
    let mut shop = Shop::open().await;
    let tail = "event tail --service orders --type OrderCreated --limit 6 -o jsonl";
    let (mut child, mut lines) = shop.start(&format!("{tail} --since start"));
    let mut place = |shop: &Shop, numbers: std::ops::Range<u32>| {
        for number in numbers.clone() {
            shop.document(&format!("order create --user u --id o-{number} --amount 1"));
        }
        for number in numbers {
            let mut line = String::new();
            lines.read_line(&mut line).expect("a line");
            let event: Value = serde_json::from_str(&line).expect("JSON");
            assert_eq!(event["subject"], format!("o-{number}"));
        }
    };
    place(&shop, 0..3);
    shop.server.kill();
    shop.server.restart(shop.data.path()).await;
    place(&shop, 3..6);
    assert!(child.wait().expect("it ends").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_stops_reading_ends_a_command_without_a_word() {
    let shop = Shop::open().await;
    let (child, stdout) = shop.start("status");
    drop(stdout);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stderr, b"");
}

#[tokio::test(flavor = "multi_thread")]
async fn scenarios_end_as_they_say_and_a_load_can_be_repeated() {
    let shop = Shop::open().await;
    for (scenario, is_settled) in [
        ("order.cancelled", true),
        ("payment.declined", true),
        ("inventory.out-of-stock", true),
        ("payment.void-refused", false),
    ] {
        let rows = shop.documents(&format!("trigger {scenario} --timeout 1m"));
        let last = rows.last().expect("a row");
        assert_eq!(last["order"]["settled"], is_settled, "{rows:?}");
        let first = (&rows[0]["event"]["type"], &rows[0]["order"]["state"]);
        assert_eq!(first, (&"OrderCreated".into(), &"pending".into()), "as it was then");
    }
    let stuck = shop.document("saga list --state COMPENSATION_FAILED");
    assert_eq!(stuck["reason"], "payment_declined");
    for _ in 0..2 {
        let report = shop.document("fixtures load --orders 250 --skus 20 --seed 3 --clients 4");
        assert_eq!(report["acknowledged"], 250, "{report}");
    }
    let listed = shop.documents("order list --all");
    let loaded = listed
        .iter()
        .filter(|it| it["order_id"].as_str().is_some_and(|it| it.starts_with("load-")));
    assert_eq!(loaded.count(), 250);
}
