#!/bin/sh
# Runs a real ejabberd in the foreground, out of a folder, as whoever calls it, on loopback only.
#
#   ejabberd.sh STATE_DIR        SIGTERM stops it; the pid is the server's own
#
# Environment
#   DOMAIN           domain served                      (nocgate.test)
#   BOSH_PORT        http: /http-bind, /httpbind, /api  (5280)
#   BOSH_TLS_PORT    the same over https                (none)
#   TLS_PEM          certificate and key in one file, for BOSH_TLS_PORT
#   C2S_PORT         client-to-server TCP               (5222)
#   SASL_MECHANISMS  the only mechanisms to offer, separated by blanks  (all)
#   PASSWORD_HASH    store passwords as SCRAM secrets: sha, sha256 or sha512  (store them plain)
#   INACTIVITY       seconds that a BOSH session lives without a request (30)
#   RESUME_TIMEOUT   seconds that a stream lives without a session       (300)
#   MAX_ACK_QUEUE    stanzas to a client that it has not acknowledged before its stream is ended (5000)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:?usage: ejabberd.sh STATE_DIR}"
state=$(cd "$1" && pwd)
mkdir -p "$state/db" "$state/log"

disabled='X-OAUTH2 DIGEST-MD5'
if [ -n "${SASL_MECHANISMS:-}" ]; then
  for mechanism in PLAIN SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-512; do
    case " $SASL_MECHANISMS " in *" $mechanism "*) ;; *) disabled="$disabled $mechanism" ;; esac
  done
fi

sed -e "s|@DOMAIN@|${DOMAIN:-nocgate.test}|g" \
    -e "s|@BOSH_PORT@|${BOSH_PORT:-5280}|g" \
    -e "s|@C2S_PORT@|${C2S_PORT:-5222}|g" \
    -e "s|@INACTIVITY@|${INACTIVITY:-30}|g" \
    -e "s|@RESUME_TIMEOUT@|${RESUME_TIMEOUT:-300}|g" \
    -e "s|@MAX_ACK_QUEUE@|${MAX_ACK_QUEUE:-5000}|g" \
    -e "s|@BOSH_TLS_PORT@|${BOSH_TLS_PORT:-}|g" \
    -e "s|@TLS_PEM@|${TLS_PEM:-}|g" \
    -e "s|@PASSWORD_FORMAT@|$(if [ -n "${PASSWORD_HASH:-}" ]; then echo scram; else echo plain; fi)|g" \
    -e "s|@PASSWORD_HASH@|${PASSWORD_HASH:-sha}|g" \
    -e "s|@DISABLED@|$(echo "$disabled" | sed 's/ /, /g')|g" \
    "$here/ejabberd.yml.in" > "$state/ejabberd.all.yml"
if [ -n "${BOSH_TLS_PORT:-}" ]; then
  sed -e 's/^#tls //' "$state/ejabberd.all.yml" > "$state/ejabberd.yml"
else
  sed -e '/^#tls /d' "$state/ejabberd.all.yml" > "$state/ejabberd.yml"
fi
rm "$state/ejabberd.all.yml"

cd "$state"
export HOME="$state"
export ERL_LIBS="${ERL_LIBS:-/usr/lib/$(uname -m)-linux-gnu}"
export EJABBERD_CONFIG_PATH="$state/ejabberd.yml"
export EJABBERD_LOG_PATH="$state/log/ejabberd.log"
export EJABBERD_PID_PATH="$state/ejabberd.pid"
export ERL_CRASH_DUMP=/dev/null ERL_CRASH_DUMP_BYTES=0
# The Erlang VM sizes a table by this; with the limit of some containers it takes gigabytes.
export ERL_MAX_PORTS=32000
# Without a node name there is no epmd, no cookie file and no host-name look-up; the server is
# steered over mod_http_api alone.
exec erl -noinput +K true +P 250000 -mnesia dir "\"$state/db\"" -s ejabberd
