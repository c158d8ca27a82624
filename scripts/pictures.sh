#!/usr/bin/env bash
# Makes docs/pictures/*.svg anew, from what the real program prints about a real server.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/server.sh
scripts/toolchain.sh
cargo build --locked --package orderweaver
work=$(mktemp -d "${TMPDIR:-/tmp}/orderweaver-pictures.XXXXXX")
trap 'stop_server; rm -rf "$work"' EXIT
start_server "$work"
export ORDERWEAVER_URL=$ORDERS
mkdir -p docs/pictures

# picture FILE COMMAND...: what a terminal shows of it.
picture() {
  local file=$1
  shift
  {
    printf '\033[2m$\033[0m orderweaver %s\n' "$*"
    "$BINARY" "$@" --color always
  } | cargo xtask picture "OrderWeaver" >"docs/pictures/$file.svg"
  echo "wrote docs/pictures/$file.svg"
}

"$BINARY" stock set tea 100 >/dev/null
"$BINARY" order create --id o-1 --user u-1 --line tea:2:4.50 \
  --payment-method pm_card_declined --wait >/dev/null
picture timeline saga timeline o-1
