#!/usr/bin/env bash
# Builds the Rust types of proto/ and writes the tables that are made from them. The types are no
# files of the tree: core/contracts/build.rs makes them on every build, without protoc.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/toolchain.sh
echo "Building the types of proto/ ..."
cargo build --locked --package contracts
echo "Writing the tables that are made from them ..."
cargo xtask generate
