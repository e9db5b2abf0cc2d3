// Fixed filter banks: linear phase about a shared centre, mel filters, sinusoid tables.
#include "gcompress/core/graph/filter_banks.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <complex>
#include <unsupported/Eigen/FFT>
#include <vector>

namespace gcompress::graph {
namespace {

constexpr std::int64_t kLeastTaps = 16;
constexpr std::int64_t kLeastFilters = 8;    // fewer ask for exact symmetry
constexpr std::int64_t kLeastTapsDeep = 32;  // away from the input
constexpr std::int64_t kLeastFiltersDeep = 16;
constexpr std::int64_t kMostTaps = 1 << 20;  // beyond it is no filter, and the FFT takes long
constexpr std::int64_t kSample = 8;          // filters that find the common centre
// Filters weaker than this beside the strongest are rounding noise (the sine at frequency 0).
constexpr float kNoise = 1e-8F;
constexpr float kExact = 0.9999F;

using Filter = std::vector<float>;

Filter filter_of(std::span<const float> values, const FilterLayout& layout, std::int64_t index) {
  Filter filter(static_cast<std::size_t>(layout.taps));
  for (std::int64_t t = 0; t < layout.taps; ++t) {
    filter[static_cast<std::size_t>(t)] =
        values[static_cast<std::size_t>(index * layout.filter_stride + t * layout.tap_stride)];
  }
  return filter;
}

float energy_of(const Filter& filter) {
  return Eigen::Map<const Eigen::ArrayXf>(filter.data(), std::ssize(filter)).square().sum();
}

bool is_constant(const Filter& filter) {
  return std::all_of(filter.begin(), filter.end(),
                     [&](float value) { return value == filter.front(); });
}

// |sum_n x[n] x[k - n]| / sum_n x[n]^2: 1 if the filter is (anti)symmetric about k / 2.
float symmetry_about(const Filter& filter, std::int64_t k) {
  const std::int64_t taps = std::ssize(filter);
  const std::int64_t first = std::max<std::int64_t>(0, k - taps + 1);
  const std::int64_t count = std::min(taps - 1, k) - first + 1;
  const Eigen::Map<const Eigen::ArrayXf> x(filter.data() + first, count);
  return std::abs((x * x.reverse()).sum()) / energy_of(filter);
}

// The k of the best mean symmetry over some filters: an autoconvolution by FFT.
std::int64_t common_centre(const std::vector<Filter>& filters) {
  const std::size_t taps = filters.front().size();
  std::vector<float> total(2 * taps, 0.0F);
  Eigen::FFT<float> fft;
  for (const Filter& filter : filters) {
    std::vector<float> padded = filter;
    padded.resize(2 * taps, 0.0F);
    std::vector<std::complex<float>> spectrum;
    fft.fwd(spectrum, padded);
    for (std::complex<float>& bin : spectrum) bin *= bin;
    std::vector<float> convolved;
    fft.inv(convolved, spectrum);
    const float energy = energy_of(filter);
    for (std::size_t k = 0; k < total.size(); ++k) total[k] += std::abs(convolved[k]) / energy;
  }
  return std::max_element(total.begin(), total.end()) - total.begin();
}

// Indices of the filters that are not noise, spread over the bank where `most` is exceeded.
std::vector<std::int64_t> strong_filters(std::span<const float> values, const FilterLayout& layout,
                                         std::int64_t most) {
  std::vector<float> energies;
  const std::int64_t step = std::max<std::int64_t>(1, layout.filters / most);
  for (std::int64_t f = 0; f < layout.filters; f += step) {
    energies.push_back(energy_of(filter_of(values, layout, f)));
  }
  const float strongest = *std::max_element(energies.begin(), energies.end());
  std::vector<std::int64_t> strong;
  for (std::size_t i = 0; i < energies.size(); ++i) {
    if (energies[i] > kNoise * strongest) strong.push_back(static_cast<std::int64_t>(i) * step);
  }
  return strong;
}

bool has_linear_phase(std::span<const float> values, const FilterLayout& layout, bool at_input) {
  if (layout.taps < (at_input ? kLeastTaps : kLeastTapsDeep) || layout.taps > kMostTaps ||
      layout.filters < (at_input ? 1 : kLeastFiltersDeep)) {
    return false;
  }
  std::vector<Filter> sample;
  for (const std::int64_t f : strong_filters(values, layout, kSample)) {
    sample.push_back(filter_of(values, layout, f));
  }
  // Constant rows are averages or untrained weights.
  if (sample.empty() || std::all_of(sample.begin(), sample.end(), is_constant)) return false;
  const std::int64_t centre = common_centre(sample);
  // A periodic window leaves one tap of a cosine without its partner: 2 / taps of the energy.
  const float least = layout.filters < kLeastFilters
                          ? kExact
                          : 1 - std::max(0.01F, 3.0F / static_cast<float>(layout.taps));
  const auto symmetric = [&](const Filter& filter) {
    return symmetry_about(filter, centre) >= least;
  };
  if (!std::all_of(sample.begin(), sample.end(), symmetric)) return false;
  const auto all = strong_filters(values, layout, layout.filters);
  return std::all_of(all.begin(), all.end(),
                     [&](std::int64_t f) { return symmetric(filter_of(values, layout, f)); });
}

// Nonnegative, one rise and one fall on a contiguous support, centres in rising order, sparse.
bool is_mel_bank(std::span<const float> values, const FilterLayout& layout) {
  if (layout.taps < kLeastTaps || layout.filters < kLeastFilters) return false;
  std::int64_t nonzero = 0;
  double last_centre = -1;
  for (std::int64_t f = 0; f < layout.filters; ++f) {
    const Filter filter = filter_of(values, layout, f);
    if (*std::min_element(filter.begin(), filter.end()) < 0) return false;
    const auto peak = std::max_element(filter.begin(), filter.end());
    if (*peak <= 0) continue;  // a filter too narrow for the resolution
    if (!std::is_sorted(filter.begin(), peak)) return false;
    // The support ends for good at the first zero after the peak.
    const auto end = std::find(peak, filter.end(), 0.0F);
    if (!std::is_sorted(std::make_reverse_iterator(end), std::make_reverse_iterator(peak)) ||
        std::any_of(end, filter.end(), [](float value) { return value != 0; })) {
      return false;
    }
    const auto begin = std::find_if(filter.begin(), peak, [](float value) { return value > 0; });
    const double centre =
        static_cast<double>(begin - filter.begin()) + static_cast<double>(end - begin) / 2;
    if (centre < last_centre) return false;
    last_centre = centre;
    nonzero += end - begin;
  }
  return nonzero > 0 && nonzero < layout.filters * layout.taps / 4;
}

}  // namespace

std::optional<FilterLayout> filter_layout(const Shape& shape, int filter_axis, int tap_axis) {
  const int rank = static_cast<int>(shape.size());
  if (tap_axis < 0 || tap_axis >= rank || filter_axis >= rank || filter_axis == tap_axis) {
    return std::nullopt;
  }
  const auto stride_of = [&](int axis) {
    std::int64_t stride = 1;
    for (int i = axis + 1; i < rank; ++i) stride *= shape[static_cast<std::size_t>(i)];
    return stride;
  };
  FilterLayout layout{.filters = 1,
                      .taps = shape[static_cast<std::size_t>(tap_axis)],
                      .filter_stride = 0,
                      .tap_stride = stride_of(tap_axis)};
  if (filter_axis >= 0) {
    layout.filters = shape[static_cast<std::size_t>(filter_axis)];
    layout.filter_stride = stride_of(filter_axis);
  }
  if (layout.filters * layout.taps != element_count(shape)) return std::nullopt;
  return layout;
}

std::optional<std::string> fixed_filter_bank(const Tensor& tensor, const FilterLayout& layout,
                                             bool at_input) {
  if (!is_floating(tensor.dtype()) || tensor.size() == 0) return std::nullopt;
  std::vector<float> converted;
  std::span<const float> values;
  if (tensor.dtype() == DataType::kFloat32) {
    values = tensor.as<float>();
  } else {
    converted = to_float32(tensor);
    values = converted;
  }
  if (has_linear_phase(values, layout, at_input)) {
    return "its filters are all symmetric about one centre, as windowed sinusoids are";
  }
  if (at_input && is_mel_bank(values, layout)) {
    return "its filters are non-negative bands in rising order, as mel filters are";
  }
  return std::nullopt;
}

bool sinusoidal_table(const Tensor& tensor) {
  if (!is_floating(tensor.dtype()) || tensor.rank() < 2) return false;
  const std::int64_t channels = tensor.shape().back();
  const std::int64_t positions = tensor.shape()[tensor.shape().size() - 2];
  if (channels < kLeastFilters || positions < kLeastTaps || channels * positions != tensor.size()) {
    return false;
  }
  const std::vector<float> values = to_float32(tensor);
  const FilterLayout columns{
      .filters = channels, .taps = positions, .filter_stride = 1, .tap_stride = channels};
  // Columns that change, and those that swing faster than a straight line could look like.
  std::int64_t moving = 0;
  std::int64_t swinging = 0;
  for (std::int64_t c = 0; c < channels; ++c) {
    const Filter x = filter_of(values, columns, c);
    if (is_constant(x)) continue;
    ++moving;
    double product = 0;
    double square = 0;
    for (std::size_t t = 1; t + 1 < x.size(); ++t) {
      product += double{x[t]} * (double{x[t + 1]} + double{x[t - 1]});
      square += double{x[t]} * double{x[t]};
    }
    const double factor = square > 0 ? product / square : 0;
    double residue = 0;
    for (std::size_t t = 1; t + 1 < x.size(); ++t) {
      const double miss = double{x[t + 1]} + double{x[t - 1]} - factor * double{x[t]};
      residue += miss * miss;
    }
    if (std::abs(factor) > 2.0001 || residue > 1e-4 * square) return false;
    if (std::abs(factor) < 1.9) ++swinging;
  }
  return moving >= kLeastFilters / 2 && swinging > 0;
}

}  // namespace gcompress::graph
