// Philox 4x32-10 and what is drawn from it.
#include "gcompress/core/base/random.h"

#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "gcompress/core/base/hash.h"

namespace gcompress {
namespace {

constexpr std::uint32_t kMultiplier0 = 0xD2511F53;
constexpr std::uint32_t kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9;
constexpr std::uint32_t kWeyl1 = 0xBB67AE85;
constexpr int kRounds = 10;
__extension__ using Uint128 = unsigned __int128;

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t product0 = std::uint64_t{kMultiplier0} * counter[0];
    const std::uint64_t product1 = std::uint64_t{kMultiplier1} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(product0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

}  // namespace

RandomStream::RandomStream(std::uint64_t seed, std::string_view purpose, std::uint64_t epoch,
                           std::uint64_t index) {
  // Seed and purpose make the key; epoch and index name the stream under it; 64 bits of block
  // number share the counter with them by hashing, so streams are disjoint but for hash collisions.
  const std::uint64_t key = hash64(purpose, seed);
  const std::array<std::uint64_t, 2> place = {epoch, index};
  const std::uint64_t stream =
      hash64(std::string_view(reinterpret_cast<const char*>(place.data()), sizeof(place)), key);
  key_ = {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)};
  counter_ = {0, 0, static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)};
}

RandomStream::result_type RandomStream::operator()() {
  if (used_ == 4) {
    block_ = philox(counter_, key_);
    if (++counter_[0] == 0) ++counter_[1];
    used_ = 0;
  }
  return block_[static_cast<std::size_t>(used_++)];
}

float RandomStream::uniform() { return static_cast<float>((*this)() >> 8) * (1.0F / 16777216.0F); }

std::uint64_t RandomStream::below(std::uint64_t bound) {
  const auto draw = [this] { return (std::uint64_t{(*this)()} << 32) | (*this)(); };
  Uint128 product = static_cast<Uint128>(draw()) * bound;
  if (static_cast<std::uint64_t>(product) < bound) {
    const std::uint64_t threshold = (0 - bound) % bound;
    while (static_cast<std::uint64_t>(product) < threshold) {
      product = static_cast<Uint128>(draw()) * bound;
    }
  }
  return static_cast<std::uint64_t>(product >> 64);
}

float RandomStream::normal() {
  const float radius = std::sqrt(-2.0F * std::log(1.0F - uniform()));
  return radius * std::cos(2.0F * std::numbers::pi_v<float> * uniform());
}

std::vector<std::int64_t> permutation(std::int64_t count, RandomStream& random) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<std::size_t>(random.below(i))]);
  }
  return order;
}

}  // namespace gcompress
