#!/usr/bin/env bash
# Runs a test script: .sh by bash, .py by the Python of the peers. Without that Python the test is skipped
# (exit code 77), except in continuous integration, where it must be there.
set -euo pipefail

script=$1
case $script in
  *.sh) exec bash "$script" ;;
  *.py)
    if [[ -n ${GCOMPRESS_PYTHON:-} ]]; then
      exec "$GCOMPRESS_PYTHON" "$script"
    fi
    echo "skipped: GCOMPRESS_PYTHON names no Python with onnxruntime; run \`make test\`"
    [[ -n ${CI:-} ]] && exit 1
    exit 77
    ;;
esac
