#!/usr/bin/env bash
# The CPU kernels on 64-bit ARM: compiles them and their tests with the cross compiler and runs them by an emulator.
# Exit code 77 where one of both is missing. Debian's packages: g++-aarch64-linux-gnu, qemu-user-static (or qemu-user).
#   neon.sh [options of GoogleTest]
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
compiler=aarch64-linux-gnu
emulator=
for name in qemu-aarch64-static qemu-aarch64; do
  if command -v "$name" >/dev/null; then emulator=$name; fi
done
if ! command -v "$compiler-g++" >/dev/null || [[ -z $emulator ]]; then
  echo "neon: skipped: install g++-aarch64-linux-gnu and qemu-user-static" >&2
  exit 77
fi
if [[ ! -d /usr/src/googletest ]]; then
  echo "neon: skipped: install googletest, its sources" >&2
  exit 77
fi

[[ -f build/neon/build.ninja ]] || cmake -S tests/neon -B build/neon -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
  -DCMAKE_C_COMPILER="$compiler-gcc" -DCMAKE_CXX_COMPILER="$compiler-g++" >/dev/null
cmake --build build/neon
"$emulator" -L "/usr/$compiler" build/neon/test_kernels_neon "$@"
