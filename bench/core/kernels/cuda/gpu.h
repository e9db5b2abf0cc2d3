// Timing on a GPU for the benchmarks of CUDA kernels.
#pragma once

#include <benchmark/benchmark.h>
#include <cuda_runtime.h>

#include <functional>
#include <stdexcept>

#include "gcompress/core/kernels/cuda/runtime.h"

namespace gcompress::cuda {

inline void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

// Runs `work` once an iteration between two events; with `cold`, writes 256 MiB first, so that L2
// holds nothing of it. `bytes` is what the work must move at least, `flops` what it computes: both
// appear per second.
inline void time_on_gpu(benchmark::State& state, bool cold, double bytes, double flops,
                        const std::function<void()>& work) {
  static Memory flush(std::size_t{256} << 20);
  cudaEvent_t begin = nullptr, end = nullptr;
  check(cudaEventCreate(&begin) == cudaSuccess && cudaEventCreate(&end) == cudaSuccess, "events");
  work();
  synchronize(nullptr);
  for (auto _ : state) {
    if (cold) cudaMemsetAsync(flush.address(), 0, flush.bytes(), nullptr);
    cudaEventRecord(begin, nullptr);
    work();
    cudaEventRecord(end, nullptr);
    check(cudaEventSynchronize(end) == cudaSuccess, "a kernel failed");
    float milliseconds = 0;
    cudaEventElapsedTime(&milliseconds, begin, end);
    state.SetIterationTime(milliseconds * 1e-3);
  }
  cudaEventDestroy(begin);
  cudaEventDestroy(end);
  using benchmark::Counter;
  state.counters["bytes/s"] = Counter(bytes, Counter::kIsIterationInvariantRate);
  state.counters["flop/s"] = Counter(flops, Counter::kIsIterationInvariantRate);
}

}  // namespace gcompress::cuda
