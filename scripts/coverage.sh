#!/usr/bin/env bash
# Runs the tests with counters in the code and prints how many lines and functions they reach.
# Rust's own profile tools are taken if they are installed, else those of Debian's LLVM 22.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$(scripts/tools.sh cargo-llvm-cov)
if [ ! -x "$(rustc --print target-libdir)/../bin/llvm-cov" ]; then
  command -v llvm-cov-22 >/dev/null || scripts/packages.sh llvm-22
  LLVM_COV=$(command -v llvm-cov-22)
  LLVM_PROFDATA=$(command -v llvm-profdata-22)
  export LLVM_COV LLVM_PROFDATA
fi
# Names of lines for a debugger would only take time and room.
export CARGO_PROFILE_DEV_DEBUG=0
scripts/services.sh run cargo llvm-cov --workspace --locked --no-fail-fast --summary-only \
  --features orderweaver/kafka \
  --ignore-filename-regex '^.*/(xtask|testing)/'
