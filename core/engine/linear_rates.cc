// Rates of two kinds of processors, and counting.
#include "gcompress/core/engine/linear_rates.h"

#include <hwy/targets.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "gcompress/core/engine/layout.h"
#include "gcompress/core/engine/threads.h"
#include "gcompress/core/kernels/cpu/panel_rows.h"

namespace gcompress::engine {
namespace {

// Two threads meet behind each layer and fetch half of its input from each other's caches.
// ResNet-20 at a tenth, one sample (250,000 a layer): on a Xeon 86 us by one thread and 141 by two,
// on an EPYC 109 and 83.
constexpr std::int64_t kFarThreads = 1'000'000;

// Fitted on Intel Xeon (Sapphire Rapids): gathers and second-level caches are fast, the third level
// is slow.
constexpr LinearRates kIntel512 = {.gathered = 0.28,
                                   .scattered = 0.65,
                                   .near_weight = 0.07,
                                   .far_weight = 0.16,
                                   .more_samples = 0.02,
                                   .panel_tap = 0.45,
                                   .panel_vector = 0.29,
                                   .dense_line = 0.2,
                                   .dense_far = 0.17,
                                   .loop_line = 0.6,
                                   .code_line = 0.18,
                                   .worth_sharing = kFarThreads,
                                   .vector = 16};
constexpr LinearRates kIntel256 = {.gathered = 0.28,
                                   .scattered = 0.65,
                                   .near_weight = 0.08,
                                   .far_weight = 0.16,
                                   .more_samples = 0.1,
                                   .panel_tap = 0.45,
                                   .panel_vector = 0.215,
                                   .dense_line = 0.36,
                                   .dense_far = 0.1,
                                   .loop_line = 0.8,
                                   .code_line = 0.18,
                                   .worth_sharing = kFarThreads,
                                   .vector = 8};
// Others, after AMD EPYC (Zen 5): gathers take longer, the third level is as fast as the second.
// Taps and lines of dense rows by the shares of its limit that kernels reach.
constexpr LinearRates kOther512 = {.gathered = 0.45,
                                   .scattered = 0.65,
                                   .near_weight = 0.05,
                                   .far_weight = 0.05,
                                   .more_samples = 0.6,
                                   .panel_tap = 0.35,
                                   .panel_vector = 0.22,
                                   .dense_line = 0.15,
                                   .dense_far = 0.01,
                                   .loop_line = 0.4,
                                   .code_line = 0.133,
                                   .worth_sharing = kWorthSharing,
                                   .vector = 16};
constexpr LinearRates kOther256 = {.gathered = 0.45,
                                   .scattered = 0.65,
                                   .near_weight = 0.06,
                                   .far_weight = 0.06,
                                   .more_samples = 0.6,
                                   .panel_tap = 0.40,
                                   .panel_vector = 0.18,
                                   .dense_line = 0.29,
                                   .dense_far = 0.01,
                                   .loop_line = 0.5,
                                   .code_line = 0.133,
                                   .worth_sharing = kWorthSharing,
                                   .vector = 8};

bool is_intel() {
#if defined(__x86_64__)
  unsigned int most = 0;
  char name[12];
  unsigned int words[3];
  if (__get_cpuid(0, &most, &words[0], &words[2], &words[1]) == 0) return false;
  std::memcpy(name, words, sizeof(name));
  return std::memcmp(name, "GenuineIntel", sizeof(name)) == 0;
#else
  return false;
#endif
}

LinearRates find_rates() {
  const bool wide = (hwy::SupportedTargets() & (HWY_AVX3 | HWY_AVX3_DL)) != 0;
  LinearRates rates = is_intel() ? (wide ? kIntel512 : kIntel256) : (wide ? kOther512 : kOther256);
#if defined(_SC_LEVEL2_CACHE_SIZE)
  const std::int64_t bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
#else
  const std::int64_t bytes = 0;
#endif
  rates.near_bytes = (bytes > 0 ? bytes : std::int64_t{1} << 19) / 4 * 3;
  return rates;
}

double count(std::int64_t number) { return static_cast<double>(number); }

}  // namespace

const LinearRates& linear_rates() {
  static const LinearRates rates = find_rates();
  return rates;
}

std::int64_t padded_samples(std::int64_t samples) {
  if (samples <= 8) return samples <= 4 ? 4 : 8;
  return (samples + kLine - 1) / kLine * kLine;
}

std::int64_t panel_width(std::int64_t samples, std::int64_t threads) {
  constexpr std::int64_t kMostLines = kernels::kMostPanelWidth / kLine;
  constexpr std::int64_t kWideLines = 2;  // narrower panels take longer
  const std::int64_t all = padded_samples(samples);
  if (all < kLine) return all;
  const std::int64_t lines = all / kLine;
  std::int64_t panels = (lines + kMostLines - 1) / kMostLines;
  const std::int64_t shared = (panels + threads - 1) / threads * threads;
  if (lines >= kWideLines * shared) panels = shared;
  return (lines + panels - 1) / panels * kLine;
}

double sliced_rows_nanoseconds(const LinearWork& work) {
  return linear_rates().gathered * count(work.taps);
}

double matrix_by_vectors_nanoseconds(const LinearWork& work) {
  constexpr std::int64_t kAtOnce = 4;
  const LinearRates& rates = linear_rates();
  const std::int64_t weights = work.inputs * work.outputs;
  const bool near = weights * 4 <= rates.near_bytes;
  const std::int64_t passes = (work.samples + kAtOnce - 1) / kAtOnce;
  // A sample more costs what multiplying takes, which reading from afar hides.
  const double more = near ? std::max(0.4, rates.more_samples) : rates.more_samples;
  const double samples = count(passes) + more * count(work.samples - passes);
  return samples * count(weights) * (near ? rates.near_weight : rates.far_weight);
}

double panel_rows_nanoseconds(const LinearWork& work) {
  const LinearRates& rates = linear_rates();
  const std::int64_t width = panel_width(work.samples);
  const std::int64_t panels = (padded_samples(work.samples) + width - 1) / width;
  const std::int64_t vectors = std::max<std::int64_t>(1, width / rates.vector);
  return count(panels) * count(work.taps) *
         (rates.panel_tap + rates.panel_vector * count(vectors - 1));
}

double dense_rows_nanoseconds(std::int64_t outputs, std::int64_t inputs, std::int64_t lines) {
  const LinearRates& rates = linear_rates();
  const std::int64_t weights = inputs * ((outputs + 3) / 4 * 4);
  const bool near = weights * 4 <= rates.near_bytes;
  const double far = near ? 0 : rates.dense_far * count((lines + 1) / 2);
  return count(weights) * (rates.dense_line * count(lines) + far);
}

}  // namespace gcompress::engine
