#!/usr/bin/env bash
# The demo: everything on this machine, until Ctrl-C, or until COMMAND ends. `make demo` builds first and
# calls this.
#
#   dev/demo.sh [COMMAND [ARG...]]
#
# Settings: those of dev/stack.sh, and NOCGATE_DEMO_DIR, a folder for the state that is kept.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" != welcome ]; then
  export NOCGATE_DIR=${NOCGATE_DEMO_DIR:-}
  export SMARTSERVERS=${SMARTSERVERS:-8} POINTS=${POINTS:-100} OFFLINE=${OFFLINE:-0} LEAVING=${LEAVING:-1}
  export ALARMS=${ALARMS:-2} HISTORY_DAYS=${HISTORY_DAYS:-7}
  if [ $# = 0 ]; then set -- dev/demo.sh welcome; fi
  exec dev/stack.sh "$@"
fi

cat <<WELCOME

  nocgate is running.

  Dashboard   $NOCGATE_URL/
  API key     $NOCGATE_KEY   (to sign in with)
  API         $NOCGATE_URL/api/docs
  Try         curl -s -H 'Authorization: Bearer $NOCGATE_KEY' '$NOCGATE_URL/api/v1/data-points?limit=3'
  Logs        $NOCGATE_DIR

  Ctrl-C stops everything.

WELCOME
exec sleep infinity
