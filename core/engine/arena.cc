// Greedy placement by size.
#include "gcompress/core/engine/arena.h"

#include <algorithm>
#include <numeric>

namespace gcompress::engine {
namespace {

constexpr std::int64_t kAlignment = 16;  // elements: a cache line

constexpr std::int64_t kSlack = 64;  // kernels read so much beyond the end of a value

std::int64_t rounded(std::int64_t elements) {
  return (elements + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

Arena lay_out(const std::vector<Lifetime>& values) {
  Arena arena{.offsets = std::vector<std::int64_t>(values.size()), .elements = 0};
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return values[a].elements > values[b].elements; });
  std::vector<std::size_t> placed;  // by offset
  for (const std::size_t value : order) {
    const Lifetime& life = values[value];
    std::int64_t at = 0;
    for (const std::size_t other : placed) {
      const Lifetime& there = values[other];
      if (there.last < life.first || life.last < there.first) continue;
      if (arena.offsets[other] >= at + rounded(life.elements)) break;
      at = std::max(at, arena.offsets[other] + rounded(there.elements));
    }
    arena.offsets[value] = at;
    arena.elements = std::max(arena.elements, at + rounded(life.elements));
    placed.insert(
        std::ranges::upper_bound(placed, at, {}, [&](std::size_t i) { return arena.offsets[i]; }),
        value);
  }
  return arena;
}

std::vector<float> make_memory(std::int64_t elements) {
  return std::vector<float>(static_cast<std::size_t>(elements + kAlignment + kSlack));
}

float* aligned(std::vector<float>& memory) {
  const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
  constexpr std::uintptr_t kLineBytes = kAlignment * sizeof(float);
  return memory.data() + (kLineBytes - address % kLineBytes) % kLineBytes / sizeof(float);
}

}  // namespace gcompress::engine
