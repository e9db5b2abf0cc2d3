#!/usr/bin/env bash
# Installs the build into a temporary place, builds a program against it by find_package and runs it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

expect() { # EXPECTED ACTUAL WHAT
  [[ $1 == "$2" ]] || { echo "install_consumer: $3: expected '$1', got '$2'"; exit 1; }
}

cmake --install "$GCOMPRESS_BUILD" --prefix "$work/installed" >"$work/log" || { cat "$work/log"; exit 1; }
cmake -S "$here" -B "$work/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/installed" -DCMAKE_BUILD_TYPE=Release \
  >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cmake --build "$work/build" --parallel 2 >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }

expect 2 "$("$work/build/count_nodes" --make "$work/two.onnx")" "a network written and read back"
status=0
"$work/build/count_nodes" "$work/absent.onnx" 2>"$work/message" || status=$?
expect 3 "$status" "the exit code for a file that is not there"
grep -q absent.onnx "$work/message" || { echo "install_consumer: the message names no file"; exit 1; }
status=0
"$work/build/run_network" "$work/absent.gcz" 1 2>"$work/message" || status=$?
expect 1 "$status" "the C example's exit code for a file that is not there"
grep -q absent.gcz "$work/message" || { echo "install_consumer: the C example names no file"; exit 1; }
if [[ -n ${GCOMPRESS_TEST_DATA:-} ]]; then
  nodes=$("$work/build/count_nodes" "$GCOMPRESS_TEST_DATA/models/resnet20-cifar10.onnx")
  ((nodes > 20)) || { echo "install_consumer: resnet20 has $nodes nodes"; exit 1; }
fi
if [[ -x $work/installed/bin/gcompress ]]; then
  "$work/installed/bin/gcompress" --version >/dev/null
fi
echo "install_consumer: ok"
