#!/usr/bin/env bash
# The CPU kernels on 64-bit ARM, where a cross compiler and an emulator are installed.
set -euo pipefail
exec "$GCOMPRESS_SOURCE/scripts/neon.sh"
