#!/usr/bin/env bash
# Runs an XMPP server, simulated SmartServers and the gateway together, on free loopback ports:
# starts them, runs COMMAND, and stops them when it ends, when one of them ends, and at SIGINT or
# SIGTERM. The exit status is COMMAND's. `make` builds what this runs.
#
#   dev/stack.sh COMMAND [ARG...]
#
# COMMAND finds in its environment, and in stack.env in the state folder:
#   NOCGATE_URL   address of the gateway and its dashboard   NOCGATE_KEY   an API key
#   NOCGATE_DIR   the state folder: logs, database           BOSH_URL      the XMPP server
#   XMPP_DOWN     the XMPP server is dead while this file is there
#
# Settings, by environment:
#   XMPP          ejabberd or prosody (ejabberd)             PORT          the gateway's port (a free one)
#   SMARTSERVERS  how many (8)      POINTS   data points each (40)
#   OFFLINE       never log in (1)  SLOW     answer slowly (1)
#   LEAVING       log out once the gateway knows them (0)
#   BUSY          beside those: of 1,000 data points, and push 500 values a second (0)
#   ALARMS        have an alarm that waits for somebody (1)
#   HISTORY_DAYS  days of history, which the gateway fetches from data loggers (0)
#   PUSH_EVERY    seconds between pushes of values (5)
#   POLL_EVERY    seconds between polls of all data points by a poll group (10; 0: no group)
#   NOCGATE_DIR   state folder to use and keep (a temporary one, removed at the end)
set -euo pipefail
cd "$(dirname "$0")/.."
source dev/lib.sh
source dev/services.sh

[ $# -gt 0 ] || die "usage: dev/stack.sh COMMAND [ARG...]"
nocgate=${NOCGATE_BIN:-target/debug/nocgate}
[ -x "$nocgate" ] || die "$nocgate is missing: build it with 'make binary'"
xmpp=${XMPP:-ejabberd}
case $xmpp in ejabberd | prosody) ;; *) die "XMPP=$xmpp: choose ejabberd or prosody" ;; esac
export DOMAIN=nocgate.test
identity=noc@$DOMAIN
busy=${BUSY:-0}
smartservers=${SMARTSERVERS:-8}
leaving=${LEAVING:-0}
# One stays at least.
if [ "$leaving" -ge "$smartservers" ]; then leaving=$((smartservers - 1)); fi
staying=$((smartservers - leaving))
HISTORY_DAYS=${HISTORY_DAYS:-0}
ALARMS=${ALARMS:-1}
smartserver_password=smartserver-lab
identity_password=noc-lab

