// Counter-based random numbers: Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as
// easy as 1, 2, 3", section 3.3). A stream is named, not carried along, so resuming work needs no
// generator state: the same (seed, purpose, epoch, index) always gives the same numbers.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace gcompress {

// One stream of random numbers. Satisfies std::uniform_random_bit_generator. Not thread-safe;
// every thread makes streams of its own.
class RandomStream {
 public:
  using result_type = std::uint32_t;

  RandomStream(std::uint64_t seed, std::string_view purpose, std::uint64_t epoch = 0,
               std::uint64_t index = 0);

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

  result_type operator()();
  // Uniform in [0, 1), 24 random bits.
  float uniform();
  // Uniform in [0, bound), bound > 0; unbiased (Lemire 2019).
  std::uint64_t below(std::uint64_t bound);
  // Normal with mean 0 and standard deviation 1 (Box-Muller).
  float normal();

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

// A random order of 0..count-1 (Fisher-Yates).
std::vector<std::int64_t> permutation(std::int64_t count, RandomStream& random);

}  // namespace gcompress
