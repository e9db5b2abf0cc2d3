#!/usr/bin/env bash
# gpu_check.sh with programs that only pretend: stages resume, failures are told, the report is made.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$GCOMPRESS_SOURCE/scripts/gpu_check.sh" "$work/"
fail() {
  echo "$1" >&2
  exit 1
}

cat >"$work/test_kernels_on_gpu" <<'FAKE'
#!/usr/bin/env bash
[[ ${FAKE_NO_GPU:-} ]] && exit 77
echo "on Pretended H100, compute capability 9.0"
for argument in "$@"; do
  [[ $argument == --gtest_output=json:* ]] && echo '{"tests": 3, "failures": 0}' >"${argument#*json:}"
done
echo test >>"$(dirname "$0")/calls"
exit 0
FAKE
cat >"$work/bench_cuda" <<'FAKE'
#!/usr/bin/env bash
for argument in "$@"; do
  case $argument in
    --benchmark_filter=*) part=${argument#*^} ;;
    --benchmark_out=*) out=${argument#*=} ;;
  esac
done
echo "$part" >>"$(dirname "$0")/calls"
[[ $part == "${FAKE_BROKEN:-}" ]] && exit 1
case $part in
  dense) names='{"name": "dense/cublas_f16/rows:4096/columns:4096/samples:1/cold:1/manual_time", "real_time": 12.0, "bytes/s": 2.8e12}' ;;
  skinny) names='{"name": "skinny/f16/rows:4096/columns:4096/samples:1/cold:1/manual_time", "real_time": 4.0, "bytes/s": 1.3e12}' ;;
  sparse_convolution) names='{"name": "sparse_convolution/channels:16/filters:16/size:32/kernel:3/stride:1/batch:8/manual_time", "real_time": 9.5}' ;;
  bitmap) names='{"name": "bitmap/rows:4096/columns:4096/samples:16/cold:0/manual_time", "error_occurred": true, "error_message": "the result is wrong"}' ;;
  *) names= ;;
esac
echo "{\"benchmarks\": [$names]}" >"$out"
FAKE
cat >"$work/gcompress" <<'FAKE'
#!/usr/bin/env bash
echo "$*" >>"$(dirname "$0")/measured"
echo '{"schema": "gcompress-report/1", "models": [{"role": "after", "latency": [{"batch": 1,
  "median": {"value": 0.125, "unit": "ms", "provenance": "measured"}}], "energy": {"per_inference": {"value": null}}}]}'
FAKE
mkdir -p "$work/networks/resnet-20"
echo "images:cifar 10" >"$work/networks/resnet-20/data"
chmod +x "$work/test_kernels_on_gpu" "$work/bench_cuda" "$work/gcompress"
PATH=$(echo "$PATH" | tr : '\n' | grep -v cuda | paste -sd:) # no compute-sanitizer, should there be one

status=0
FAKE_NO_GPU=1 "$work/gpu_check.sh" 2>"$work/log" || status=$?
((status == 77)) || fail "without a GPU the exit code is $status"
grep -q "there is no CUDA device here" "$work/log" || fail "nothing said that there is no GPU"

status=0
FAKE_BROKEN=skinny "$work/gpu_check.sh" 2>"$work/log" || status=$?
((status == 1)) || fail "a broken stage gives exit code $status"
grep -q "bench-skinny failed" "$work/log" || fail "the broken stage was not named"

[[ $(wc -l <"$work/measured") == 1 ]] || fail "the network was not measured once: $(cat "$work/measured")"
grep -q "before.gcz .*after.gcz --data images:cifar 10 --executor engine --device cuda --energy" "$work/measured" ||
  fail "the network was measured by: $(cat "$work/measured")"

rm "$work/calls"
"$work/gpu_check.sh" 2>"$work/log"
[[ $(grep -c . "$work/calls") == 2 ]] || fail "a second run repeated stages that were done: $(tr '\n' ' ' <"$work/calls")"

python3 "$GCOMPRESS_SOURCE/scripts/gpu_report.py" "$work/gpu-check.json" >"$work/report.md"
for line in "Measured on Pretended H100, compute capability 9.0" "Tests of the kernels: 3 run, 0 failed" \
  "| skinny/f16 | 4096 x 4096 x 1 | cold | 4.0 | 39% | 3.00 |" "| 3x3, stride 1 | 16 to 16 | 32 | 8 | 9.5 |" \
  "| resnet-20 | after | 1 | 0.125 ms, measured | - |" "the result is wrong"; do
  grep -qF "$line" "$work/report.md" || fail "the report lacks: $line
$(cat "$work/report.md")"
done
