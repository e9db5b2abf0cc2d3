// See cuda_names.h.
#include "tests/cuda_on_cpu/cuda_names.h"

#include <cstddef>
#include <string>

#include "tests/cuda_on_cpu/block.h"
#include "tests/cuda_on_cpu/memory.h"

namespace gcompress::cuda_on_cpu {
namespace {

uint3 of(Index index) { return {index.x, index.y, index.z}; }

struct Shuffle {
  std::uint32_t given;
  std::uint32_t taken;
  int from;
  bool missing;
};

// One thread runs at a time, so nothing comes between reading and writing.
template <class T, class Change>
T atomically(T* address, Change change) {
  check_atomic_access(reinterpret_cast<std::uintptr_t>(address), sizeof(T));
  const T before = *address;
  *address = change(before);
  return before;
}

struct Vote {
  bool own;
  std::uint32_t all;
};

}  // namespace

uint3 cuda_thread_index() { return of(thread_index()); }
uint3 cuda_block_index() { return of(block_index()); }
uint3 cuda_block_size() { return of(block_size()); }
uint3 cuda_grid_size() { return of(grid_size()); }
int own_lane() { return lane(); }

std::uint32_t shuffle(std::uint32_t mask, std::uint32_t bits, int from_lane, const char* name) {
  Shuffle mine{bits, 0, from_lane, false};
  warp_operation(mask, name, &mine, [](WarpPayloads& lanes, std::uint32_t) {
    for (void* payload : lanes) {
      if (!payload) continue;
      auto& to = *static_cast<Shuffle*>(payload);
      const auto* from = static_cast<const Shuffle*>(lanes[static_cast<std::size_t>(to.from & 31)]);
      to.missing = !from;
      if (from) to.taken = from->given;
    }
  });
  if (mine.missing) {
    fail(FaultKind::kWarp, std::string(name) + " takes from lane " +
                               std::to_string(from_lane & 31) + ", which is not in the mask");
  }
  return mine.taken;
}

std::uint32_t ballot(std::uint32_t mask, bool vote) {
  Vote mine{vote, 0};
  warp_operation(mask, "a vote", &mine, [](WarpPayloads& lanes, std::uint32_t) {
    std::uint32_t all = 0;
    for (int l = 0; l < kWarpSize; ++l) {
      const auto* given = static_cast<const Vote*>(lanes[static_cast<std::size_t>(l)]);
      if (given && given->own) all |= 1u << l;
    }
    for (void* payload : lanes) {
      if (payload) static_cast<Vote*>(payload)->all = all;
    }
  });
  return mine.all;
}

}  // namespace gcompress::cuda_on_cpu

void __syncthreads() { gcompress::cuda_on_cpu::block_barrier(); }

void __syncwarp(unsigned mask) {
  using namespace gcompress::cuda_on_cpu;
  warp_operation(mask, "__syncwarp", nullptr, [](WarpPayloads&, std::uint32_t) {});
}

int atomicAdd(int* address, int value) {
  return gcompress::cuda_on_cpu::atomically(address, [=](int old) { return old + value; });
}
unsigned atomicAdd(unsigned* address, unsigned value) {
  return gcompress::cuda_on_cpu::atomically(address, [=](unsigned old) { return old + value; });
}
float atomicAdd(float* address, float value) {
  return gcompress::cuda_on_cpu::atomically(address, [=](float old) { return old + value; });
}
int atomicMax(int* address, int value) {
  return gcompress::cuda_on_cpu::atomically(address, [=](int old) { return max(old, value); });
}
