# shellcheck shell=bash
# To be sourced: the four services apart, each on a database of its own, with Kafka between them and
# one payment provider; on free ports and in a folder of their own, ended by their own ids.
# DATABASE_URL and KAFKA_BROKERS name the servers, as scripts/services.sh run leaves them.
BINARY=${BINARY:-target/debug/orderweaver}
ROLES=(orders payments inventory orchestrator)
APART_WAIT_SECONDS=60
apart_pids=()
apart_shop=""

# start_apart FOLDER: addresses are then in ORDERS, PAYMENTS, INVENTORY, ORCHESTRATOR and PROVIDER,
# the databases in STORE, and the logs in FOLDER/log/ROLE.
start_apart() {
  local folder=$1 offset role url
  if [ -z "${DATABASE_URL:-}" ] || [ -z "${KAFKA_BROKERS:-}" ]; then
    echo "error: services apart need servers, and DATABASE_URL or KAFKA_BROKERS names none" >&2
    echo "next:  scripts/services.sh run scripts/e2e.sh apart" >&2
    return 1
  fi
  apart_shop=e2e_$$
  offset=$(free_offset)
  ORDERS=http://127.0.0.1:$((8001 + offset))
  PAYMENTS=http://127.0.0.1:$((8002 + offset))
  INVENTORY=http://127.0.0.1:$((8003 + offset))
  ORCHESTRATOR=http://127.0.0.1:$((8004 + offset))
  PROVIDER=http://127.0.0.1:$((8009 + offset))
  STORE="${DATABASE_URL%/*}/${apart_shop}_{role}"
  export ORDERS PAYMENTS INVENTORY ORCHESTRATOR PROVIDER STORE
  mkdir -p "$folder/log"
  for role in "${ROLES[@]}"; do
    sql "CREATE DATABASE ${apart_shop}_$role" >/dev/null
  done
  start_one "$folder" provider-fake "$offset" provider-fake
  for role in "${ROLES[@]}"; do
    start_one "$folder" "$role" "$offset" serve --role "$role" --store "$STORE" \
      --bus "kafka://$KAFKA_BROKERS" --bus-prefix "$apart_shop." --replica one \
      --provider "$PROVIDER"
  done
  for url in "$PROVIDER/health" {"$ORDERS","$PAYMENTS","$INVENTORY","$ORCHESTRATOR"}/ready; do
    wait_for "$url"
  done
}

# Below the ports that clients are given, and nobody listens there.
free_offset() {
  local offset port
  while :; do
    offset=$((10000 + RANDOM % 14000))
    for port in 8001 8002 8003 8004 8009; do
      ! (: <>"/dev/tcp/127.0.0.1/$((port + offset))") 2>/dev/null || continue 2
    done
    echo "$offset"
    return
  done
}

# start_one FOLDER NAME OFFSET COMMAND...: shown as it could be typed.
start_one() {
  local folder=$1 name=$2 offset=$3
  shift 3
  set -- "$@" --data "$folder/$name" --port-offset "$offset"
  echo "$ orderweaver $*"
  env -u DATABASE_URL -u KAFKA_BROKERS "$BINARY" "$@" >"$folder/log/$name" 2>&1 &
  apart_pids+=($!)
}

# Until it answers yes, or one of the processes is gone.
wait_for() {
  local url=$1 end=$((SECONDS + APART_WAIT_SECONDS))
  until curl --silent --fail --output /dev/null "$url"; do
    if ! all_run || [ "$SECONDS" -ge "$end" ]; then
      echo "error: $url does not answer" >&2
      return 1
    fi
    sleep 0.1
  done
}

# Ends the services, but not the provider, and holds everything that the four databases and the
# provider keep against what must be true.
check_apart() {
  end_processes "${apart_pids[@]:1}"
  apart_pids=("${apart_pids[0]}")
  set -- check --settled --store "$STORE" --provider "$PROVIDER"
  echo "$ orderweaver $*"
  env -u DATABASE_URL -u KAFKA_BROKERS "$BINARY" "$@"
}

end_processes() {
  kill "$@" 2>/dev/null || true
  wait "$@" 2>/dev/null || true
}

all_run() {
  local pid
  for pid in "${apart_pids[@]}"; do
    kill -0 "$pid" 2>/dev/null || return 1
  done
}

stop_apart() {
  local role
  [ ${#apart_pids[@]} -eq 0 ] || end_processes "${apart_pids[@]}"
  apart_pids=()
  [ -n "$apart_shop" ] || return 0
  for role in "${ROLES[@]}"; do
    sql "DROP DATABASE IF EXISTS ${apart_shop}_$role WITH (FORCE)" >/dev/null || true
  done
}

# sql STATEMENT: on the server of DATABASE_URL.
sql() { psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --command "$1" "$DATABASE_URL"; }
