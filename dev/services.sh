# shellcheck shell=bash
# Processes that one script starts, watches and stops. Source it after lib.sh.
#
# Each runs in a session of its own, so that Ctrl-C reaches the script alone and the order of
# stopping is ours; and it gets SIGTERM should the script be killed.

logs=/dev/null # set it to a folder
services=()    # names, in the order of their start
declare -A pid_of

# start NAME COMMAND...: a server, that writes to its log.
start() {
  local name=$1
  shift
  NO_COLOR=1 setsid setpriv --pdeathsig TERM "$@" >"$logs/$name.log" 2>&1 </dev/null &
  services+=("$name")
  pid_of[$name]=$!
}

is_running() { kill -0 "${pid_of[$1]}" 2>/dev/null; }

# The last lines of a service's log, without the frames of a backtrace.
show_log_of() {
  printf '%s ends with:\n' "$logs/$1.log" >&2
  grep -vE '^ +([0-9]+: |at )' "$logs/$1.log" | tail -n 15 | sed 's/^/    /' >&2
}

report_end_of() {
  show_log_of "$1"
  die "$1 ended unexpectedly"
}

# await SECONDS NAME COMMAND...: until the command succeeds, as long as the service runs.
await() {
  local until=$((SECONDS + $1)) seconds=$1 name=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    is_running "$name" || report_end_of "$name"
    if [ $SECONDS -ge $until ]; then
      show_log_of "$name"
      die "$name was not ready within $seconds s"
    fi
    sleep 0.1
  done
}

# run NAME COMMAND...: waits for its end and returns its status; ends the script if a server ends first.
run() {
  local name=$1 ended status=0
  shift
  setsid setpriv --pdeathsig TERM "$@" </dev/null &
  services+=("$name")
  pid_of[$name]=$!
  wait -n -p ended "${pid_of[@]}" || status=$?
  if [ "$ended" = "${pid_of[$name]}" ]; then
    forget "$name"
    return $status
  fi
  for name in "${services[@]}"; do
    if [ "$ended" = "${pid_of[$name]}" ]; then report_end_of "$name"; fi
  done
}

forget() {
  unset "services[-1]" "pid_of[$1]"
}

# stop NAME: SIGTERM, and after twenty seconds SIGKILL to what is left of its session.
stop() {
  local pid=${pid_of[$1]} until=$((SECONDS + 20))
  kill -TERM "$pid" 2>/dev/null
  while is_running "$1" && [ $SECONDS -lt $until ]; do sleep 0.05; done
  if is_running "$1"; then say "$1 did not stop in 20 s: killed"; fi
  kill -KILL -- "-$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
}

# retire NAME: stops it and goes on without it.
retire() {
  local name others=()
  stop "$1" || true
  for name in "${services[@]}"; do
    if [ "$name" != "$1" ]; then others+=("$name"); fi
  done
  services=("${others[@]}")
  unset "pid_of[$1]"
}

stop_all() {
  local i
  for ((i = ${#services[@]} - 1; i >= 0; i--)); do stop "${services[i]}"; done
  services=()
}
