#!/usr/bin/env bash
# Prints the folder where unpacked wheels and virtual environments lie, shared by all clones.
set -euo pipefail
echo "${GCOMPRESS_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/gcompress}"
