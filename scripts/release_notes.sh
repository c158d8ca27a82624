#!/usr/bin/env bash
# Prints the section of CHANGELOG.md about a version, and fails if there is none, or if the tag is
# not the version of Cargo.toml.
#   scripts/release_notes.sh v0.1.0
set -euo pipefail
cd "$(dirname "$0")/.."
tag=${1:?a tag is needed, such as v0.1.0}
version=${tag#v}
if ! grep -q "^version = \"$version\"\$" Cargo.toml; then
  echo "error: Cargo.toml has another version than $version" >&2
  echo "next:  set the version of [workspace.package], commit, and tag again" >&2
  exit 1
fi
notes=$(awk -v head="## [$version]" '
  index($0, "## [") == 1 { inside = index($0, head) == 1; next }
  /^\[[^]]*\]: / { inside = 0 }
  inside' CHANGELOG.md)
if [ -z "$notes" ]; then
  echo "error: CHANGELOG.md has no section [$version]" >&2
  echo "next:  put the heading '## [$version] - $(date +%F)' below '## [Unreleased]', so that" >&2
  echo "       what was not released becomes that version; commit, and tag again" >&2
  exit 1
fi
echo "$notes"
