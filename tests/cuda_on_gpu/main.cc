// The tests of the CUDA kernels, the same sources as in test_kernels, on a GPU. Exit code 77
// (skipped) where there is none.
#include <cuda_runtime.h>
#include <gmock/gmock.h>

#include <cstdio>

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    std::puts("skipped: there is no CUDA device");
    return 77;
  }
  cudaDeviceProp device{};
  if (cudaGetDeviceProperties(&device, 0) == cudaSuccess) {
    std::printf("on %s, compute capability %d.%d\n", device.name, device.major, device.minor);
  }
  return RUN_ALL_TESTS();
}
