#!/bin/sh
# Runs in the container `accounts`: registers the SmartServers and the gateway's identity with
# ejabberd, and leaves the list of SmartServers and an API key in /lab.
set -eu

# An account that exists (409) is as good as a new one.
register() {
  status=$(curl -sS -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' \
    -d "{\"user\":\"$1\",\"host\":\"$DOMAIN\",\"password\":\"$2\"}" http://xmpp:5280/api/register)
  case $status in 200 | 409) ;; *) echo "registering $1: $status" >&2; exit 1 ;; esac
}

sh /compose/simulate.sh --list-accounts >/lab/smartservers
register noc "$NOC_PASSWORD"
while read -r jid; do register "${jid%%@*}" "$SMARTSERVER_PASSWORD"; done </lab/smartservers
[ -s /lab/api-key ] || nocgate key create --name lab >/lab/api-key
