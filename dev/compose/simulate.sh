#!/bin/sh
# The simulator with the settings of docker-compose.yml; further options are passed on.
set -eu
exec nocgate simulate --bosh-url "$BOSH_URL" --domain "$DOMAIN" --password "$SMARTSERVER_PASSWORD" \
  --smartservers "$SMARTSERVERS" --points "$POINTS" --offline 1 --slow 1 \
  --push-to "noc@$DOMAIN/nocgate" "$@"
