#!/usr/bin/env bash
# Brings what building and testing need: Debian packages, and pinned wheels in a cache that all clones
# share. Safe to call at any time; with nothing to do it takes a fraction of a second.
#   TORCH_DIR         a folder with include/ and lib/ of PyTorch 2.11, used instead of the pinned wheel
#   GCOMPRESS_DEPS    where the cache lies (default: gcompress below XDG_CACHE_HOME or ~/.cache)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=$("$here/cache_dir.sh")

packages=(
  g++ cmake ninja-build make pkg-config ccache unzip
  python3 python3-pip python3-venv
  libprotobuf-dev protobuf-compiler
  libeigen3-dev libboost-dev libboost-context-dev libcli11-dev libyaml-cpp-dev nlohmann-json3-dev libspdlog-dev libfmt-dev
  libturbojpeg0-dev libspng-dev libarchive-dev libpng-dev libzstd-dev zlib1g-dev libhwy-dev libxbyak-dev libxxhash-dev libssl-dev
  libjs-chart.js
  libgtest-dev libgmock-dev libbenchmark-dev
)

missing_packages() {
  dpkg-query --show --showformat='${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null |
    awk -v wanted="${packages[*]}" '
      $2 == "installed" { have[$1] = 1 }
      END { n = split(wanted, name, " "); for (i = 1; i <= n; i++) if (!(name[i] in have)) print name[i] }'
}

if command -v dpkg-query >/dev/null; then
  mapfile -t missing < <(missing_packages)
  if ((${#missing[@]} > 0)); then
    if ((EUID != 0)); then
      {
        echo "deps: these packages are missing: ${missing[*]}"
        echo "deps: install them with: sudo apt-get install --no-install-recommends ${missing[*]}"
      } >&2
      exit 1
    fi
    echo "deps: installing ${missing[*]}" >&2
    apt-get update --quiet=2
    DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends "${missing[@]}"
  fi
else
  echo "deps: no dpkg here; this script knows Debian 12 only. Its package names: ${packages[*]}" >&2
fi

"$here/fetch_wheels.sh" build

# libtorch_cpu.so looks for these two beside itself, at ../../nvidia/cu13/lib, before it asks the system.
if [[ -z ${TORCH_DIR:-} ]]; then
  loader_cache=$(PATH=$PATH:/usr/sbin:/sbin ldconfig -p)
  if [[ $loader_cache != *libcudart.so.13* || $loader_cache != *libcupti.so.13* ]]; then
    "$here/fetch_wheels.sh" cuda
    beside_torch=$(echo "$cache"/torch-*/)nvidia/cu13/lib
    if [[ ! -e $beside_torch/libcudart.so.13 || ! -e $beside_torch/libcupti.so.13 ]]; then
      mkdir -p "$beside_torch"
      for library in "$cache"/nvidia-cuda-*/nvidia/cu13/lib/*; do
        ln -sfn "$library" "$beside_torch/"
      done
    fi
  fi
fi
