// Runs the benchmarks of CUDA kernels where there is a device, and says so where there is none.
#include <benchmark/benchmark.h>
#include <cuda_runtime.h>

#include <cstdio>

int main(int argc, char** argv) {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    std::fputs("bench_cuda: there is no CUDA device; nothing was measured\n", stderr);
    return 0;
  }
  cudaDeviceProp device{};
  if (cudaGetDeviceProperties(&device, 0) == cudaSuccess)
    benchmark::AddCustomContext("gpu", device.name);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
