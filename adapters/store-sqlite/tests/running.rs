//! The suite of a running engine, on real files.

mod common;

use common::OneFile;

conformance::engine_suite!(site);

fn site() -> OneFile {
    OneFile::new()
}
