#!/usr/bin/env bash
# Before a long build: looks for a Rust toolchain, a C compiler (for SQLite) and curl (for the tests
# of the documents); with the argument `kafka` for what librdkafka is built with, too. What Debian
# has is installed; Rust you choose yourself.
set -eu
cd "$(dirname "$0")/.."
command -v cc >/dev/null || scripts/packages.sh gcc libc6-dev
command -v curl >/dev/null || scripts/packages.sh curl
if [ "${1:-}" = kafka ]; then
  command -v c++ >/dev/null || scripts/packages.sh g++
  command -v make >/dev/null || scripts/packages.sh make
fi
if ! command -v cargo >/dev/null; then
  echo "error: needed and not found: cargo, of Rust 1.95 or later" >&2
  echo "next:  install it from https://rustup.rs, then run the same command again" >&2
  exit 1
fi
