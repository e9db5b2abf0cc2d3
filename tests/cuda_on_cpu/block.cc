// Fibers, barriers and warp-wide operations: see block.h.
#include "tests/cuda_on_cpu/block.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/random.h"
#include "tests/cuda_on_cpu/fibers.h"
#include "tests/cuda_on_cpu/memory.h"

namespace gcompress::cuda_on_cpu {
namespace {

enum class State { kReady, kAtBarrier, kInWarpOperation, kFinished };

struct Thread {
  State state = State::kReady;
  int number = 0;
  Index index;
  std::array<std::uint32_t, kWarpSize> clocks{};  // of the warp's lanes, as far as this one knows
  std::uint32_t mask = 0;                         // of the warp-wide operation it waits in
  const char* operation = nullptr;
  WarpAct act = nullptr;
  void* payload = nullptr;

  int lane() const { return number % kWarpSize; }
  int warp() const { return number / kWarpSize; }
};

struct Block {
  const std::function<void()>* body = nullptr;
  Index grid;
  Index size;
  Index index;
  std::vector<Thread> threads;
  std::vector<int> order;
  std::uint32_t epoch = 0;
  std::uint32_t first_epoch = 0;
  Thread* running = nullptr;
  std::optional<Fault> fault;
  int culprit = -1;  // the thread that failed
};

Block block;

void wait_in(State state) {
  block.running->state = state;
  fibers::leave();
}

std::string list(const std::vector<int>& numbers) {
  constexpr std::size_t kShown = 8;
  const std::vector<int> shown(numbers.begin(), numbers.begin() + std::min(numbers.size(), kShown));
  return fmt::format("{}{}", fmt::join(shown, ", "), numbers.size() > kShown ? ", ..." : "");
}

std::vector<int> threads_in(State state) {
  std::vector<int> found;
  for (const Thread& thread : block.threads) {
    if (thread.state == state) found.push_back(thread.number);
  }
  return found;
}

// Nobody can go on: says who waits for whom.
Fault deadlock() {
  for (const Thread& thread : block.threads) {
    if (thread.state != State::kInWarpOperation) continue;
    std::vector<int> missing;
    for (int l = 0; l < kWarpSize; ++l) {
      const auto other = static_cast<std::size_t>(thread.warp() * kWarpSize + l);
      const bool named = thread.mask >> l & 1;
      if (named &&
          (other >= block.threads.size() || block.threads[other].state != State::kInWarpOperation ||
           block.threads[other].act != thread.act)) {
        missing.push_back(l);
      }
    }
    return Fault(FaultKind::kWarp,
                 fmt::format("{} with mask {:#010x} in warp {}: lanes {} never join",
                             thread.operation, thread.mask, thread.warp(), list(missing)));
  }
  std::vector<int> absent = threads_in(State::kFinished);
  return Fault(FaultKind::kBarrier,
               fmt::format("{} threads wait at a barrier that threads {} never reach",
                           threads_in(State::kAtBarrier).size(), list(absent)));
}

void run_thread(int number) {
  Thread& thread = block.threads[static_cast<std::size_t>(number)];
  block.running = &thread;
  fibers::enter(number);
  block.running = nullptr;
}

void fiber_main() {
  (*block.body)();
  block.running->state = State::kFinished;
}

// Runs every ready thread once; whether there was one.
bool run_ready() {
  bool any = false;
  for (const int number : block.order) {
    if (block.threads[static_cast<std::size_t>(number)].state != State::kReady) continue;
    any = true;
    run_thread(number);
    if (block.fault) return false;
  }
  return any;
}

void run_block(RandomStream& random) {
  const int count = static_cast<int>(block.size.x * block.size.y * block.size.z);
  block.threads.assign(static_cast<std::size_t>(count), Thread{});
  for (int i = 0; i < count; ++i) {
    Thread& thread = block.threads[static_cast<std::size_t>(i)];
    const auto u = static_cast<unsigned>(i);
    thread.number = i;
    thread.index = {u % block.size.x, u / block.size.x % block.size.y,
                    u / (block.size.x * block.size.y)};
    thread.clocks[static_cast<std::size_t>(thread.lane())] = 1;
    fibers::start(i, &fiber_main);
  }
  block.order.resize(static_cast<std::size_t>(count));
  std::iota(block.order.begin(), block.order.end(), 0);
  std::shuffle(block.order.begin(), block.order.end(), random);
  block.first_epoch = ++block.epoch;
  while (true) {
    while (run_ready()) {
    }
    if (block.fault) break;
    if (std::ranges::all_of(block.threads, [](auto& t) { return t.state == State::kFinished; }))
      break;
    if (std::ranges::all_of(block.threads, [](auto& t) { return t.state == State::kAtBarrier; })) {
      ++block.epoch;
      for (Thread& thread : block.threads) thread.state = State::kReady;
      std::ranges::reverse(block.order);
      continue;
    }
    block.fault = deadlock();
    break;
  }
  if (block.fault) fibers::abandon(count);
}

}  // namespace

bool inside_kernel() { return block.running != nullptr; }
int thread_number() { return block.running->number; }
int lane() { return block.running->lane(); }
Index thread_index() { return block.running->index; }
Index block_index() { return block.index; }
Index block_size() { return block.size; }
Index grid_size() { return block.grid; }
std::uint32_t first_epoch_of_block() { return block.first_epoch; }

Moment now() {
  const Thread& thread = *block.running;
  return {block.epoch, thread.clocks[static_cast<std::size_t>(thread.lane())],
          static_cast<std::uint16_t>(thread.number)};
}

bool happened_before_now(const Moment& past) {
  const Thread& thread = *block.running;
  if (past.epoch != block.epoch || past.thread == thread.number) return true;
  return past.thread / kWarpSize == thread.warp() &&
         thread.clocks[past.thread % kWarpSize] >= past.clock;
}

void fail(FaultKind kind, std::string message) {
  if (!inside_kernel()) throw Fault(kind, message);
  // Nothing on this stack will be destroyed, so nothing may stay on it.
  block.fault.emplace(kind, std::exchange(message, {}));
  block.culprit = block.running->number;
  fibers::leave();  // for good
  GCOMPRESS_CHECK(false);
}

void block_barrier() { wait_in(State::kAtBarrier); }

void warp_operation(std::uint32_t mask, const char* name, void* payload, WarpAct act) {
  Thread& self = *block.running;
  if (!(mask >> self.lane() & 1)) {
    fail(FaultKind::kWarp,
         fmt::format("{}: lane {} is not in its own mask {:#010x}", name, self.lane(), mask));
  }
  self.mask = mask;
  self.operation = name;
  self.act = act;
  self.payload = payload;
  self.state = State::kInWarpOperation;
  WarpPayloads payloads{};
  std::array<Thread*, kWarpSize> lanes{};
  for (int l = 0; l < kWarpSize; ++l) {
    if (!(mask >> l & 1)) continue;
    const auto number = static_cast<std::size_t>(self.warp() * kWarpSize + l);
    if (number >= block.threads.size()) {
      fail(FaultKind::kWarp,
           fmt::format("{}: mask {:#010x} names lane {}, which the block does not have", name, mask,
                       l));
    }
    Thread& other = block.threads[number];
    if (other.state != State::kInWarpOperation || other.act != act) return fibers::leave();
    if (other.mask != mask) {
      fail(FaultKind::kWarp,
           fmt::format("{}: lanes {} and {} meet with masks {:#010x} and {:#010x}", name,
                       self.lane(), l, mask, other.mask));
    }
    lanes[static_cast<std::size_t>(l)] = &other;
    payloads[static_cast<std::size_t>(l)] = other.payload;
  }
  act(payloads, mask);
  std::array<std::uint32_t, kWarpSize> joined{};
  for (const Thread* other : lanes) {
    if (!other) continue;
    for (std::size_t l = 0; l < kWarpSize; ++l) joined[l] = std::max(joined[l], other->clocks[l]);
  }
  for (Thread* other : lanes) {
    if (!other) continue;
    other->clocks = joined;
    ++other->clocks[static_cast<std::size_t>(other->lane())];
    other->state = State::kReady;
  }
}

void run_grid(const std::string& name, const std::function<void()>& body, Index grid, Index size,
              std::size_t dynamic_shared_bytes, std::uint64_t order_seed) {
  GCOMPRESS_CHECK(!inside_kernel());
  const std::uint64_t threads = std::uint64_t{size.x} * size.y * size.z;
  const std::uint64_t blocks = std::uint64_t{grid.x} * grid.y * grid.z;
  if (threads == 0 || threads > kMaxThreads || blocks == 0 || grid.y > 65535 || grid.z > 65535) {
    throw Fault(FaultKind::kLaunch,
                fmt::format("{}: no device launches {} x {} x {} blocks of {} x {} x {} threads",
                            name, grid.x, grid.y, grid.z, size.x, size.y, size.z));
  }
  RandomStream random(order_seed, "cuda_on_cpu.order");
  block.body = &body;
  block.grid = grid;
  block.size = size;
  block.fault.reset();
  block.culprit = -1;
  for (const std::int64_t b : permutation(static_cast<std::int64_t>(blocks), random)) {
    const auto u = static_cast<std::uint64_t>(b);
    block.index = {static_cast<unsigned>(u % grid.x), static_cast<unsigned>(u / grid.x % grid.y),
                   static_cast<unsigned>(u / grid.x / grid.y)};
    shared::begin_block(name, dynamic_shared_bytes);
    run_block(random);
    if (block.fault) {
      const std::string thread =
          block.culprit < 0 ? "" : fmt::format("thread {} of ", block.culprit);
      throw Fault(block.fault->kind,
                  fmt::format("{}: {} ({}block {}, {}, {})", name, block.fault->what(), thread,
                              block.index.x, block.index.y, block.index.z));
    }
  }
}

}  // namespace gcompress::cuda_on_cpu
