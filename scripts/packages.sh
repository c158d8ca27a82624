#!/usr/bin/env bash
# Installs packages of the system, as root or with sudo; brings the lists up to date if need be.
#   scripts/packages.sh python3 python3-venv
#   scripts/packages.sh --unpack FOLDER prometheus    only unpacks it there: no service starts
set -euo pipefail
sudo=""
[ "$(id -u)" = 0 ] || sudo=sudo
as_root="$sudo env DEBIAN_FRONTEND=noninteractive"

# The command, and once more after the lists of packages were fetched.
try_twice() { "$@" || { $as_root apt-get update && "$@"; }; }

install() { $as_root apt-get install -y --no-install-recommends "$@"; }

unpack() {
  cd "$1"
  try_twice apt-get download "$2"
  dpkg-deb --extract "$2"_*.deb .
  rm "$2"_*.deb
}

for needed in apt-get $sudo; do
  command -v "$needed" >/dev/null && continue
  echo "error: needed and not found: ${*: -1}; it can't be installed without $needed" >&2
  echo "next:  install it yourself, then run the same command again" >&2
  exit 1
done
if [ "$1" = --unpack ]; then
  unpack "$2" "$3" >&2
else
  echo "Installing $* ..." >&2
  try_twice install "$@" >&2
fi
