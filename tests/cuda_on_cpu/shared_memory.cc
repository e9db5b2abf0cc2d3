// The shared memory of the block that runs: variables with gaps between them, a shadow for every
// byte that knows who touched it last, and asynchronous copies on their way.
#include "tests/cuda_on_cpu/shared_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "tests/cuda_on_cpu/block.h"
#include "tests/cuda_on_cpu/memory.h"

namespace gcompress::cuda_on_cpu {
namespace {

constexpr std::size_t kArena = 1 << 19;
constexpr std::size_t kStart = 1 << 16;  // of the first variable; addresses below are out of bounds
constexpr std::size_t kGap = 256;        // between variables
constexpr std::size_t kStaticLimit = 48
                                     << 10;  // of a block, static; and all it may ask for (sm_90)
constexpr std::size_t kLimit = 227 << 10;

// The last write, and the first two different readers since the last barrier: the second is the
// latest of those that are not the first.
struct Shadow {
  Moment write;
  Moment first_read;
  Moment last_read;
  std::uint32_t copying_in_block =
      0;  // the block's first epoch, if an asynchronous copy is on its way
};

struct Variable {
  const void* declaration;
  std::size_t begin;
  std::size_t bytes;
};

struct Copy {
  std::size_t to;
  const char* from;
  int bytes;
  int valid;
  int group;
};

struct Arena {
  alignas(1024) std::array<unsigned char, kArena> bytes;
  std::vector<Shadow> shadows = std::vector<Shadow>(kArena);
  std::vector<Variable> variables;  // the first is the dynamic one, perhaps of 0 bytes
  std::size_t end = 0;
  std::array<std::vector<Copy>, kMaxThreads> copies;
  std::array<int, kMaxThreads> group{};  // that the thread's next copies belong to
};

Arena& arena() {
  static Arena the;
  return the;
}

std::size_t offset_of(std::uintptr_t address) {
  return address - reinterpret_cast<std::uintptr_t>(arena().bytes.data());
}

void add_variable(const void* declaration, std::size_t bytes, std::size_t alignment) {
  Arena& a = arena();
  const std::size_t begin = (a.end + alignment - 1) / alignment * alignment;
  a.variables.push_back({declaration, begin, bytes});
  a.end = begin + bytes + kGap;
  std::memset(a.bytes.data() + begin, 0xcb, bytes);
}

const std::string& byte_name(std::size_t offset) {
  static std::string text;  // static: a fault leaves the stack where it stands
  const Arena& a = arena();
  for (std::size_t v = 0; v < a.variables.size(); ++v) {
    const Variable& variable = a.variables[v];
    if (offset >= variable.begin && offset < variable.begin + variable.bytes + kGap) {
      return text = fmt::format("byte {} of {} shared memory ({} bytes)", offset - variable.begin,
                                v == 0 ? "dynamic" : "static", variable.bytes);
    }
  }
  return text = "shared memory before the first variable";
}

void race(const char* mine, const char* theirs, const Moment& other, std::size_t offset) {
  fail(FaultKind::kRace, fmt::format("{} {}, which thread {} {} without a barrier in between", mine,
                                     byte_name(offset), other.thread, theirs));
}

void read_byte(Shadow& shadow, std::size_t offset, const Moment& moment) {
  if (shadow.write.epoch < first_epoch_of_block()) {
    fail(FaultKind::kUninitialised, fmt::format("reads {}, which nobody wrote", byte_name(offset)));
  }
  if (!happened_before_now(shadow.write)) race("reads", "wrote", shadow.write, offset);
  if (shadow.first_read.epoch != moment.epoch || shadow.first_read.thread == moment.thread) {
    shadow.first_read = moment;
  } else {
    shadow.last_read = moment;
  }
}

void write_byte(Shadow& shadow, std::size_t offset, const Moment& moment) {
  if (!happened_before_now(shadow.write)) race("writes", "wrote", shadow.write, offset);
  for (const Moment* read : {&shadow.first_read, &shadow.last_read}) {
    if (!happened_before_now(*read)) race("writes", "read", *read, offset);
  }
  shadow.write = moment;
}

void check_copying(const Shadow& shadow, std::size_t offset, const char* verb) {
  if (shadow.copying_in_block == first_epoch_of_block()) {
    fail(FaultKind::kUnfinishedCopy,
         fmt::format("{} {}, where an asynchronous copy has not been waited for", verb,
                     byte_name(offset)));
  }
}

void land(const Copy& copy) {
  Arena& a = arena();
  std::memset(a.bytes.data() + copy.to, 0, static_cast<std::size_t>(copy.bytes));
  if (copy.valid > 0) {
    std::memcpy(a.bytes.data() + copy.to, copy.from, static_cast<std::size_t>(copy.valid));
  }
  const Moment moment = now();
  for (int b = 0; b < copy.bytes; ++b) {
    Shadow& shadow = a.shadows[copy.to + static_cast<std::size_t>(b)];
    shadow.copying_in_block = 0;
    shadow.write = moment;
  }
}

}  // namespace

namespace shared {

bool contains(std::uintptr_t address) { return offset_of(address) < kArena; }

void check_bounds(std::uintptr_t address, std::size_t bytes, const char* verb) {
  const std::size_t offset = offset_of(address);
  for (const Variable& variable : arena().variables) {
    if (offset >= variable.begin && offset + bytes <= variable.begin + variable.bytes) return;
  }
  fail(FaultKind::kSharedBounds, fmt::format("{} {} bytes at {}", verb, bytes, byte_name(offset)));
}

void check(std::uintptr_t address, std::size_t bytes, bool is_write) {
  const std::size_t begin = offset_of(address);
  const char* verb = is_write ? "writes" : "reads";
  check_bounds(address, bytes, verb);
  const Moment moment = now();
  for (std::size_t offset = begin; offset < begin + bytes; ++offset) {
    Shadow& shadow = arena().shadows[offset];
    check_copying(shadow, offset, verb);
    is_write ? write_byte(shadow, offset, moment) : read_byte(shadow, offset, moment);
  }
}

void begin_block(const std::string& kernel, std::size_t dynamic_bytes) {
  Arena& a = arena();
  if (dynamic_bytes > kLimit) {
    throw Fault(FaultKind::kLaunch,
                fmt::format("{}: {} bytes of shared memory; a block has at most {}", kernel,
                            dynamic_bytes, kLimit));
  }
  a.variables.clear();
  a.end = kStart;
  add_variable(nullptr, dynamic_bytes, 1024);
  for (auto& copies : a.copies) copies.clear();
  a.group.fill(0);
}

void* dynamic_memory() { return arena().bytes.data() + arena().variables[0].begin; }

void* variable(const void* declaration, std::size_t bytes, std::size_t alignment) {
  Arena& a = arena();
  std::size_t total = 0;
  for (const Variable& known : a.variables) {
    if (known.declaration == declaration) return a.bytes.data() + known.begin;
    if (known.declaration) total += known.bytes;
  }
  if (total + bytes > kStaticLimit || total + bytes + a.variables[0].bytes > kLimit) {
    fail(FaultKind::kLaunch, fmt::format("more than {} bytes of static shared memory, or {} in all",
                                         kStaticLimit, kLimit));
  }
  add_variable(declaration, bytes, std::max<std::size_t>(alignment, 16));
  return a.bytes.data() + a.variables.back().begin;
}

}  // namespace shared

void begin_copy(void* to, const void* from, int bytes, int valid) {
  const auto target = reinterpret_cast<std::uintptr_t>(to);
  if (!shared::contains(target)) {
    fail(FaultKind::kSharedBounds, "an asynchronous copy whose target is not shared memory");
  }
  if (valid < 0 || valid > bytes) {
    fail(FaultKind::kGlobalBounds,
         fmt::format("an asynchronous copy of {} of {} bytes", valid, bytes));
  }
  const auto source = reinterpret_cast<std::uintptr_t>(from);
  if (valid > 0) {
    if (source % static_cast<unsigned>(bytes) != 0) {
      fail(FaultKind::kMisaligned,
           fmt::format("copies {} bytes from an address that is {} modulo {}", bytes,
                       source % static_cast<unsigned>(bytes), bytes));
    }
    check_access(source, static_cast<std::size_t>(valid), false, false);
  }
  check_access(target, static_cast<std::size_t>(bytes), true);
  Arena& a = arena();
  const std::size_t offset = offset_of(target);
  for (int b = 0; b < bytes; ++b) {
    a.shadows[offset + static_cast<std::size_t>(b)].copying_in_block = first_epoch_of_block();
  }
  std::memset(to, 0xcb, static_cast<std::size_t>(bytes));
  const auto thread = static_cast<std::size_t>(thread_number());
  a.copies[thread].push_back(
      {offset, static_cast<const char*>(from), bytes, valid, a.group[thread]});
}

void close_copy_group() { ++arena().group[static_cast<std::size_t>(thread_number())]; }

void wait_for_copies(int pending_groups) {
  const auto thread = static_cast<std::size_t>(thread_number());
  const int done = arena().group[thread] - pending_groups;
  std::erase_if(arena().copies[thread], [&](const Copy& copy) {
    if (copy.group >= done) return false;
    land(copy);
    return true;
  });
}

}  // namespace gcompress::cuda_on_cpu
