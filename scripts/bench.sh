#!/usr/bin/env bash
# Runs every benchmark of the bench build, one after the other: bench.sh [options of Google Benchmark]
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
found=0
for program in build/bench/bench/bench_*; do
  [[ -x $program && -f $program ]] || continue
  found=1
  OMP_WAIT_POLICY=PASSIVE "$program" "$@"
done
((found)) || echo "bench: there are no benchmarks in this version" >&2
