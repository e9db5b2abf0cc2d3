#!/usr/bin/env bash
# Configures and builds one preset of CMakePresets.json: build.sh PRESET. Configuring happens once; CMake
# notices itself when it has to happen again.
set -euo pipefail

preset=$1
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -f build/$preset/build.ninja ]] || cmake --preset "$preset"
cmake --build --preset "$preset"
