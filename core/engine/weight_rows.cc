// Choosing a kernel by counting what it does.
#include "gcompress/core/engine/weight_rows.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "gcompress/core/engine/linear_rates.h"

namespace gcompress::engine {
namespace {

// What is taken of an input for all rows of a group of compiled rows, in multiplications.
constexpr double kCodeLoad = 2.7;
constexpr std::int64_t kCodeRows = 28;
// A line of a place that is copied to a panel, in those of taps.
constexpr double kCopiedLine = 4;
// What a sparse kernel has to save: estimates are off by so much.
constexpr double kMargin = 0.88;

// Of a network whose code does not stay in the second-level cache: taps of a layer that is worth
// bringing its code in again, or lines that are.
constexpr std::int64_t kFewTapsOfALayer = 8'192;
constexpr std::int64_t kManyLines = 12;
constexpr std::int64_t kMostTapsOfALayer = 100'000;
// Lines of inputs that compiled rows take at a time: half a first-level cache, but no fewer columns
// than code is worth fetching for.
constexpr std::int64_t kNearLines = 512;
constexpr std::int64_t kFewestColumns = 4, kMostColumns = 64;
constexpr std::int64_t kDenseColumns = 32;

// Of a part of panels: fewer, and panels are copied more often; more, and threads share less
// evenly.
constexpr std::int64_t kPartRows = 1'024;

// Lines of a panel: as many as leave it in half of a second-level cache, in tiles of nearly the
// same width.
std::int64_t panel_lines(std::int64_t places, std::int64_t lines) {
  constexpr std::int64_t kMostLines = kernels::kMostPanelWidth / kernels::kLineFloats;
  const std::int64_t bytes = places * kernels::kLineFloats * std::int64_t{sizeof(float)};
  const std::int64_t most = std::clamp<std::int64_t>(
      linear_rates().near_bytes / 2 / std::max<std::int64_t>(1, bytes), 1, kMostLines);
  const std::int64_t tiles = (lines + most - 1) / most;
  return std::max<std::int64_t>(1, (lines + tiles - 1) / std::max<std::int64_t>(1, tiles));
}

// Room for a panel, kept from one call to the next, from the beginning of a cache line on: a vector
// that crosses lines takes two loads.
float* panel_of_thread(std::size_t floats) {
  constexpr std::size_t kLineBytes = 64;
  thread_local std::vector<float> room;
  const std::size_t wanted = floats + kLineBytes / sizeof(float);
  if (room.size() < wanted) room.resize(wanted);
  void* place = room.data();
  std::size_t bytes = room.size() * sizeof(float);
  return static_cast<float*>(std::align(kLineBytes, floats * sizeof(float), place, bytes));
}

std::int64_t count_distinct(std::vector<std::int32_t> values) {
  std::ranges::sort(values);
  return std::ranges::unique(values).begin() - values.begin();
}

// Inputs that groups of rows load: about so many different offsets among their taps.
std::int64_t loads_of(const kernels::TapRows& taps) {
  std::int64_t loads = 0;
  for (std::int64_t row = 0; row < taps.rows(); row += kCodeRows) {
    const std::int64_t end = std::min(taps.rows(), row + kCodeRows);
    loads += count_distinct({taps.offsets.begin() + taps.begin[static_cast<std::size_t>(row)],
                             taps.offsets.begin() + taps.begin[static_cast<std::size_t>(end)]});
  }
  return loads;
}

// Columns, in lines, that compiled rows take at a time: streams of inputs and outputs are the
// longer, the fewer there are of them.
std::int64_t columns_at_once(const kernels::TapRows& taps) {
  std::vector<std::int32_t> lines;
  lines.reserve(taps.offsets.size());
  for (const std::int32_t offset : taps.offsets) {
    lines.push_back(offset / static_cast<std::int32_t>(kernels::kLineFloats));
  }
  const std::int64_t count = count_distinct(std::move(lines));
  return std::clamp(kNearLines / std::max<std::int64_t>(1, count), kFewestColumns, kMostColumns);
}

bool code_is_near(const kernels::TapRows& taps, const WeightRows::Setting& setting) {
  if (taps.taps() > kMostTapsOfALayer) return false;
  return setting.network_taps <= WeightRows::kNearTaps || taps.taps() <= kFewTapsOfALayer ||
         setting.lines >= kManyLines;
}

double real(std::int64_t number) { return static_cast<double>(number); }

// Inputs that lie a multiple of a KiB apart share few places of the caches: kernels that read them
// where they lie take about so many times as long.
double crowding(const kernels::TapRows& taps) {
  constexpr std::int32_t kCrowdedFloats = 256;
  constexpr double kCrowded = 2;
  if (taps.offsets.empty()) return 1;
  std::int32_t step = 0;
  for (const std::int32_t offset : taps.offsets) step = std::gcd(step, offset - taps.offsets[0]);
  return step > 0 && step % kCrowdedFloats == 0 ? kCrowded : 1;
}

double panel_nanoseconds(const kernels::TapRows& taps, std::int64_t places, std::int64_t lines) {
  const LinearRates& rates = linear_rates();
  const std::int64_t width = panel_lines(places, lines);
  const double tiles = real((lines + width - 1) / width);
  const double more = rates.panel_vector * real(kernels::kLineFloats / rates.vector) * real(lines);
  const double first = (rates.panel_tap - rates.panel_vector) * tiles;
  return real(taps.taps()) * (first + more) +
         real(places * lines) * kCopiedLine * rates.panel_vector;
}

}  // namespace

WeightRows::Choice WeightRows::choose(const kernels::TapRows& taps, const Setting& setting) {
  const LinearRates& rates = linear_rates();
  const std::int64_t places = count_distinct(taps.offsets);
  // Of vectors where inputs lie.
  const double lines = real(setting.lines) * crowding(taps);
  Choice best{.kind = Kind::kLoop, .nanoseconds = rates.loop_line * lines * real(taps.taps())};
  const auto offer = [&best](Kind kind, double nanoseconds) {
    if (nanoseconds < best.nanoseconds) best = {.kind = kind, .nanoseconds = nanoseconds};
  };
  offer(Kind::kPanels, panel_nanoseconds(taps, places, setting.lines));
  if (kernels::CompiledRows::possible() && code_is_near(taps, setting)) {
    offer(Kind::kCode,
          rates.code_line * lines * (real(taps.taps()) + kCodeLoad * real(loads_of(taps))));
  }
  const double dense = dense_rows_nanoseconds(taps.rows(), places, setting.lines);
  if (kMargin * dense < best.nanoseconds) best = {.kind = Kind::kDense, .nanoseconds = dense};
  return best;
}

WeightRows::WeightRows(kernels::TapRows taps, std::span<const float> bias, const Setting& setting,
                       std::optional<Kind> kind)
    : setting_(setting), bias_(bias.begin(), bias.end()), taps_count_(taps.taps()) {
  const Kind chosen = kind ? *kind : choose(taps, setting).kind;
  if (chosen == Kind::kDense) {
    dense_ = kernels::pack_dense_rows(taps);
    return;
  }
  if (chosen == Kind::kCode) {
    code_ = kernels::CompiledRows::compile(taps, bias,
                                           {.y_stride = setting.y_stride,
                                            .add = setting.add,
                                            .keep = setting.keep,
                                            .lines = columns_at_once(taps),
                                            .low = setting.low,
                                            .high = setting.high},
                                           kMostTapsOfALayer);
  }
  if (chosen == Kind::kPanels) {
    panels_ = kernels::panel_rows_of_taps(
        taps,
        {.width = panel_lines(count_distinct(taps.offsets), setting.lines) * kernels::kLineFloats,
         .part_rows = kPartRows});
    return;
  }
  if (!code_) loop_ = std::move(taps);
}

WeightRows::Kind WeightRows::kind() const {
  if (code_) return Kind::kCode;
  if (panels_.width > 0) return Kind::kPanels;
  return dense_.groups.empty() ? Kind::kLoop : Kind::kDense;
}

std::string WeightRows::name() const {
  switch (kind()) {
    case Kind::kCode:
      return "compiled rows";
    case Kind::kLoop:
      return "sparse rows";
    case Kind::kPanels:
      return "sparse rows, panels";
    case Kind::kDense:
      return "dense rows";
  }
  return {};
}

std::int64_t WeightRows::units() const {
  switch (kind()) {
    case Kind::kCode:
      return code_->groups() * setting_.lines;
    case Kind::kLoop:
      return loop_.rows();
    case Kind::kPanels:
      return tiles() * panels_.parts();
    case Kind::kDense: {
      const std::int64_t columns = setting_.lines * kernels::kLineFloats;
      return static_cast<std::int64_t>(dense_.groups.size()) *
             ((columns + kDenseColumns - 1) / kDenseColumns);
    }
  }
  return 0;
}

kernels::Epilogue WeightRows::epilogue(const Operands& operands) const {
  return {.bias = bias_.data(),
          .add = operands.add,
          .add_stride = setting_.y_stride,
          .low = setting_.low,
          .high = setting_.high,
          .keep = operands.keep};
}

void WeightRows::run(std::int64_t begin, std::int64_t end, const Operands& operands) const {
  switch (kind()) {
    case Kind::kCode:
      return run_code(begin, end, operands);
    case Kind::kLoop:
      return kernels::multiply_tap_rows(
          loop_, {begin, end}, operands.x, setting_.lines * kernels::kLineFloats,
          operands.y + begin * setting_.y_stride, setting_.y_stride, epilogue(operands));
    case Kind::kPanels:
      return run_panels(begin, end, operands);
    case Kind::kDense:
      return run_dense(begin, end, operands);
  }
}

// Units: parts, tile of columns by tile of columns.
void WeightRows::run_panels(std::int64_t begin, std::int64_t end, const Operands& operands) const {
  const std::int64_t parts = panels_.parts();
  const std::int64_t tiles = this->tiles();
  kernels::Epilogue last = epilogue(operands);
  float* panel = panel_of_thread(panels_.offsets.size() * static_cast<std::size_t>(panels_.width));
  for (std::int64_t unit = begin; unit < end;) {
    const std::int64_t tile = unit / parts;
    const std::int64_t from = setting_.lines * tile / tiles * kernels::kLineFloats;
    const std::int64_t to = setting_.lines * (tile + 1) / tiles * kernels::kLineFloats;
    const std::int64_t count = std::min(parts - unit % parts, end - unit);
    kernels::copy_panel(panels_, to - from, operands.x + from, panel);
    if (operands.add != nullptr) last.add = operands.add + from;
    if (operands.keep != nullptr) last.keep = operands.keep + from;
    kernels::multiply_panel_rows(panels_, {unit % parts, unit % parts + count}, to - from, panel,
                                 operands.y + from, setting_.y_stride, last);
    unit += count;
  }
}

// Units: lines, group by group.
void WeightRows::run_code(std::int64_t begin, std::int64_t end, const Operands& operands) const {
  const std::int64_t lines = setting_.lines;
  const std::int64_t pieces = (lines + code_->lines() - 1) / code_->lines();
  for (std::int64_t piece = 0; piece < pieces; ++piece) {
    for (std::int64_t block = 0; block < code_->blocks(); ++block) {
      for (std::int64_t g = begin / lines; g * lines < end; ++g) {
        const std::int64_t from = std::max(lines * piece / pieces, begin - g * lines);
        const std::int64_t to = std::min(lines * (piece + 1) / pieces, end - g * lines);
        if (from >= to) continue;
        code_->run(block, g,
                   {.x = operands.x, .y = operands.y, .add = operands.add, .keep = operands.keep},
                   from, to);
      }
    }
  }
}

// Units: groups, block of columns by block of columns.
void WeightRows::run_dense(std::int64_t begin, std::int64_t end, const Operands& operands) const {
  const auto groups = static_cast<std::int64_t>(dense_.groups.size());
  const std::int64_t columns = setting_.lines * kernels::kLineFloats;
  const kernels::Epilogue last = epilogue(operands);
  for (std::int64_t unit = begin; unit < end;) {
    const std::int64_t block = unit / groups;
    const std::int64_t first = unit % groups;
    const std::int64_t count = std::min(groups - first, end - unit);
    kernels::multiply_dense_rows(
        dense_, first, first + count,
        {.begin = block * kDenseColumns, .end = std::min(columns, (block + 1) * kDenseColumns)},
        operands.x, operands.y, setting_.y_stride, last);
    unit += count;
  }
}

}  // namespace gcompress::engine
