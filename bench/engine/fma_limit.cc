// Independent chains of fused multiply-adds, once for every instruction set (Highway).
#include "fma_limit.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fma_limit.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gcompress::bench::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr int kChains = 12;  // two units, four or five cycles each, and some to spare

// Floating-point operations done; `sink` keeps the compiler from leaving them out.
double multiply_add(std::int64_t rounds, float* sink) {
  const hn::ScalableTag<float> d;
  hn::Vec<decltype(d)> sums[kChains];
  for (int c = 0; c < kChains; ++c) sums[c] = hn::Set(d, static_cast<float>(c));
  const auto a = hn::Set(d, *sink);
  const auto b = hn::Set(d, 1e-9F);
  for (std::int64_t r = 0; r < rounds; ++r) {
    for (int c = 0; c < kChains; ++c) sums[c] = hn::MulAdd(sums[c], a, b);
  }
  auto sum = sums[0];
  for (int c = 1; c < kChains; ++c) sum = hn::Add(sum, sums[c]);
  *sink = hn::GetLane(hn::SumOfLanes(d, sum));
  return 2.0 * static_cast<double>(rounds) * kChains * static_cast<double>(hn::Lanes(d));
}

const char* instruction_set() { return hwy::TargetName(HWY_TARGET); }

}  // namespace gcompress::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gcompress::bench {

HWY_EXPORT(multiply_add);
HWY_EXPORT(instruction_set);

FmaLimit fma_limit(int threads) {
  constexpr std::int64_t kRounds = 2'000'000;  // some tens of milliseconds
  FmaLimit limit{.gigaflops = 0, .instruction_set = HWY_DYNAMIC_DISPATCH(instruction_set)()};
  for (int attempt = 0; attempt < 7; ++attempt) {
    std::atomic<double> operations = 0;
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> workers;
    for (int t = 0; t < threads; ++t) {
      workers.emplace_back([&] {
        float sink = 0.5F;
        operations += HWY_DYNAMIC_DISPATCH(multiply_add)(kRounds, &sink);
      });
    }
    for (std::thread& worker : workers) worker.join();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    limit.gigaflops = std::max(limit.gigaflops, operations / taken.count() * 1e-9);
  }
  return limit;
}

}  // namespace gcompress::bench
#endif
