// Choosing bands.
#include "gcompress/core/engine/bands.h"

#include <unistd.h>

#include <algorithm>
#include <limits>

#include "gcompress/core/graph/operators/convolution.h"

namespace gcompress::engine {
namespace {

constexpr std::int64_t kFloatBytes = sizeof(float);
// Of the cache: what a chain's buffers and weights may take, and what two values that a layer
// reads and writes may take before they are worth a chain.
constexpr double kChainShare = 0.5;
constexpr double kNearShare = 0.8;
// A row that is moved to the next band, as a part of one that goes to a farther cache and back.
constexpr double kMovedRow = 0.3;
// Computing the value of a place that is of no use, likewise.
constexpr double kSpareRow = 1.0;

std::int64_t whole_lines(std::int64_t floats) { return (floats + kLine - 1) / kLine * kLine; }
std::int64_t whole_part(std::int64_t all, std::int64_t part) { return (all + part - 1) / part; }

// Bytes that a chain keeps in the cache.
std::int64_t kept_bytes(std::span<const ChainLayer> layers, std::span<const Band> bands) {
  std::int64_t bytes = 0;
  for (std::size_t k = 0; k < layers.size(); ++k) {
    bytes += layers[k].weight_bytes +
             layers[k].channels * (bands[k].rows + bands[k].halo) * layers[k].row * kFloatBytes;
  }
  return bytes;
}

// What bands cost beyond whole maps, in bytes that go to a farther cache.
double cost_of_bands(std::span<const ChainLayer> layers, std::span<const Band> bands) {
  const std::int64_t times = whole_part(layers.back().height, bands.back().rows);
  double cost = 0;
  for (std::size_t k = 0; k < layers.size(); ++k) {
    const auto useful = static_cast<double>(layers[k].height * layers[k].row);
    const auto computed = static_cast<double>(times * whole_lines(bands[k].rows * layers[k].row));
    const double moved = static_cast<double>(bands[k].halo) / static_cast<double>(bands[k].rows);
    cost += static_cast<double>(layers[k].bytes()) *
            (kSpareRow * std::max(0.0, computed / useful - 1) + kMovedRow * moved);
  }
  return cost;
}

struct Choice {
  std::int64_t rows = 0;  // 0: no chain
  double cost = std::numeric_limits<double>::infinity();
};

Choice choose_rows(std::span<const ChainLayer> layers, std::int64_t most_bytes) {
  Choice best;
  for (std::int64_t rows = 1; rows < layers.back().height; ++rows) {
    const std::vector<Band> bands = bands_of(layers, rows);
    if (kept_bytes(layers, bands) > most_bytes) break;
    const double cost = cost_of_bands(layers, bands);
    if (cost < best.cost) best = {.rows = rows, .cost = cost};
  }
  return best;
}

// Whether layers k and k + 1 are worth a chain: the value between them does not stay near.
bool far_apart(std::span<const ChainLayer> layers, std::size_t k, std::int64_t input_bytes,
               std::int64_t cache_bytes) {
  const std::int64_t before = k == 0 ? input_bytes : layers[k - 1].bytes();
  const std::int64_t most = layers[k].bytes() + std::max(before, layers[k + 1].bytes());
  return static_cast<double>(most) > kNearShare * static_cast<double>(cache_bytes);
}

// Cuts layers [begin, end), all of them far apart, where least goes to a farther cache.
void cut_run(std::span<const ChainLayer> layers, std::size_t begin, std::size_t end,
             std::int64_t most_bytes, std::vector<ChainCut>& cuts) {
  const std::size_t count = end - begin;
  std::vector<double> cost(count + 1, std::numeric_limits<double>::infinity());
  std::vector<ChainCut> last(count + 1);
  cost[0] = 0;
  for (std::size_t to = 1; to <= count; ++to) {
    const double boundary = static_cast<double>(layers[begin + to - 1].bytes());
    for (std::size_t from = 0; from < to; ++from) {
      Choice choice{.rows = 0, .cost = 0};
      if (to - from > 1) {
        choice = choose_rows(layers.subspan(begin + from, to - from), most_bytes);
        if (choice.rows == 0) continue;
      }
      const double all = cost[from] + choice.cost + boundary;
      if (all >= cost[to]) continue;
      cost[to] = all;
      last[to] = {.begin = begin + from, .end = begin + to, .rows = choice.rows};
    }
  }
  std::vector<ChainCut> found;
  for (std::size_t to = count; to > 0; to = last[to].begin - begin) {
    if (last[to].rows > 0) found.push_back(last[to]);
  }
  cuts.insert(cuts.end(), found.rbegin(), found.rend());
}

}  // namespace

std::int64_t ChainLayer::bytes() const { return channels * height * row * kFloatBytes; }

std::optional<RowReach> reach_of(const Binding& binding) {
  if (binding.node.op_type != "Conv" || binding.inputs[0].size() != 4) return std::nullopt;
  if (!binding.is_constant(1)) return std::nullopt;
  const Shape& kernel = binding.constants[1].shape();
  const graph::Window window = graph::conv_attributes(binding.node, {kernel[2], kernel[3]}).window;
  const std::vector<std::int64_t> pads =
      graph::resolve_pads(window, {binding.inputs[0][2], binding.inputs[0][3]});
  return RowReach{.stride = window.strides[0],
                  .before = pads[0],
                  .extent = (window.kernel[0] - 1) * window.dilations[0] + 1};
}

std::vector<Band> bands_of(std::span<const ChainLayer> layers, std::int64_t last_rows) {
  std::vector<Band> bands(layers.size());
  bands.back().rows = last_rows;
  for (std::size_t k = layers.size() - 1; k-- > 0;) {
    const RowReach& next = layers[k + 1].reach;
    const Band& reader = bands[k + 1];
    bands[k] = {.rows = reader.rows * next.stride,
                .lead = reader.lead * next.stride + next.extent - next.stride - next.before,
                .halo = std::max<std::int64_t>(0, next.extent - next.stride),
                .early = reader.early * next.stride - next.before};
  }
  return bands;
}

std::int64_t first_time(std::span<const Band> bands, std::int64_t begin) {
  std::int64_t first = begin;
  for (const Band& band : bands) {
    const std::int64_t needed = std::max<std::int64_t>(0, band.rows * begin + band.early);
    std::int64_t time = begin;
    while (band.first_row(time) > needed) --time;
    first = std::min(first, time);
  }
  return first;
}

PlaneLayout band_layout(const ChainLayer& layer, std::int64_t width, const Band& band) {
  PlaneLayout layout{
      .channels = layer.channels, .height = layer.height, .width = width, .row = layer.row};
  // The band's own rows begin on a cache line, behind those of the halo and the left padding of the
  // first: what taps read before `first` is there, and none of their offsets is below 0.
  const std::int64_t side = layer.row - width;
  layout.first = whole_lines(band.halo * layer.row + side);
  // Whole lines are computed and read: some places behind, of the row after the last at most.
  layout.plane = whole_lines(layout.first + band.rows * layer.row + side + kLine);
  if (layout.plane / kLine % 2 == 0) layout.plane += kLine;
  return layout;
}

std::vector<ChainCut> cut_into_chains(std::span<const ChainLayer> layers, std::int64_t input_bytes,
                                      std::int64_t cache_bytes) {
  const auto most_bytes = static_cast<std::int64_t>(kChainShare * static_cast<double>(cache_bytes));
  std::vector<ChainCut> cuts;
  for (std::size_t begin = 0; begin < layers.size();) {
    std::size_t end = begin + 1;
    while (end < layers.size() && far_apart(layers, end - 1, input_bytes, cache_bytes)) ++end;
    cut_run(layers, begin, end, most_bytes, cuts);
    begin = end;
  }
  return cuts;
}

std::int64_t near_cache_bytes() {
  constexpr std::int64_t kGuess = 1 << 20;
#ifdef _SC_LEVEL2_CACHE_SIZE
  const long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
  if (bytes > 0) return bytes;
#endif
  return kGuess;
}

}  // namespace gcompress::engine
