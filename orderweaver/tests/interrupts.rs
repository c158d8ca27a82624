//! Ctrl-C: a command says what it has reached and leaves neither a process nor a folder behind.

mod common;

use common::{Server, free_offset};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// Looks at what a command is about to do, until it has done it; then a minute is over.
const LOOKS_MAX: u32 = 6_000;
const LOOK_INTERVAL: Duration = Duration::from_millis(10);
/// SIGINT in the masks of `/proc/PID/status`.
const SIGINT: u64 = 1 << 1;

/// A case: what is called, the exit code, and what is said to the end on both outputs.
struct Case<'a> {
    words: &'a str,
    /// Begins with this once it runs; empty: it hears signals.
    after: &'a str,
    code: i32,
    said: &'a str,
}

/// Whether the process has said that it wants to hear of Ctrl-C.
fn hears_signals(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & SIGINT != 0)
}

/// Servers whose data are in that folder: it stands in their arguments or their environment.
fn servers(of: &Path) -> usize {
    let of = of.display().to_string();
    let read = |process: &Path, file| fs::read(process.join(file)).unwrap_or_default();
    let is_one = |process: &Path| {
        let line = String::from_utf8_lossy(&read(process, "cmdline")).into_owned();
        let environment = read(process, "environ");
        line.contains("serve") && (line + &String::from_utf8_lossy(&environment)).contains(&of)
    };
    let all = fs::read_dir("/proc").expect("processes").flatten();
    all.filter(|process| is_one(&process.path())).count()
}

/// A command that has come so far as the case says.
struct Begun {
    child: Child,
    /// Where it puts its data.
    temporary: TempDir,
    outputs: TempDir,
}

impl Begun {
    fn begin(words: &str, more: &[&str], after: &str) -> Self {
        let (temporary, outputs) = (TempDir::new().expect("one"), TempDir::new().expect("one"));
        let file = fs::File::create(outputs.path().join("said")).expect("a file");
        let child = Command::new(env!("CARGO_BIN_EXE_orderweaver"))
            .args(words.split_whitespace())
            .args(more)
            .env("TMPDIR", temporary.path())
            .stdout(Stdio::from(file.try_clone().expect("a file")))
            .stderr(Stdio::from(file))
            .spawn()
            .expect("the binary starts");
        let begun = Self { child, temporary, outputs };
        begun.until(words, || hears_signals(begun.child.id()) && begun.told().contains(after));
        begun
    }

    /// What was said on both outputs.
    fn told(&self) -> String {
        fs::read_to_string(self.outputs.path().join("said")).expect("text")
    }

    fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let mut looks = 0..LOOKS_MAX;
        while !is_so() {
            assert!(looks.next().is_some(), "{what}: it does not come so far\n{}", self.told());
            thread::sleep(LOOK_INTERVAL);
        }
    }

    fn end(&mut self, signal: &str) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().expect("kill").success());
        self.child.wait().expect("it ends")
    }
}

fn check(case: &Case<'_>, more: &[&str]) {
    let Case { words, after, code, said } = case;
    let mut begun = Begun::begin(words, more, after);
    let status = begun.end("-INT");
    let (told, folder) = (begun.told(), begun.temporary.path());
    assert_eq!(status.code(), Some(*code), "{words}\n{told}");
    assert!(told.contains(said), "{words}\n{told}");
    assert_eq!(fs::read_dir(folder).expect("a folder").count(), 0, "{words}");
    assert_eq!(servers(folder), 0, "{words}");
}

const ALONE: &[Case<'_>] = &[
    Case {
        words: "bench --clients 1 --rates 10 --workloads invoice --duration 0.2 --rounds 100",
        after: "sagas/s",
        code: 5,
        said: " of 200 runs were measured",
    },
    Case {
        words: "bench --duration 60",
        after: "",
        code: 130,
        said: "interrupted before anything was measured",
    },
];

const IN_A_SHOP: &[Case<'_>] = &[
    Case { words: "event tail", after: "", code: 0, said: "interrupted after 0 events" },
    Case {
        words: "fixtures load --orders 1000000",
        after: "SKUs are in stock",
        code: 5,
        said: "interrupted before number",
    },
];

#[test]
fn a_command_of_its_own_says_what_it_has_reached_and_leaves_nothing_behind() {
    ALONE.iter().for_each(|case| check(case, &[]));
    let (words, after) = ("dev --ephemeral", "Ctrl-C ends it.");
    let said = "The data was temporary and is gone.";
    let offset = free_offset().to_string();
    check(&Case { words, after, code: 0, said }, &["--port-offset", &offset]);
}

#[test]
fn a_simulation_says_by_its_exit_code_whether_a_seed_has_run() {
    let mut begun = Begun::begin("sim --seeds 0..1000000000", &[], "");
    let status = begun.end("-INT");
    let told = begun.told();
    let code = if told.contains("interrupted: 0 of 1000000000 seeds have run") { 130 } else { 5 };
    assert_eq!(status.code(), Some(code), "{told}");
    assert!(told.contains("of 1000000000 seeds have run"), "{told}");
}

#[test]
fn a_server_does_not_outlive_the_benchmark_that_started_it() {
    let words = "bench --clients 1 --rates 10 --workloads invoice --duration 60";
    let mut begun = Begun::begin(words, &[], "");
    let folder = begun.temporary.path().to_path_buf();
    begun.until("its server runs", || servers(&folder) > 0);
    assert_eq!(begun.end("-KILL").code(), None);
    begun.until("its server ends", || servers(&folder) == 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_speaks_to_a_shop_says_what_it_has_reached() {
    let data = TempDir::new().expect("a folder");
    let server = Server::start(data.path()).await;
    let url = format!("http://127.0.0.1:{}", 8_001 + server.offset());
    IN_A_SHOP.iter().for_each(|case| check(case, &["--url", &url]));
    let words = "trigger payment.action-required";
    let (after, said) = ("is placed", "interrupted; order ");
    check(&Case { words, after, code: 5, said }, &["--url", &url]);
    let order =
        r#"{"order_id":"o-1","user_id":"u","amount":1,"payment_method":"pm_requires_action"}"#;
    assert_eq!(server.post(8_001, "/orders", order).await.status, 201);
    let (words, said) = ("order watch o-1", "error: interrupted; order o-1 is pending");
    check(&Case { words, after: "pending", code: 130, said }, &["--url", &url]);
}
