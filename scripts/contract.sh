#!/usr/bin/env bash
# Holds what is promised to the outside against the real server, with other people's tools: the
# OpenAPI documents (spectral), every route under generated requests (schemathesis), the Postman
# collection (newman), the metrics (promtool), the scripts (shellcheck) and workflows (actionlint).
#   scripts/contract.sh [PART...]      all parts by default: files documents tour metrics fuzz
# The server runs on free ports in a temporary folder. FUZZ_EXAMPLES: generated requests for each
# operation, 20 by default. FUZZ_SERVICES: which services, all by default.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/server.sh
PATH=$(scripts/tools.sh actionlint newman promtool schemathesis shellcheck spectral)
services="orders payments inventory orchestrator"
root=$PWD
work=$(mktemp -d "${TMPDIR:-/tmp}/orderweaver-contract.XXXXXX")
trap 'stop_server; rm -rf "$work"' EXIT

main() {
  local parts=${*:-files documents tour metrics fuzz} part begun table=""
  cargo build --locked --package orderweaver
  for part in $parts; do
    begun=$SECONDS
    echo "== $part"
    "$part"
    table="$table$(printf '%-10s %4d s' "$part" $((SECONDS - begun)))"$'\n'
  done
  printf '\nThe contract holds. Time by part:\n%s' "$table"
}

address() {
  case $1 in
    orders) echo "$ORDERS" ;;
    payments) echo "$PAYMENTS" ;;
    inventory) echo "$INVENTORY" ;;
    orchestrator) echo "$ORCHESTRATOR" ;;
  esac
}

files() {
  actionlint
  shellcheck --external-sources scripts/*.sh .ci/run
}

# What the server shows is what is in the tree, and the linter has nothing to say of it.
documents() {
  start_server "$work/documents"
  local service
  for service in $services; do
    curl --silent --fail "$(address "$service")/openapi.json" >"$work/$service.json"
    same_json "$work/$service.json" "docs/openapi/$service.json"
  done
  stop_server
  spectral lint --fail-severity=warn docs/openapi/*.json
}

same_json() {
  python3 - "$1" "$2" <<'PYTHON'
import json, sys
shown, kept = (json.load(open(path)) for path in sys.argv[1:])
shown.pop("servers"), kept.pop("servers")  # the address is that of the server
if shown != kept:
    sys.exit(f"error: {sys.argv[2]} is not what the server shows\nnext:  cargo xtask generate")
PYTHON
}

# The calls of the Postman collection, in their order, on an empty shop.
tour() {
  start_server "$work/tour"
  newman run docs/api/orderweaver.postman_collection.json --color off --reporters cli \
    --env-var orders="$ORDERS" --env-var payments="$PAYMENTS" \
    --env-var inventory="$INVENTORY" --env-var orchestrator="$ORCHESTRATOR"
  stop_server
}

metrics() {
  start_server "$work/metrics"
  local service
  for service in $services; do
    curl --silent --fail "$(address "$service")/metrics" | promtool check metrics
  done
  stop_server
}

# Generated requests, good and bad, alone and in sequences; then every row must still be sound.
fuzz() {
  start_server "$work/fuzz"
  local service
  for service in ${FUZZ_SERVICES:-$services}; do
    echo "-- $service"
    (cd "$work" && PYTHONPATH="$root/scripts/fuzz" schemathesis \
      --config-file "$root/scripts/fuzz/schemathesis.toml" \
      run "$(address "$service")/openapi.json" --checks all --mode all --max-failures 100 \
      --max-examples "${FUZZ_EXAMPLES:-20}" --generation-deterministic --no-color)
  done
  stop_server
  "$BINARY" check --data "$work/fuzz/data"
}

main "$@"
