#!/usr/bin/env bash
# One order from end to end: starts a shop, asks every service for its health, places an order,
# shows what became of it and the log, and stops.
#   scripts/e2e.sh [together]  all services in one process on one SQLite file
#   scripts/e2e.sh apart       a process and a database for each service, Kafka between them, the
#                              payment provider apart: docker-compose.yml without Docker. It
#                              needs servers: scripts/services.sh run scripts/e2e.sh apart
#   scripts/e2e.sh containers  what docker-compose.yml says; it stays there until `make down`
# On free ports and in a temporary folder, but for the containers.
set -euo pipefail
cd "$(dirname "$0")/.."
form=${1:-together}
case $form in
  together) target=e2e ;;
  apart | containers) target=e2e-$form ;;
  *)
    echo "error: what is '$form'?" >&2
    echo "next:  scripts/e2e.sh together|apart|containers" >&2
    exit 2
    ;;
esac

ask() {
  echo "$ curl $*"
  curl --silent --show-error --fail-with-body "$@"
  echo
}

start() {
  case $form in
    together)
      source scripts/server.sh
      start_server "$work"
      ;;
    apart)
      source scripts/apart.sh
      start_apart "$work"
      ;;
    containers)
      docker compose up --detach --build --wait
      ORDERS=http://localhost:8001 PAYMENTS=http://localhost:8002
      INVENTORY=http://localhost:8003 ORCHESTRATOR=http://localhost:8004
      ;;
  esac
}

show_log() {
  echo "Log:"
  case $form in
    together) cat "$work/log" ;;
    apart) tail -n 50 "$work"/log/* ;;
    containers) docker compose logs --tail 50 orchestrator payments inventory ;;
  esac
}

stop() {
  local code=$?
  if [ "$code" -ne 0 ]; then
    show_log >&2 || true
    echo "error: the scenario ended with exit code $code" >&2
    echo "next:  look at what is said above, then make $target" >&2
  fi
  case $form in
    together) stop_server ;;
    apart) stop_apart ;;
  esac
  rm -rf "$work"
}

work=$(mktemp -d "${TMPDIR:-/tmp}/orderweaver-e2e.XXXXXX")
trap stop EXIT
start
for service in "$ORDERS" "$PAYMENTS" "$INVENTORY" "$ORCHESTRATOR"; do
  ask "$service/health"
done
for service in "$ORDERS" "$PAYMENTS" "$INVENTORY" "$ORCHESTRATOR"; do
  ask "$service/ready"
done
ask -X POST "$ORDERS/orders" -H 'Content-Type: application/json' -H 'Prefer: wait=30' \
  -d '{"order_id":"o-1","user_id":"u-1","amount":123.45}'
ask "$ORDERS/orders/o-1"
ask "$PAYMENTS/payments?order_id=o-1"
ask "$INVENTORY/reservations/o-1"
ask "$ORCHESTRATOR/sagas/o-1"
[ "$form" != apart ] || check_apart
show_log
