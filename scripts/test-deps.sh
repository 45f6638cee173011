#!/usr/bin/env bash
# Installs what the tests run against, on Debian and its children: PostgreSQL (14 or newer), Redis, and Chromium with fonts
# that have every letter of our six languages.
#
#   scripts/test-deps.sh                    all of it
#   scripts/test-deps.sh postgres redis     a part
#
# It installs only what is missing, and says each step. The tests start throw-away servers of their own on
# loopback; the services that Debian's packages would start are neither needed nor started by this script.
set -euo pipefail

say() { printf 'test-deps: %s\n' "$*"; }

have_postgres() {
    local bin
    for bin in /usr/lib/postgresql/*/bin; do
        [ -x "$bin/initdb" ] && [ -x "$bin/postgres" ] && return 0
    done
    command -v initdb >/dev/null && command -v postgres >/dev/null
}

have_redis() { command -v redis-server >/dev/null; }

have_chromium() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }

# Pictures of pages should look alike wherever they are made, and a missing letter is a box.
have_fonts() { [ -e /usr/share/fonts/truetype/noto/NotoSans-Regular.ttf ] && [ -e /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf ]; }

missing=()
check() { # check NAME HAVE PACKAGE...
    local name=$1 have=$2
    shift 2
    if "$have"; then
        say "$name is present"
    else
        say "$name is missing"
        missing+=("$@")
    fi
}

[ $# -gt 0 ] || set -- postgres redis chromium
for want in "$@"; do
    case $want in
    postgres) check PostgreSQL have_postgres postgresql ;;
    redis) check Redis have_redis redis-server ;;
    chromium)
        check Chromium have_chromium chromium
        check 'Noto Sans' have_fonts fonts-noto-core fonts-noto-color-emoji
        ;;
    *)
        say "unknown argument '$want'; there are: postgres redis chromium" >&2
        exit 64
        ;;
    esac
done

if [ ${#missing[@]} -eq 0 ]; then
    say "nothing to install"
    exit 0
fi

if ! command -v apt-get >/dev/null; then
    say "this machine has no apt-get; install by hand: ${missing[*]}" >&2
    exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        say "installing needs root or sudo: ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi

# dpkg asks policy-rc.d before it starts a service; 101 means "do not". A policy that is already there is kept.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    say "holding back the services of the packages while they are installed"
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi

say "apt-get update"
"${as_root[@]}" apt-get update -q
say "apt-get install ${missing[*]}"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"

for want in "$@"; do
    "have_$want" || { say "$want is still missing after the installation" >&2; exit 1; }
done
say "done"
