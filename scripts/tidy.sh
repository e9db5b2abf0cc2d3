#!/usr/bin/env bash
# Runs the pinned clang-tidy over all C++ sources, or over the files named: tidy.sh [FILE...]
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.."
cache=$("$here/cache_dir.sh")
jobs=${CMAKE_BUILD_PARALLEL_LEVEL:-2}

"$here/fetch_wheels.sh" tidy
version=$(awk '$1 == "tidy" { print $3 }' "$here/wheels.txt")
clang_tidy="$cache/clang-tidy-$version/clang_tidy/data/bin/clang-tidy"

[[ -f build/tidy/build.ninja ]] || cmake --preset tidy
cmake --build --preset tidy --target gcompress_onnx_proto # its generated header is included

if (($# > 0)); then
  files=("$@")
else
  mapfile -t files < <(python3 - <<'PYTHON'
import json, os
root = os.getcwd() + os.sep
for entry in json.load(open("build/tidy/compile_commands.json")):
    path = os.path.normpath(os.path.join(entry["directory"], entry["file"]))
    if path.startswith(root) and not path.startswith(root + "build" + os.sep) and path.endswith(".cc"):
        print(path)
PYTHON
  )
fi
printf '%s\0' "${files[@]}" | sort --zero-terminated --unique |
  xargs -0 --max-procs="$jobs" --max-args=1 "$clang_tidy" -p build/tidy --quiet --warnings-as-errors='*'
