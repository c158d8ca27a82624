#!/usr/bin/env bash
# Real servers for tests: the system's PostgreSQL, and Apache Kafka from the jars that scripts/kafka
# names. On free ports of this machine alone, without passwords, in a temporary folder.
#   scripts/services.sh up [postgres] [kafka]      starts what doesn't run; both by default
#   scripts/services.sh status [postgres] [kafka]  says what runs; 1 if one of them doesn't
#   scripts/services.sh down [postgres] [kafka]    stops them and removes what they stored
#   scripts/services.sh run [postgres] [kafka] [--] COMMAND...
#                                                  starts those that don't run and whose address
#                                                  the environment doesn't give, runs the command
#                                                  with their addresses in the environment, and
#                                                  stops what it has started
# The addresses are DATABASE_URL and KAFKA_BROKERS. `up` and `status` write those of what runs to
# standard output, to be taken over:
#   export $(scripts/services.sh up)
# A server that was killed is started by `up` with the data and the port that it had.
# ORDERWEAVER_SERVICES: the folder, by default orderweaver-services-UID in TMPDIR or /tmp; each
# folder has servers of its own.
# PG_DURABLE=1: PostgreSQL syncs to the disk what it commits, for tests of crashes and for
# benchmarks; it is slower.
# KAFKA_OPTIMISED=1: Kafka's code is compiled for a long run, for benchmarks; it starts more slowly
# and takes more memory.
# KAFKA_PROXIES="PORT PORT ...": Kafka listens on as many more ports, behind its two, and tells
# those who come there that its port is the one in the list, which is that of a proxy.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/shared.sh
folder=${ORDERWEAVER_SERVICES:-${TMPDIR:-/tmp}/orderweaver-services-$(id -u)}
is_one_down=""
START_SECONDS_MAX=60
STOP_SECONDS_MAX=15
STARTS_MAX=5
JAVA_FLAGS="-XX:+UseSerialGC -Xmx512m -Djava.awt.headless=true"
JAVA_FLAGS_FOR_TESTS="-XX:TieredStopAtLevel=1 -Xms128m"
JAVA_FLAGS_OPTIMISED="-Xms512m"

