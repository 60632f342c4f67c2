#!/usr/bin/env bash
# Fuzzes the API of a running stack from its OpenAPI document: dev/stack.sh dev/fuzz/run.sh
# Settings, by environment:  FUZZ_SECONDS  time (120)   FUZZ_SEED  another run (1)
set -euo pipefail
cd "$(dirname "$0")"

export SCHEMATHESIS_HOOKS=hooks PYTHONPATH=$PWD PYTHONDONTWRITEBYTECODE=1
tool=$PWD/../../target/tools/fuzz/bin/schemathesis config=$PWD/schemathesis.toml
cd "$NOCGATE_DIR"
"$tool" --config-file "$config" run "$NOCGATE_URL/api/v1/openapi.json" \
  --header "Authorization: Bearer $NOCGATE_KEY" --max-time "${FUZZ_SECONDS:-120}" \
  --seed "${FUZZ_SEED:-1}" --request-timeout 70 --continue-on-failure --no-color
