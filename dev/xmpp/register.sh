#!/bin/sh
# Registers an account.
#
#   register.sh ejabberd BOSH_PORT USER DOMAIN PASSWORD     the server must run
#   register.sh prosody  STATE_DIR USER DOMAIN PASSWORD     the server may run
#
# Nothing is escaped: for the plain names and passwords of development.
set -eu
[ $# -eq 5 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }

# Prosody names its files by percent-encoding all but letters and digits.
encoded() {
  printf %s "$1" | od -An -v -tx1 | tr -s ' ' '\n' | while read -r byte; do
    case $byte in
      '') ;;
      3[0-9]|4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a]) printf "\\$(printf %o "0x$byte")" ;;
      *) printf '%%%s' "$byte" ;;
    esac
  done
}

case $1 in
  ejabberd)
    curl -sSf -o /dev/null -H 'Content-Type: application/json' \
      -d "{\"user\":\"$3\",\"host\":\"$4\",\"password\":\"$5\"}" "http://127.0.0.1:$2/api/register" ;;
  prosody)
    folder="$2/data/$(encoded "$4")/accounts"
    mkdir -p "$folder"
    printf 'return { ["password"] = "%s"; };\n' "$5" > "$folder/$(encoded "$3").dat" ;;
  *) echo "unknown server $1" >&2; exit 2 ;;
esac
