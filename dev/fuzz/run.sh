#!/usr/bin/env bash
# Fuzzes the API of a running stack from its OpenAPI document: dev/stack.sh dev/fuzz/run.sh
# Settings, by environment:  FUZZ_SECONDS  time (120)   FUZZ_SEED  repeats a run (a random one)
set -euo pipefail
cd "$(dirname "$0")"

export SCHEMATHESIS_HOOKS=hooks PYTHONPATH=$PWD PYTHONDONTWRITEBYTECODE=1
seed=()
if [ -n "${FUZZ_SEED:-}" ]; then seed=(--seed "$FUZZ_SEED"); fi
tool=$PWD/../../target/tools/fuzz/bin/schemathesis config=$PWD/schemathesis.toml
cd "$NOCGATE_DIR"
"$tool" --config-file "$config" run "$NOCGATE_URL/api/v1/openapi.json" \
  --header "Authorization: Bearer $NOCGATE_KEY" --max-time "${FUZZ_SECONDS:-120}" \
  --workers 2 --request-timeout 70 --continue-on-failure --no-color "${seed[@]}"
