#!/bin/sh
# Runs a real Prosody in the foreground, out of a folder, as whoever calls it, on loopback only.
#
#   prosody.sh STATE_DIR         SIGTERM stops it; the pid is the server's own
#
# Environment: as for ejabberd.sh but for PASSWORD_HASH. Accounts are files: see register.sh.
#   NAGLE            true leaves Nagle's algorithm on, as is Prosody's default  (false)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:?usage: prosody.sh STATE_DIR}"
state=$(cd "$1" && pwd)
mkdir -p "$state/data" "$state/certs" "$state/plugins"

export NOCGATE_STATE="$state"
export DOMAIN="${DOMAIN:-nocgate.test}" BOSH_PORT="${BOSH_PORT:-5280}" C2S_PORT="${C2S_PORT:-5222}"
export BOSH_TLS_PORT="${BOSH_TLS_PORT:-}" TLS_PEM="${TLS_PEM:-}"
export SASL_MECHANISMS="${SASL_MECHANISMS:-}" INACTIVITY="${INACTIVITY:-30}"
export NAGLE="${NAGLE:-false}"
export HOME="$state"
exec prosody --config "$here/prosody.cfg.lua" -F
