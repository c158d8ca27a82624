# shellcheck shell=bash
# To be sourced: the real server on free ports and in a folder of its own, ended by its own id.
BINARY=${BINARY:-target/debug/orderweaver}
SERVER_TRIES_MAX=5
SERVER_WAIT_SECONDS=30
server_pid=""

# start_server FOLDER: its addresses are then in ORDERS, PAYMENTS, INVENTORY and ORCHESTRATOR, its
# log in FOLDER/log.
start_server() {
  local folder=$1 try offset
  mkdir -p "$folder"
  for ((try = 0; try < SERVER_TRIES_MAX; try++)); do
    offset=$((10000 + RANDOM % 20000))
    ORDERS=http://127.0.0.1:$((8001 + offset))
    PAYMENTS=http://127.0.0.1:$((8002 + offset))
    INVENTORY=http://127.0.0.1:$((8003 + offset))
    ORCHESTRATOR=http://127.0.0.1:$((8004 + offset))
    export ORDERS PAYMENTS INVENTORY ORCHESTRATOR
    "$BINARY" serve --role all --data "$folder/data" --port-offset "$offset" \
      >"$folder/out" 2>"$folder/log" &
    server_pid=$!
    if server_is_up; then return 0; fi
    stop_server
  done
  cat "$folder/log" >&2
  echo "error: the server did not start" >&2
  return 1
}

# Until it answers, or is gone: its ports were taken.
server_is_up() {
  local tick
  for ((tick = 0; tick < SERVER_WAIT_SECONDS * 10; tick++)); do
    kill -0 "$server_pid" 2>/dev/null || return 1
    if curl --silent --fail --output /dev/null "$ORCHESTRATOR/ready"; then return 0; fi
    sleep 0.1
  done
  return 1
}

stop_server() {
  [ -n "$server_pid" ] || return 0
  kill "$server_pid" 2>/dev/null || true
  wait "$server_pid" 2>/dev/null || true
  server_pid=""
}
