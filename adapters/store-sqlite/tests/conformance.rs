//! The suite that every store passes, on real files.

mod common;

use common::OneFile;

fn check(story: &str) {
    conformance::check(&OneFile::new(), story);
}

conformance::store_suite!(check);
