#!/usr/bin/env bash
# Runs an XMPP server. While the file STATE_DIR/down is there it is dead: killed when the file comes,
# started when it goes.
#
#   keep.sh ejabberd|prosody STATE_DIR       SIGTERM stops it; ends when the server ends by itself
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
server=${1:?usage: keep.sh ejabberd|prosody STATE_DIR} state=${2:?usage: keep.sh ejabberd|prosody STATE_DIR}

finish() {
  kill -TERM "$pid" 2>/dev/null || true
  wait "$pid" || true
  exit 0
}

while true; do
  setpriv --pdeathsig TERM "$here/$server.sh" "$state" &
  pid=$!
  trap finish TERM
  while kill -0 "$pid" 2>/dev/null && [ ! -e "$state/down" ]; do sleep 0.3; done
  if [ ! -e "$state/down" ]; then
    wait "$pid"
    exit
  fi
  kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  while [ -e "$state/down" ]; do sleep 0.1; done
done
