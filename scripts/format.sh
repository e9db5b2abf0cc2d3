#!/usr/bin/env bash
# Formats all C++ sources and the scripts of the report page in place, or with --check names those that are not formatted.
# Uses the pinned clang-format: another version formats differently.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.."
cache=$("$here/cache_dir.sh")

if ! "$here/fetch_wheels.sh" format; then
  echo "format: the pinned clang-format cannot be fetched" >&2
  [[ -n ${CI:-} ]] && exit 1
  exit 77
fi
version=$(awk '$1 == "format" { print $3 }' "$here/wheels.txt")
clang_format="$cache/clang-format-$version/clang_format/data/bin/clang-format"

sources=()
for folder in core prune distill quantize measure compress tools tests bench; do
  [[ ! -d $folder ]] || sources+=("$folder")
done
mapfile -d '' files < <(find "${sources[@]}" -type f \( -name '*.h' -o -name '*.cc' -o -name '*.cu' -o -name '*.cuh' -o -name '*.js' \) -print0)
((${#files[@]} > 0)) || exit 0

if [[ ${1:-} == --check ]]; then
  "$clang_format" --dry-run -Werror "${files[@]}" 2>&1 | awk '
    / error: code should be clang-formatted/ { sub(/:.*/, ""); if (!seen[$0]++) print "format: " $0 ": run `make format`" }
    END { exit length(seen) > 0 }'
else
  "$clang_format" -i "${files[@]}"
fi
