#!/usr/bin/env bash
# Runs every test, all suites even when one fails, and ends with the counts. `make test` first
# installs and builds what they need.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
source dev/lib.sh

export NO_COLOR=1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failures=()

suite() {
  local name=$1
  shift
  say "$name: $*"
  "$@" 2>&1 | tee -a "$log" || failures+=("$name")
}

suite 'Rust' cargo test --locked --no-fail-fast
suite 'web' npm --prefix web test
suite 'browser' env HISTORY_DAYS=1 dev/stack.sh node --test --test-concurrency=1 --test-reporter=spec tests/e2e/*.test.mjs
suite 'API' env SMARTSERVERS=3 OFFLINE=0 SLOW=0 dev/stack.sh dev/fuzz/run.sh

# The closing lines of cargo test, of vitest, of node's test runner and of the fuzzer, whose tests are
# the operations of the API.
read -r passed failed < <(awk '
  /^test result:/ { passed += $4; failed += $6 }
  / Tests  .*\([0-9]+\)$/ { for (i = 2; i < NF; i++) { if ($i == "passed") passed += $(i - 1); if ($i == "failed") failed += $(i - 1) } }
  /^(#|ℹ) pass [0-9]+$/ { passed += $3 }
  /^(#|ℹ) fail [0-9]+$/ { failed += $3 }
  /^ +Tested: [0-9]+$/ { passed += $2 }
  /^=+ [0-9]+ failures?/ { passed -= $2; failed += $2 }
  END { print passed + 0, failed + 0 }' "$log")

# A suite can fail without a failed test: it did not compile, say.
if [ "$failed" -lt ${#failures[@]} ]; then failed=${#failures[@]}; fi
for name in "${failures[@]}"; do echo "failed: $name"; done
echo "$passed passed, $failed failed"
[ ${#failures[@]} = 0 ]
