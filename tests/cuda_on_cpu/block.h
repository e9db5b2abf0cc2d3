// Runs the threads of one CUDA block on the CPU: a fiber each (Boost.Context), switched at barriers
// and warp-wide operations. One block at a time, one CPU thread; nothing here is thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "tests/cuda_on_cpu/fault.h"

namespace gcompress::cuda_on_cpu {

inline constexpr int kWarpSize = 32;
inline constexpr int kMaxThreads = 1024;

struct Index {
  unsigned x = 0;
  unsigned y = 0;
  unsigned z = 0;
};

// When something happened, for telling whether something else came after it for certain. Every
// barrier of the block starts an epoch (numbers never repeat, over all blocks). Within a warp,
// lanes have clocks that advance at each of their warp-wide operations, and know others' from the
// last operation that they shared (vector clocks).
struct Moment {
  std::uint32_t epoch = 0;
  std::uint32_t clock = 0;
  std::uint16_t thread = 0;
};

// The thread that runs now. Only valid while inside_kernel().
bool inside_kernel();
int thread_number();  // within the block, x fastest
int lane();
Index thread_index();
Index block_index();
Index block_size();
Index grid_size();
Moment now();
// Whether everything that `past` did then is certain to have happened before what runs now.
bool happened_before_now(const Moment& past);
std::uint32_t first_epoch_of_block();

// Ends the launch: launch_grid throws the fault, with the place in the grid. Outside of a kernel it
// is thrown at once.
[[noreturn]] void fail(FaultKind kind, std::string message);

// Waits until all threads of the block are here.
void block_barrier();

// Waits until all lanes of `mask` are here with the same mask and the same `act`; then the last one
// calls act(payloads, mask), where payloads[l] is what lane l gave (null for lanes outside of the
// mask).
using WarpPayloads = std::array<void*, kWarpSize>;
using WarpAct = void (*)(WarpPayloads& payloads, std::uint32_t mask);
void warp_operation(std::uint32_t mask, const char* name, void* payload, WarpAct act);

// Runs `body` for every thread of every block. Blocks run in a random order made of `order_seed`,
// and so do threads between barriers. Throws Fault.
void run_grid(const std::string& name, const std::function<void()>& body, Index grid, Index block,
              std::size_t dynamic_shared_bytes, std::uint64_t order_seed);

}  // namespace gcompress::cuda_on_cpu