finish() {
  local status=$?
  trap '' INT TERM
  set +e
  if [ ${#services[@]} -gt 0 ]; then say "stopping"; fi
  stop_all
  if [ -n "$temporary" ]; then rm -rf "$temporary"; else say "kept: $dir"; fi
  exit $status
}
temporary=
if [ -z "${NOCGATE_DIR:-}" ]; then temporary=$(mktemp -d "${TMPDIR:-/tmp}/nocgate.XXXXXX"); fi
dir=${NOCGATE_DIR:-$temporary}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
(umask 077 && mkdir -p "$dir/$xmpp")
dir=$(cd "$dir" && pwd)
logs=$dir

# A kept folder keeps its ports, since the database holds the address of the XMPP server.
choose_ports() {
  if [ ! -e "$dir/ports" ]; then
    choose_free_ports 3
    echo "${ports[@]}" >"$dir/ports"
  fi
  read -r gateway_port BOSH_PORT C2S_PORT <"$dir/ports"
  gateway_port=${PORT:-$gateway_port}
  export BOSH_PORT C2S_PORT
  local port
  for port in "$gateway_port" "$BOSH_PORT" "$C2S_PORT"; do
    port_is_free "$port" || die "port $port of 127.0.0.1 is in use; choose the gateway's with PORT=, the others are in $dir/ports"
  done
}

start_xmpp_server() {
  say "starting $xmpp on port $BOSH_PORT"
  export XMPP_DOWN=$dir/$xmpp/down
  rm -f "$XMPP_DOWN"
  start "$xmpp" dev/xmpp/keep.sh "$xmpp" "$dir/$xmpp"
  BOSH_URL="http://127.0.0.1:$BOSH_PORT/http-bind"
  await 60 "$xmpp" curl -s "$BOSH_URL"
}

# Sets $command to one that simulates so many SmartServers.
simulate() {
  local count=$1
  shift
  command=("$nocgate" simulate --bosh-url "$BOSH_URL" --domain "$DOMAIN" --password "$smartserver_password"
    --smartservers "$count" --points "${POINTS:-40}" --history-days "$HISTORY_DAYS"
    --push-to "$identity/nocgate" --push-every "${PUSH_EVERY:-5}" "$@")
}

# Once each, also in a folder that was kept.
register() {
  local user=$1 where=$BOSH_PORT
  if grep -qxF "$user" "$dir/$xmpp/registered" 2>/dev/null; then return; fi
  if [ "$xmpp" = prosody ]; then where=$dir/prosody; fi
  dev/xmpp/register.sh "$xmpp" "$where" "$user" "$DOMAIN" "$2"
  echo "$user" >>"$dir/$xmpp/registered"
}

register_accounts() {
  simulate $((staying + leaving + busy)) --list-accounts
  "${command[@]}" >"$dir/smartservers"
  say "registering $(wc -l <"$dir/smartservers") SmartServers and the gateway's identity"
  register "${identity%@*}" "$identity_password"
  local jid
  while read -r jid; do register "${jid%%@*}" "$smartserver_password"; done <"$dir/smartservers"
}

start_simulator() {
  say "starting the simulated SmartServers"
  simulate "$staying" --offline "${OFFLINE:-1}" --slow "${SLOW:-1}" --alarms "$ALARMS"
  start simulator "${command[@]}"
  if [ "$leaving" -gt 0 ]; then start_leaving; fi
  if [ "$busy" -gt 0 ]; then start_busy; fi
  await $((60 + staying / 10)) simulator grep -q 'are online' "$logs/simulator.log"
}

# A process of their own, which stops when the gateway has seen them.
start_leaving() {
  simulate "$leaving" --first-mac "$(mac_of "$staying")" --alarms 0
  start leaving "${command[@]}"
  await 60 leaving grep -q 'are online' "$logs/leaving.log"
}

start_busy() {
  POINTS=1000 PUSH_EVERY=1 simulate "$busy" --first-mac "$(mac_of $((staying + leaving)))" \
    --profile deterministic --push-points 500
  start busy "${command[@]}"
}

# MAC ID of the SmartServer after so many others.
mac_of() { sed -n "$(($1 + 1))s/@.*//p" "$dir/smartservers"; }

start_gateway() {
  say "starting the gateway on port $gateway_port"
  cat >"$dir/nocgate.toml" <<TOML
[http]
listen = "127.0.0.1:$gateway_port"
[database]
url = "sqlite:$dir/nocgate.db"
[secrets]
key_file = "$dir/secrets.key"
[alarms]
poll_interval_s = 10
TOML
  NOCGATE_URL="http://127.0.0.1:$gateway_port"
  start nocgate "$nocgate" serve --config "$dir/nocgate.toml"
  await 60 nocgate curl -sf "$NOCGATE_URL/readyz"
  [ -s "$dir/api-key" ] || "$nocgate" key create --name lab --config "$dir/nocgate.toml" >"$dir/api-key"
  NOCGATE_KEY=$(cat "$dir/api-key")
}

seed() {
  say "telling the gateway of its SmartServers"
  export NOCGATE_URL NOCGATE_KEY BOSH_URL NOCGATE_DIR=$dir POLL_EVERY=${POLL_EVERY:-10} HISTORY_DAYS ALARMS
  printf 'export %s=%q\n' NOCGATE_URL "$NOCGATE_URL" NOCGATE_KEY "$NOCGATE_KEY" BOSH_URL "$BOSH_URL" NOCGATE_DIR "$dir" \
    XMPP_DOWN "$XMPP_DOWN" \
    >"$dir/stack.env"
  run seed node dev/seed.mjs "$identity" "$identity_password" "$dir/smartservers"
}

choose_ports
start_xmpp_server
register_accounts
start_simulator
start_gateway
seed
if [ "$leaving" -gt 0 ]; then retire leaving; fi
run command "$@"
