#!/usr/bin/env bash
# Makes the virtual environment of requirements/NAME.txt in the shared cache, once, and prints the path of
# its Python: venv.sh NAME. A changed requirements file makes a new one.
set -euo pipefail

name=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
requirements="$here/../requirements/$name.txt"
cache=$("$here/cache_dir.sh")
fingerprint=$(sha256sum "$requirements" | cut -c 1-12)
folder="$cache/venv-$name-$fingerprint"

if [[ ! -f $folder/complete ]]; then
  mkdir -p "$cache"
  exec {lock}>"$cache/.lock"
  flock "$lock"
fi
if [[ ! -f $folder/complete ]]; then
  python=python3.11 # what the checksums are for
  command -v "$python" >/dev/null || python=python3
  echo "venv: installing requirements/$name.txt" >&2
  rm -rf "$folder"
  "$python" -m venv "$folder" >&2
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-deps \
    --require-hashes --only-binary=:all: --requirement "$requirements" >&2
  touch "$folder/complete"
fi
echo "$folder/bin/python"
