//! What `orderweaver version --verbose` tells of the build: the same for the same sources.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Changes with every commit and checkout.
    if let Some(log) = told("git", &["rev-parse", "--git-path", "logs/HEAD"])
        && Path::new(&log).is_file()
    {
        println!("cargo:rerun-if-changed={log}");
    }
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let facts = [
        ("BUILD_COMMIT", told("git", &["rev-parse", "HEAD"])),
        ("BUILD_COMPILER", told(&compiler, &["--version"])),
        ("BUILD_TARGET", std::env::var("TARGET").ok()),
        ("BUILD_PROFILE", std::env::var("PROFILE").ok()),
    ];
    for (name, fact) in facts {
        println!("cargo:rustc-env={name}={}", fact.unwrap_or_else(|| "unknown".into()));
    }
}

/// The first line that a program prints; nothing if it can't be run or fails.
fn told(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    text.lines().next().map(Into::into)
}
