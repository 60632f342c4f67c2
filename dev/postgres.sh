#!/bin/sh
# Runs a throw-away PostgreSQL out of a folder, on loopback, without a password.
#
#   dev/postgres.sh STATE_DIR PORT
#
# STATE_DIR must be empty or absent. When the server answers, a line
# "ready postgres://..." is printed. It runs until Ctrl-C or SIGTERM or, when
# standard input is a pipe, until that is closed: a caller that dies takes it
# along. Server and folder are gone afterwards. Nothing is synced to the disk.
set -eu

[ $# -eq 2 ] || { echo "usage: $0 STATE_DIR PORT" >&2; exit 2; }
port=$2
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
if [ -z "$bin" ]; then
    postgres=$(command -v postgres) || { echo "no PostgreSQL here" >&2; exit 1; }
    bin=$(dirname "$postgres")
fi

mkdir -p "$1"
dir=$(cd "$1" && pwd)
[ -z "$(ls -A "$dir")" ] || { echo "$dir is not empty" >&2; exit 1; }

# PostgreSQL refuses to run as root.
as_server=
if [ "$(id -u)" -eq 0 ]; then
    chown postgres: "$dir"
    as_server="setpriv --reuid=postgres --regid=postgres --init-groups"
fi

server=
watcher=
stop() {
    trap - EXIT
    trap '' INT TERM HUP
    [ -z "$watcher" ] || kill "$watcher" 2>/dev/null || true
    [ -z "$server" ] || { kill -INT "$server" 2>/dev/null && wait "$server"; } || true
    rm -rf "$dir"
}
trap stop EXIT
trap 'exit 0' INT TERM HUP

cd "$dir"
$as_server "$bin/initdb" --pgdata="$dir/data" --username=postgres --auth=trust \
    --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }

exec 3<&0
$as_server "$bin/postgres" -D "$dir/data" -c listen_addresses=127.0.0.1 -c port="$port" \
    -c unix_socket_directories="$dir" -c max_connections=300 -c shared_buffers=64MB \
    -c fsync=off -c full_page_writes=off </dev/null >>"$dir/log" 2>&1 3<&- &
server=$!

until "$bin/pg_isready" --quiet --host="$dir" --port="$port"; do
    kill -0 "$server" 2>/dev/null || { server=; cat "$dir/log" >&2; exit 1; }
    sleep 0.05
done
echo "ready postgres://postgres@127.0.0.1:$port/postgres"

if [ -p /dev/stdin ]; then
    (while read -r _ <&3; do :; done; kill -TERM $$) 2>/dev/null &
    watcher=$!
fi
exec 3<&-
wait "$server"
