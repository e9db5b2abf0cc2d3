// Device buffers, and the check of every access: see memory.h.
#include "tests/cuda_on_cpu/memory.h"

#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <map>

#include "tests/cuda_on_cpu/block.h"
#include "tests/cuda_on_cpu/fibers.h"
#include "tests/cuda_on_cpu/runtime.h"
#include "tests/cuda_on_cpu/shared_memory.h"

// Of the linker: where the program's own image begins and ends.
extern "C" const char __executable_start;
extern "C" const char _end;

namespace gcompress::cuda_on_cpu {
namespace {

constexpr std::size_t kGuard = 4096;  // on both sides of a buffer: nothing else lies there
constexpr std::size_t kAlignment = 256;

std::map<std::uintptr_t, std::size_t>& buffers() {
  static std::map<std::uintptr_t, std::size_t> all;
  return all;
}

std::size_t all_bytes = std::size_t{64} << 30;
std::size_t used_bytes = 0;

struct Range {
  std::uintptr_t begin = 0;
  std::size_t bytes = 0;
};
Range recent[4];  // buffers that were found last
unsigned next_recent = 0;

bool in_a_buffer(std::uintptr_t address, std::size_t bytes) {
  for (const Range& range : recent) {
    if (address - range.begin < range.bytes && bytes <= range.bytes - (address - range.begin)) {
      return true;
    }
  }
  auto next = buffers().upper_bound(address);
  if (next == buffers().begin()) return false;
  const auto& [begin, size] = *std::prev(next);
  if (address - begin >= size || bytes > size - (address - begin)) return false;
  recent[next_recent++ % 4] = {begin, size};
  return true;
}

bool in_program(std::uintptr_t address) {
  return address >= reinterpret_cast<std::uintptr_t>(&__executable_start) &&
         address < reinterpret_cast<std::uintptr_t>(&_end);
}

// Says how far from which buffer the address lies.
const std::string& nearest_buffer(std::uintptr_t address) {
  static std::string text;  // static: a fault leaves the stack where it stands
  auto next = buffers().upper_bound(address);
  if (next != buffers().begin()) {
    const auto& [begin, size] = *std::prev(next);
    if (address - begin < size + kGuard) {
      return text = fmt::format("offset {} of a buffer of {} bytes", address - begin, size);
    }
  }
  if (next != buffers().end() && next->first - address <= kGuard) {
    return text = fmt::format("{} bytes before a buffer of {} bytes", next->first - address,
                              next->second);
  }
  return text = "an address far from every buffer";
}

// Whether the access lies in shared memory; everything but that is judged here.
bool check_outside_of_shared(std::uintptr_t address, std::size_t bytes, bool is_write,
                             bool aligned) {
  const char* verb = is_write ? "writes" : "reads";
  if (aligned && bytes <= 16 && (bytes & (bytes - 1)) == 0 && address % bytes != 0) {
    fail(FaultKind::kMisaligned, fmt::format("{} {} bytes at an address that is {} modulo {}", verb,
                                             bytes, address % bytes, bytes));
  }
  if (shared::contains(address)) return true;
  if (in_a_buffer(address, bytes)) return false;
  if (!is_write && in_program(address)) return false;  // constants
  fail(FaultKind::kGlobalBounds,
       fmt::format("{} {} bytes at {}", verb, bytes, nearest_buffer(address)));
}

}  // namespace

void check_access(std::uintptr_t address, std::size_t bytes, bool is_write, bool aligned) {
  if (!inside_kernel() || fibers::on_a_stack(address)) return;
  if (check_outside_of_shared(address, bytes, is_write, aligned)) {
    shared::check(address, bytes, is_write);
  }
}

void check_atomic_access(std::uintptr_t address, std::size_t bytes) {
  if (check_outside_of_shared(address, bytes, true, true)) {
    shared::check_bounds(address, bytes, "changes");
  }
}

void set_room(std::size_t bytes) { all_bytes = bytes; }

namespace global {

std::size_t room() { return all_bytes; }
std::size_t used() { return used_bytes; }

void* allocate(std::size_t bytes) {
  const std::size_t all = (bytes + 2 * kGuard + kAlignment - 1) / kAlignment * kAlignment;
  char* memory = static_cast<char*>(std::aligned_alloc(kAlignment, all));
  if (!memory) throw std::bad_alloc();
  std::memset(memory, 0xcb, all);
  buffers()[reinterpret_cast<std::uintptr_t>(memory + kGuard)] = bytes;
  used_bytes += bytes;
  return memory + kGuard;
}

void release(void* address) {
  if (!address) return;
  for (Range& range : recent) range = {};
  const auto found = buffers().find(reinterpret_cast<std::uintptr_t>(address));
  used_bytes -= found->second;
  buffers().erase(found);
  std::free(static_cast<char*>(address) - kGuard);
}

}  // namespace global
}  // namespace gcompress::cuda_on_cpu
