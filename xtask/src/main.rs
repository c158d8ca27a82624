//! `cargo xtask tidy`, `generate` and `picture`.

use std::error::Error;
use std::io::{Read, stdin};
use std::process::ExitCode;
use xtask::{Tree, generated, picture, rules};

const USAGE: &str = "usage: cargo xtask <tidy|generate|picture TITLE>

  tidy      print whatever breaks a rule of the house; exit code 1 if there is something
  generate  write the generated files that are missing or out of date
  picture   print what comes in, as a terminal shows it, as a picture (SVG)";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["tidy"] => tidy(),
        ["generate"] => generate(),
        ["picture", title] => {
            let mut printed = String::new();
            stdin().read_to_string(&mut printed)?;
            print!("{}", picture::picture(title, &printed));
            Ok(ExitCode::SUCCESS)
        }
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            eprintln!("{USAGE}");
            Ok(ExitCode::from(2))
        }
    }
}

fn tidy() -> Result<ExitCode, Box<dyn Error>> {
    let tree = Tree::read(&Tree::root())?;
    let mut count = 0;
    for rule in rules::ALL {
        let violations = rule.violations(&tree);
        if !violations.is_empty() {
            println!("{}:", rule.sentence);
        }
        for violation in &violations {
            println!("  {violation}");
        }
        count += violations.len();
    }
    if count == 0 {
        println!("tidy: {} rules hold", rules::ALL.len());
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("tidy: {count} violations");
    Ok(ExitCode::FAILURE)
}

fn generate() -> Result<ExitCode, Box<dyn Error>> {
    let written = generated::write(&Tree::root(), &generated::files())?;
    for path in &written {
        println!("wrote {}", path.display());
    }
    println!("generate: {} files were out of date", written.len());
    Ok(ExitCode::SUCCESS)
}
