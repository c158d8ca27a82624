//! The suite that every store passes, on real databases.

mod common;

use common::OneDatabase;

fn check(story: &str) {
    conformance::check(&OneDatabase::new(), story);
}

conformance::store_suite!(check);
