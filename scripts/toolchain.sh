#!/usr/bin/env bash
# Says what is missing before a long build fails: a Rust toolchain and a C compiler (for SQLite).
set -eu
missing=""
command -v cargo >/dev/null || missing="$missing cargo (https://rustup.rs)"
command -v cc >/dev/null || missing="$missing cc (Debian: apt-get install gcc libc6-dev)"
if [ -n "$missing" ]; then
  echo "error: needed and not found:$missing" >&2
  echo "next:  install it, then run the same command again" >&2
  exit 1
fi
