#!/bin/sh
# Runs in the container `seed`.
set -eu
NOCGATE_KEY=$(cat /lab/api-key)
export NOCGATE_KEY
node /dev-scripts/seed.mjs "noc@$DOMAIN" "$NOC_PASSWORD" /lab/smartservers
echo "nocgate is ready: $DASHBOARD   API key: $NOCGATE_KEY"
