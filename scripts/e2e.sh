#!/usr/bin/env bash
# One order from end to end: starts the server on free ports in a temporary folder, asks every
# service for its health, places an order, shows what became of it and the log, and stops.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/server.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/orderweaver-e2e.XXXXXX")
trap 'stop_server; rm -rf "$work"' EXIT

ask() {
  echo "$ curl $*"
  curl --silent --show-error --fail-with-body "$@"
  echo
}

start_server "$work"
for service in "$ORDERS" "$PAYMENTS" "$INVENTORY" "$ORCHESTRATOR"; do
  ask "$service/health"
done
ask -X POST "$ORDERS/orders" -H 'Content-Type: application/json' -H 'Prefer: wait=10' \
  -d '{"order_id":"o-1","user_id":"u-1","amount":123.45}'
ask "$ORDERS/orders/o-1"
ask "$PAYMENTS/payments?order_id=o-1"
ask "$INVENTORY/reservations/o-1"
ask "$ORCHESTRATOR/sagas/o-1"
echo "Log:"
cat "$work/log"
