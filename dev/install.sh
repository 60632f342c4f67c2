#!/usr/bin/env bash
# Installs from Debian's packages what is missing, by group; quick when nothing is.
# usage: dev/install.sh GROUP...
#   build       C compiler (for SQLite and the TLS library)     ejabberd, prosody   one XMPP server
#   xmpp        both XMPP servers                               postgres            PostgreSQL
#   browser     Chromium, for the browser tests                 compose             docker-compose
#   pinning     taskset, setpriv and prlimit, for the benchmark
#   fuzz        schemathesis, into target/tools
#   rust-tools  cargo-deny and cargo-machete, into target/tools shell               shellcheck
# New packages start no service, now or at boot; services that were there before are left alone.
set -euo pipefail
cd "$(dirname "$0")/.."
source dev/lib.sh

cargo_deny=0.20.2
cargo_machete=0.9.2
policy=/usr/sbin/policy-rc.d
policy_mark='written by nocgate dev/install.sh'

packages=()
tools=()
fuzz=
for group in "$@"; do
  case $group in
    build) packages+=(gcc libc6-dev make curl) ;;
    ejabberd) packages+=(ejabberd curl) ;;
    prosody) packages+=(prosody curl) ;;
    xmpp) packages+=(ejabberd prosody curl openssl) ;;
    postgres) packages+=(postgresql) ;;
    pinning) packages+=(util-linux) ;;
    browser) packages+=(chromium fonts-dejavu-core) ;;
    compose) packages+=(docker-compose) ;;
    shell) packages+=(shellcheck) ;;
    fuzz) packages+=(python3-venv) fuzz=1 ;;
    rust-tools) tools+=("cargo-deny@$cargo_deny" "cargo-machete@$cargo_machete") ;;
    *) die "unknown group '$group'" ;;
  esac
done

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Debian asks this file whether a package may start its service. One that exists is the
# administrator's and stays.
forbid_service_starts() {
  if [ -e "$policy" ] && ! grep -q "$policy_mark" "$policy"; then return; fi
  trap 'as_root rm -f "$policy"' EXIT
  printf '#!/bin/sh\n# %s\nexit 101\n' "$policy_mark" | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
}

enabled_units() {
  if command -v systemctl >/dev/null; then
    systemctl list-unit-files --state=enabled --no-legend --no-pager | awk '{ print $1 }' | sort
  fi
}

disable_units() {
  local now=()
  if [ -d /run/systemd/system ]; then now=(--now); fi
  as_root systemctl --quiet disable "${now[@]}" "$@" >/dev/null 2>&1 || say "could not disable: $*"
}

install_packages() {
  local package missing=()
  for package in "$@"; do installed "$package" || missing+=("$package"); done
  if [ ${#missing[@]} = 0 ]; then return; fi
  command -v apt-get >/dev/null || die "install these yourself, this is not Debian: ${missing[*]}"
  [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || die "as root: apt-get install ${missing[*]}"

  say "installing Debian packages: ${missing[*]}"
  local apt=(as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
  local enabled
  enabled=$(enabled_units)
  forbid_service_starts
  quietly "${apt[@]}" update
  quietly "${apt[@]}" install -y --no-install-recommends "${missing[@]}"

  local new
  mapfile -t new < <(comm -13 <(printf '%s\n' "$enabled") <(enabled_units))
  # Without systemd until now, its own units are among the new ones: leave them.
  if [ -n "$enabled" ] && [ ${#new[@]} -gt 0 ]; then disable_units "${new[@]}"; fi
}

# A build with debug settings takes a third of the time, and these run for a second.
install_tool() {
  local name=${1%@*} version=${1#*@}
  if [ "$("target/tools/bin/$name" --version 2>/dev/null | grep -o '[0-9][0-9.]*' | head -1)" = "$version" ]; then return; fi
  say "building $name $version"
  cargo install --quiet --debug --locked --root target/tools --target-dir target/tools/build "$name@$version"
}

# The fuzzer of the API and all that it needs, in the versions of dev/fuzz/requirements.txt.
install_fuzzer() {
  local home=target/tools/fuzz wanted=dev/fuzz/requirements.txt
  if cmp -s "$wanted" "$home/installed"; then return; fi
  say "installing $(grep '^schemathesis' "$wanted")"
  rm -rf "$home"
  /usr/bin/python3 -m venv "$home"
  quietly "$home/bin/pip" install --quiet --requirement "$wanted"
  cp "$wanted" "$home/installed"
}

require_toolchains() {
  command -v cargo >/dev/null || die "cargo is missing: install Rust (the version is in Cargo.toml, rust-version)"
  command -v npm >/dev/null || die "npm is missing: install Node.js 20.19 or later, with npm"
}

require_toolchains
if [ ${#packages[@]} -gt 0 ]; then install_packages "${packages[@]}"; fi
for tool in "${tools[@]}"; do install_tool "$tool"; done
if [ -n "$fuzz" ]; then install_fuzzer; fi
rm -rf target/tools/build
