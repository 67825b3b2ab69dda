#!/usr/bin/env bash
# Makes sure that there is a browser for the browser tests: the system's own, or one from apt-get.
set -euo pipefail

has_browser() {
    local name
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null && return 0
    done
    [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ]
}

has_browser && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the browser tests."
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    if apt-get update -qq >"$log" 2>&1 &&
        apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >>"$log" 2>&1 &&
        has_browser; then
        rm "$log"
        exit 0
    fi
    tail -n 5 "$log" >&2
fi

echo "The browser tests need Chromium or Google Chrome. Install one, for example with" >&2
echo "“sudo apt-get install chromium”, and try again." >&2
exit 1