main() {
  local command=${1:-} server
  [ $# -eq 0 ] || shift
  [ "$command" != run ] || run "$@"
  [ $# -gt 0 ] || set -- postgres kafka
  for server in "$@"; do
    [[ " up status down " == *" $command "* && " postgres kafka " == *" $server "* ]] ||
      fail "what is '$command $server'?" \
      "scripts/services.sh up|status|down|run [postgres] [kafka]; run with [--] COMMAND..."
  done
  [ "$command" = status ] || claim_folder
  [ ! -d "$folder" ] || folder=$(cd "$folder" && pwd -P)
  for server in "$@"; do
    "$command" "$server"
  done
  [ -z "$is_one_down" ]
}

# Who starts servers owns it. Others may pass through, as the user postgres does.
claim_folder() {
  mkdir -p "$folder" || true
  [ -O "$folder" ] ||
    fail "$folder can't be used" "set ORDERWEAVER_SERVICES to a folder of your own"
  chmod 711 "$folder"
  lock "$folder" "starts or stops servers"
}

up() {
  if ! runs "$1"; then
    mkdir -p "$folder/$1"
    "prepare_$1"
    start "$1"
  fi
  is_up_soon "$1" || fail "$1 is process $(process_of "$1") and doesn't answer" \
    "read $folder/$1/log, or stop it: scripts/services.sh down $1"
  [ "$1" != postgres ] || check_durability
  address "$1"
}

# Those that run already belong to somebody else, and go on running.
run() {
  local wanted=() ours=() code=0 server
  while [ "${1:-}" = postgres ] || [ "${1:-}" = kafka ]; do
    wanted+=("$1")
    shift
  done
  [ "${1:-}" != -- ] || shift
  [ ${#wanted[@]} -gt 0 ] || wanted=(postgres kafka)
  [ $# -gt 0 ] || fail "run what?" "scripts/services.sh run cargo test"
  for server in "${wanted[@]}"; do
    is_named "$server" || runs "$server" || ours+=("$server")
  done
  [ ${#ours[@]} -eq 0 ] || scripts/services.sh up "${ours[@]}" >/dev/null
  for server in "${wanted[@]}"; do
    is_named "$server" || export "$(address "$server")"
  done
  trap : INT TERM # the command ends by it, and the servers after it
  "$@" || code=$?
  [ ${#ours[@]} -eq 0 ] || scripts/services.sh down "${ours[@]}"
  exit "$code"
}

# The environment says where it is.
is_named() {
  case $1 in
    postgres) [ -n "${DATABASE_URL:-}" ] ;;
    kafka) [ -n "${KAFKA_BROKERS:-}" ] ;;
  esac
}

status() {
  if ! runs "$1"; then
    say "$1: stopped"
    is_one_down=yes
  elif ! "${1}_answers"; then
    say "$1: process $(process_of "$1") doesn't answer, see $folder/$1/log"
    is_one_down=yes
  else
    say "$1: process $(process_of "$1") on port $(port_of "$1"), in $folder/$1"
    address "$1"
  fi
}

down() {
  local process tick
  if runs "$1"; then
    process=$(process_of "$1")
    say "stopping $1, process $process ..."
    kill "-$(stop_signal "$1")" "$process"
    kill -CONT "$process"
    for ((tick = 0; tick < STOP_SECONDS_MAX * 20; tick++)); do
      runs "$1" || break
      sleep 0.05
    done
    ! runs "$1" || kill -KILL "$process"
  fi
  rm -rf "${folder:?}/$1"
}

address() {
  case $1 in
    postgres) echo "DATABASE_URL=postgres://postgres@127.0.0.1:$(port_of postgres)/postgres" ;;
    kafka) echo "KAFKA_BROKERS=127.0.0.1:$(port_of kafka)" ;;
  esac
}

# What PostgreSQL stores is thrown away, so it need not write it down.
stop_signal() { if [ "$1" = postgres ]; then echo QUIT; else echo TERM; fi; }

# It keeps its port over a crash, unless somebody else has that by now; what a killed server leaves
# behind may hold it for a moment.
start() {
  local try
  for ((try = 0; try < STARTS_MAX; try++)); do
    [ "$try" = 0 ] || sleep 1
    if [ ! -s "$folder/$1/port" ] || { [ "$try" -gt 1 ] && ! is_free "$(port_of "$1")"; }; then
      free_port >"$folder/$1/port"
    fi
    say "starting $1 on port $(port_of "$1") ..."
    if "start_$1" >>"$folder/$1/log" 2>&1 && is_up_soon "$1"; then return 0; fi
  done
  tail -20 "$folder/$1/log" >&2
  fail "$1 did not start" "read $folder/$1/log, then run the same command again"
}

is_up_soon() {
  local end=$((SECONDS + START_SECONDS_MAX))
  until "${1}_answers"; do
    runs "$1" && [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.05
  done
}

port_of() { cat "$folder/$1/port"; }

# Two in a row: Kafka needs one more.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    if is_free "$port" && is_free $((port + 1)); then break; fi
  done
  echo "$port"
}

is_free() { ! (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

process_of() {
  case $1 in
    postgres) head -1 "$folder/postgres/data/postmaster.pid" 2>/dev/null ;;
    kafka) cat "$folder/kafka/pid" 2>/dev/null ;;
  esac
}

# Its command names our folder, so it isn't a stranger who got the number of a server that is gone.
# A process that waits to be reaped has no command any more.
runs() {
  local process
  process=$(process_of "$1") && [ -n "$process" ] &&
    [[ $(command_of "$process") == *"$folder/$1/"* ]]
}

command_of() {
  if [ -d /proc/self ]; then
    { tr '\0' ' ' <"/proc/$1/cmdline"; } 2>/dev/null || true
  else
    ps -ww -o args= -p "$1" || true
  fi
}

# --- PostgreSQL

# Debian keeps it out of PATH.
postgres_program() {
  local found
  found=$(find /usr/lib/postgresql/*/bin -name "$1" 2>/dev/null | sort -V | tail -1) || true
  [ -n "$found" ] || found=$(command -v "$1") || return 1
  echo "$found"
}

# The server refuses root, so root runs it as the user postgres.
as_postgres() {
  if [ "$(id -u)" != 0 ]; then
    "$@"
  else
    (cd / && setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/ "$@")
  fi
}

prepare_postgres() {
  local at=$folder/postgres
  postgres_program initdb >/dev/null || scripts/packages.sh postgresql
  touch "$at/log"
  [ "$(id -u)" != 0 ] || chown postgres "$at" "$at/log"
  as_postgres test -w "$at" ||
    fail "the user postgres can't enter $at" "set ORDERWEAVER_SERVICES to a folder in /tmp"
}

start_postgres() {
  local at=$folder/postgres options
  if [ ! -d "$at/data" ]; then
    as_postgres rm -rf "$at/new"
    as_postgres "$(postgres_program initdb)" --pgdata "$at/new" --username postgres --auth trust \
      --encoding UTF8 --locale C --no-sync --no-instructions || return 1
    as_postgres mv "$at/new" "$at/data"
  fi
  options="-p $(port_of postgres) -c listen_addresses=127.0.0.1 -c unix_socket_directories="
  options="$options -c max_connections=200"
  ! counts_statements || options="$options -c shared_preload_libraries=pg_stat_statements"
  is_durable || options="$options -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
  as_postgres "$(postgres_program pg_ctl)" start --silent --wait --timeout "$START_SECONDS_MAX" \
    --pgdata "$at/data" --log "$at/log" --options "$options"
}

is_durable() { [ "${PG_DURABLE:-0}" = 1 ]; }

# For benchmarks. The library comes with Debian's server; elsewhere it may be a package of its own.
counts_statements() {
  [ -e "$(dirname "$(postgres_program postgres)")/../lib/pg_stat_statements.so" ]
}

check_durability() {
  if is_durable && grep -q 'fsync=off' "$folder/postgres/data/postmaster.opts"; then
    fail "postgres runs already, but does not sync to the disk what it commits" \
      "set ORDERWEAVER_SERVICES to another folder, or stop it: scripts/services.sh down postgres"
  fi
}

postgres_answers() {
  "$(postgres_program pg_isready)" --quiet --timeout 2 \
    --host 127.0.0.1 --port "$(port_of postgres)" --dbname postgres --username postgres
}

# --- Kafka

# They are complete once every checksum is right.
prepare_kafka() {
  local jars=$TOOLS_FOLDER/kafka
  command -v java >/dev/null || scripts/packages.sh default-jre-headless
  mkdir -p "$TOOLS_FOLDER"
  lock "$TOOLS_FOLDER" "installs tools"
  ! has_jars || return 0
  command -v mvn >/dev/null || scripts/packages.sh maven
  say "installing the jars of scripts/kafka/pom.xml into $jars ..."
  rm -rf "$jars"
  mkdir -p "$jars"
  mvn --batch-mode --quiet --file scripts/kafka/pom.xml -Dmaven.repo.local="$jars/repository" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$jars" >"$jars/log" 2>&1 || {
    tail -20 "$jars/log" >&2
    fail "the jars of Kafka could not be installed" \
      "read $jars/log, then run the same command again"
  }
  has_jars || fail "the jars in $jars are not those of scripts/kafka/jars.sha256" \
    "run 'sha256sum --check $PWD/scripts/kafka/jars.sha256' there to see which"
  rm -rf "$jars/repository"
}

has_jars() {
  local sums=$PWD/scripts/kafka/jars.sha256
  (cd "$TOOLS_FOLDER/kafka" && sha256sum --check --status "$sums") 2>/dev/null
}

start_kafka() {
  local at=$folder/kafka
  kafka_settings >"$at/server.properties"
  if [ ! -d "$at/data" ]; then
    rm -rf "$at/new"
    sed "s|^log.dirs=.*|log.dirs=$at/new|" "$at/server.properties" >"$at/new.properties"
    (kafka_java kafka.tools.StorageTool format --config "$at/new.properties" \
      --cluster-id "$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d =)") || return 1
    mv "$at/new" "$at/data"
  fi
  set -m # a group of its own: an interrupt of ours doesn't end it
  kafka_java kafka.Kafka "$at/server.properties" </dev/null &
  echo "$!" >"$at/pid"
  set +m
}

kafka_settings() {
  local port listeners advertised protocols proxy count=0
  port=$(port_of kafka)
  listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
  advertised=PLAINTEXT://127.0.0.1:$port
  protocols=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
  for proxy in ${KAFKA_PROXIES:-}; do
    listeners=$listeners,PROXY_$count://127.0.0.1:$((port + 2 + count))
    advertised=$advertised,PROXY_$count://127.0.0.1:$proxy
    protocols=$protocols,PROXY_$count:PLAINTEXT
    count=$((count + 1))
  done
  cat scripts/kafka/server.properties
  echo "controller.quorum.voters=1@127.0.0.1:$((port + 1))"
  echo "listeners=$listeners"
  echo "advertised.listeners=$advertised"
  echo "listener.security.protocol.map=$protocols"
  echo "log.dirs=$folder/kafka/data"
}

# In place of this process.
kafka_java() {
  local jars=$TOOLS_FOLDER/kafka path flags=$JAVA_FLAGS_FOR_TESTS
  [ "${KAFKA_OPTIMISED:-0}" != 1 ] || flags=$JAVA_FLAGS_OPTIMISED
  path=$(awk -v jars="$jars" '{ printf "%s/%s:", jars, $2 }' scripts/kafka/jars.sha256)
  # shellcheck disable=SC2086 # flags are words
  exec nohup java $JAVA_FLAGS $flags -Dlog4j2.configurationFile="$PWD/scripts/kafka/log4j2.xml" \
    -cp "$path" "$@"
}

# An open port is too early: it must name a broker when it is asked for its metadata.
kafka_answers() {
  local reply
  { reply=$(
    exec 3<>"/dev/tcp/127.0.0.1/$(port_of kafka)" &&
      printf '\0\0\0\17\0\3\0\1\0\0\0\1\0\1r\0\0\0\0' >&3 &&
      timeout 2 head -c 12 <&3 | od -An -v -tx1 | tr -d ' \n'
  ); } 2>/dev/null
  [ ${#reply} -eq 24 ] && [ "${reply:16}" != 00000000 ] # length, number of the request, brokers
}

# A server outlives this script, so it must not hold what our caller has open.
main "$@" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
