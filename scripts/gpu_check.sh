#!/usr/bin/env bash
# Everything that only a GPU can tell, in stages of at most 8 minutes each: gpu_check.sh [FOLDER]
# FOLDER (default: where this script lies) holds test_kernels_on_gpu, test_engine_cuda_on_gpu and bench_cuda; `make
# gpu-check` makes it, and it can be carried to a machine with a GPU as it is. Whole networks are measured where FOLDER
# also holds gcompress, and networks/NAME/ with before.gcz, after.gcz and a file `data` that says what --data shall be.
# Results go to FOLDER/results as they come: a stage that is done is not run again (delete its file to repeat it). At
# the end all of them are in FOLDER/gpu-check.json.
# Exit code: 0 all well; 1 a stage failed; 77 there is no GPU.
set -uo pipefail

folder=$(cd "${1:-$(dirname "${BASH_SOURCE[0]}")}" && pwd) || exit 2
results="$folder/results"
mkdir -p "$results"
limit=480 # seconds

"$folder/test_kernels_on_gpu" --gtest_list_tests >"$results/.device" 2>&1
if (($? == 77)); then
  echo "gpu-check: there is no CUDA device here; copy $folder to a machine that has one and run gpu_check.sh there" >&2
  exit 77
fi
device=$(sed -n 's/^on \(.*\)$/\1/p' "$results/.device" | head -1)

failed=0
stage() { # NAME COMMAND...: COMMAND writes $results/NAME.json.part
  local name=$1
  shift
  if [[ -s $results/$name.json ]]; then
    echo "gpu-check: $name is done" >&2
    return
  fi
  echo "gpu-check: $name" >&2
  if timeout "$limit" "$@" >"$results/$name.log" 2>&1 && [[ -s $results/$name.json.part ]]; then
    mv "$results/$name.json.part" "$results/$name.json"
  else
    failed=1
    echo "gpu-check: $name failed; see $results/$name.log" >&2
  fi
}

sanitize() { # TOOL: the smaller tests; all would take too long
  compute-sanitizer --tool "$1" --error-exitcode 1 "$folder/test_kernels_on_gpu" \
    --gtest_filter='*OddSizes*:*AllDensities*:*GroupsAndDepthwise*:Elementwise*:Movement*:Pool*:Rows*:DenseProduct*:DepthwiseConv*' &&
    echo "{\"tool\": \"$1\", \"errors\": 0}" >"$results/sanitizer-$1.json.part"
}

network() { # NAME: before against after on the GPU, with its energy
  local given=$folder/networks/$1
  "$folder/gcompress" measure "$given/before.gcz" "$given/after.gcz" --data "$(<"$given/data")" --executor engine \
    --device cuda --energy --energy-minutes 3 --rivals none --quiet --json >"$results/network-$1.json.part"
}

stage tests "$folder/test_kernels_on_gpu" "--gtest_output=json:$results/tests.json.part"
if [[ -x $folder/test_engine_cuda_on_gpu ]]; then
  stage networks "$folder/test_engine_cuda_on_gpu" "--gtest_output=json:$results/networks.json.part"
fi
if command -v compute-sanitizer >/dev/null; then
  export -f sanitize
  export folder results
  for tool in memcheck racecheck initcheck synccheck; do
    stage "sanitizer-$tool" bash -c "sanitize $tool"
  done
else
  echo "gpu-check: compute-sanitizer is not here; its stages are left out" >&2
fi
for part in dense csr skinny bitmap two_four sparse_convolution; do
  stage "bench-$part" "$folder/bench_cuda" "--benchmark_filter=^$part" --benchmark_min_time=0.2 \
    "--benchmark_out=$results/bench-$part.json.part" --benchmark_out_format=json
done

if [[ -x $folder/gcompress && -d $folder/networks ]]; then
  export -f network
  export folder results
  for given in "$folder"/networks/*/; do
    name=$(basename "$given")
    stage "network-$name" bash -c "network '$name'"
  done
else
  echo "gpu-check: $folder has no gcompress or no networks; whole networks are left out" >&2
fi

{
  printf '{"schema": "gcompress-gpu-check/1", "device": "%s", "date": "%s", "stages": {' "${device//\"/}" "$(date -u +%F)"
  separator=
  for file in "$results"/*.json; do
    [[ -s $file ]] || continue
    name=${file##*/}
    printf '%s\n"%s": ' "$separator" "${name%.json}"
    cat "$file"
    separator=,
  done
  printf '}}\n'
} >"$folder/gpu-check.json.part"
mv "$folder/gpu-check.json.part" "$folder/gpu-check.json"
echo "gpu-check: wrote $folder/gpu-check.json" >&2
exit "$failed"
