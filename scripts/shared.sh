# shellcheck shell=bash
# To be sourced: what the scripts that install things share.
# shellcheck disable=SC2034 # they use it
TOOLS_FOLDER=${ORDERWEAVER_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/orderweaver-tools}

say() { echo "$*" >&2; }

fail() {
  say "error: $1"
  say "next:  $2"
  exit 1
}

# lock FOLDER DOING: until this script ends, no other one is in there at the same time. A link is
# made at once with what it holds, the process that made it; one of a process that is gone holds up
# nobody.
locks=()
lock() {
  local holder told=""
  until ln -s "$$" "$1/lock" 2>/dev/null; do
    holder=$(readlink "$1/lock" || true)
    if ! kill -0 "$holder" 2>/dev/null; then
      rm -f "$1/lock"
      continue
    fi
    [ -n "$told" ] || say "waiting for process $holder, which $2 ..."
    told=yes
    sleep 1
  done
  locks+=("$1/lock")
  trap 'rm -f "${locks[@]}"' EXIT
}
