#!/usr/bin/env bash
# Runs every benchmark of the bench build, one after the other: those of Google Benchmark, then the race of the
# engine against other runtimes (bench/engine), whose tables it prints.
#   bench.sh [rooms [options of Google Benchmark] | engine [options of bench/engine/run.py]]
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

rooms() {
  local program
  for program in build/bench/bench/bench_*; do
    [[ -x $program && -f $program ]] || continue
    OMP_WAIT_POLICY=PASSIVE "$program" "$@"
  done
}

engine() {
  local python
  python=$(scripts/venv.sh engine_peers)
  "$python" bench/engine/run.py "$@"
  "$python" scripts/performance.py build/bench-results/engine.json
}

case ${1:-all} in
  rooms) rooms "${@:2}" ;;
  engine) engine "${@:2}" ;;
  all)
    rooms
    engine
    ;;
  *)
    echo "bench: there are 'rooms' and 'engine', not '$1'" >&2
    exit 2
    ;;
esac
