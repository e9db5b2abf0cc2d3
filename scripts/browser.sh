#!/usr/bin/env bash
# The browser that the test of report.html looks through: prints the path of Chromium, which root gets
# installed where it is missing (Debian's package, 330 MB).
set -euo pipefail

find_it() {
  local name
  for name in chromium chromium-browser google-chrome; do
    command -v "$name" && return
  done
  return 1
}

find_it && exit
if ! command -v apt-get >/dev/null || ((EUID != 0)); then
  echo "browser: Chromium is missing; on Debian: sudo apt-get install --no-install-recommends chromium" >&2
  exit 1
fi
echo "browser: installing chromium" >&2
{
  apt-get update --quiet=2
  DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends chromium
} >&2
find_it
