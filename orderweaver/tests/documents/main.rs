//! The commands of the documents are typed into a shell beside the real server, in their order, and
//! must print what the documents say.
//!
//! A block of `bash` is run; one of `sh` is only shown. If a block of `json` or `text` follows, it
//! is what the commands print; what differs from run to run (times, ids) is left out of the
//! comparison. With `UPDATE_DOCUMENTS=1` those blocks are written anew instead.

mod block;
#[path = "../common/mod.rs"]
mod common;
mod json;
mod sameness;

use block::Block;
use common::Server;
use sameness::{Outcome, outcome};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs, thread};
use tempfile::TempDir;

/// What another service keeps is seen a moment later: so long commands that only read are repeated.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_readme_print_what_it_says() {
    check("README.md").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_russian_readme_print_what_it_says() {
    check("README.ru.md").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_api_guide_print_what_it_says() {
    check("docs/API.md").await;
}

async fn check(path: &str) {
    let folder = TempDir::new().expect("a folder");
    let server = Server::start(&folder.path().join(".orderweaver")).await;
    let shell = Shell { folder: folder.path(), offset: server.offset() };
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    let mut text = fs::read_to_string(&place).expect("the document");
    let mut faults = vec![];
    let mut updates = vec![];
    for block in block::blocks(&text) {
        let printed = shell.run(&block);
        let is_wanted = |expected: &block::Expected| outcome(&expected.text, &printed);
        match block.expected.as_ref().map(is_wanted) {
            None | Some(Outcome::Same) => {}
            Some(Outcome::Other(what)) => {
                faults.push(format!("{path}:{}:\n{}\n{what}", block.line, block.commands));
                updates.extend(block.expected.map(|it| (it.place, json::shown(&printed))));
            }
        }
    }
    assert!(!block::blocks(&text).is_empty(), "{path} has commands");
    if is_update() {
        for (place, printed) in updates.into_iter().rev() {
            text.replace_range(place, &printed);
        }
        fs::write(&place, text).expect("the document can be written");
    } else {
        assert!(faults.is_empty(), "{}\n\nUPDATE_DOCUMENTS=1 writes them", faults.join("\n\n"));
    }
}

/// Whether the documents are to say what is printed, instead of the other way round.
fn is_update() -> bool {
    env::var_os("UPDATE_DOCUMENTS").is_some()
}

/// Where the commands are typed: the binary is on the path, the data is in `./.orderweaver`.
struct Shell<'test> {
    folder: &'test Path,
    offset: u16,
}

impl Shell<'_> {
    /// What the commands print; those that only read are repeated until it is what is expected.
    fn run(&self, block: &Block) -> String {
        let begun = Instant::now();
        let patience = if is_update() { LOOK_INTERVAL * 5 } else { PATIENCE };
        loop {
            let printed = self.run_once(&block.commands);
            let expected = block.expected.as_ref();
            let is_same = expected.is_none_or(|it| outcome(&it.text, &printed) == Outcome::Same);
            if is_same || !block.only_reads() || begun.elapsed() > patience {
                return printed;
            }
            thread::sleep(LOOK_INTERVAL);
        }
    }

    fn run_once(&self, commands: &str) -> String {
        let binary = PathBuf::from(env!("CARGO_BIN_EXE_orderweaver"));
        let binaries = binary.parent().expect("a folder").display();
        let path = env::var("PATH").unwrap_or_default();
        let output = Command::new("bash")
            .args(["-eu", "-c", &self.with_offset(commands)])
            .env("PATH", format!("{binaries}:{path}"))
            .env("ORDERWEAVER_URL", format!("http://localhost:{}", 8_001 + self.offset))
            .current_dir(self.folder)
            .output()
            .expect("bash");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{commands}\n{printed}\n{errors}");
        self.without_offset(&printed)
    }

    fn with_offset(&self, text: &str) -> String {
        (8_001..=8_004).fold(text.into(), |text: String, port: u16| {
            text.replace(&format!("localhost:{port}"), &format!("localhost:{}", port + self.offset))
        })
    }

    fn without_offset(&self, text: &str) -> String {
        (8_001..=8_004).fold(text.into(), |text: String, port: u16| {
            text.replace(&format!(":{}", port + self.offset), &format!(":{port}"))
        })
    }
}
