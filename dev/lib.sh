# shellcheck shell=bash
# Functions that the scripts in dev/ share. Source it.

say() { printf '==> %s\n' "$*"; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Runs a command and shows what it printed only if it fails.
quietly() {
  local output
  if ! output=$("$@" 2>&1 </dev/null); then
    printf '%s\n' "$output" >&2
    die "failed: $*"
  fi
}

port_is_free() { ! (: >"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Sets $ports to so many free loopback ports, below the range that the kernel hands out to clients.
choose_free_ports() {
  local count=$1 port
  ports=()
  for _ in {1..500}; do
    port=$((18000 + RANDOM % 14000))
    if [[ " ${ports[*]} " != *" $port "* ]] && port_is_free "$port"; then ports+=("$port"); fi
    if [ ${#ports[@]} = "$count" ]; then return; fi
  done
  die "found no free port between 18000 and 32000"
}
