// Which coding promises the smallest section.
#include "gcompress/core/packed/internal/choose_coding.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

namespace gcompress::packed::internal {
namespace {

constexpr double kZstdFrame = 12;  // bytes of a frame's head
constexpr double kZstdOverhead = 1.01;
constexpr double kLearning = 1;  // bytes until the chance of an index is known
constexpr std::size_t kSignByte = 0x80;

using Plane = std::array<std::size_t, 256>;

double zstd_plane(const Plane& plane) {
  std::size_t total = 0;
  for (const std::size_t count : plane) total += count;
  double bits = 0;
  for (const std::size_t count : plane) {
    if (count == 0) continue;
    bits -= static_cast<double>(count) *
            std::log2(static_cast<double>(count) / static_cast<double>(total));
  }
  return std::min(bits / 8 * kZstdOverhead, static_cast<double>(total)) + kZstdFrame;
}

double zstd_planes(const std::vector<Plane>& planes) {
  double bytes = 0;
  for (const Plane& plane : planes) bytes += zstd_plane(plane);
  return bytes;
}

double dense(const Statistics& statistics) {
  std::vector<Plane> planes = statistics.planes;
  for (Plane& plane : planes) plane[0] += statistics.elements - statistics.not_zero;
  planes.back()[0] -= statistics.negative_zeros;
  planes.back()[kSignByte] += statistics.negative_zeros;
  return zstd_planes(planes);
}

double shared(const Statistics& statistics, const ElementKind& kind, double positions) {
  const auto values = static_cast<double>(statistics.values.size());
  return positions + values * (static_cast<double>(kind.width) + kLearning) +
         entropy_of_values(statistics);
}

double packed_shared(const Statistics& statistics, const ElementKind& kind) {
  const std::size_t values = statistics.values.size();
  const auto bits = static_cast<double>(std::bit_width(values - 1));
  return static_cast<double>(values * kind.width) +
         static_cast<double>(statistics.not_zero) * bits / 8;
}

}  // namespace

Coding choose_coding(const Statistics& statistics, const ElementKind& kind, Way way) {
  if (kind.content == Content::kText) return Coding::kDense;  // zstd sees to the zeros
  const bool few = !statistics.values.empty();
  if (way == Way::kPlain) {
    const auto raw = static_cast<double>(statistics.not_zero * kind.width);
    return few && packed_shared(statistics, kind) < raw ? Coding::kPackedShared : Coding::kRaw;
  }
  const double positions = bounds_of(statistics, kind).positions;
  std::vector<std::pair<double, Coding>> choices = {
      {dense(statistics), Coding::kDense},
      {positions + zstd_planes(statistics.planes), Coding::kPlanes}};
  if (few) choices.emplace_back(shared(statistics, kind, positions), Coding::kShared);
  return std::ranges::min_element(choices)->second;
}

}  // namespace gcompress::packed::internal
