// Running chains of a plan, band by band.
#include <algorithm>
#include <chrono>
#include <cstring>

#include "gcompress/core/engine/plan.h"
#include "gcompress/core/engine/threads.h"

namespace gcompress::engine {
namespace {

using Clock = std::chrono::steady_clock;

// Whether nothing of a band is ever read, or all of it lies outside the map.
enum class Use { kNone, kZeros, kRows };

Use use_of(const Band& band, std::int64_t height, std::int64_t begin, std::int64_t time) {
  const std::int64_t first = band.first_row(time);
  if (first >= height || first + band.rows <= 0) return Use::kZeros;
  return first + band.rows <= band.rows * begin + band.early ? Use::kNone : Use::kRows;
}

}  // namespace

const Plan::Chain* Plan::chain_at(std::size_t step) const {
  const auto found = std::ranges::find(chains_, step, &Chain::begin);
  return found == chains_.end() ? nullptr : &*found;
}

void Plan::run_chain(const Chain& chain, std::int64_t sample, int thread) {
  parallel(chain.parts, static_cast<int>(chain.parts), [&](std::int64_t part, int worker) {
    run_part(chain, part,
             {.sample = sample, .owner = thread, .worker = chain.parts > 1 ? worker : thread});
  });
}

// Where row 0 of the map would be in the buffer of step k, at a time.
float* Plan::band(const Chain& chain, std::size_t k, std::int64_t time, const Turn& turn) {
  const Band& band = chain.bands[k];
  return memory(steps_[chain.begin + k].output, turn.sample, turn.worker) -
         band.first_row(time) * chain.layouts[k].row;
}

// Rows above the first band, and what lies before them, are zeros.
void Plan::begin_bands(const Chain& chain, const Turn& turn) {
  const std::size_t buffers = chain.layouts.size() - (chain.gathers ? 0 : 1);
  for (std::size_t k = 0; k < buffers; ++k) {
    const PlaneLayout& layout = chain.layouts[k];
    float* buffer = memory(steps_[chain.begin + k].output, turn.sample, turn.worker);
    for (std::int64_t c = 0; c < layout.channels; ++c) {
      std::fill_n(buffer + c * layout.plane, layout.first, 0.0F);
    }
  }
}

// The last rows of the band before become the first.
void Plan::keep_halo(const Chain& chain, std::size_t k, const Turn& turn) {
  const PlaneLayout& layout = chain.layouts[k];
  const Band& band = chain.bands[k];
  float* buffer = memory(steps_[chain.begin + k].output, turn.sample, turn.worker) + layout.first -
                  band.halo * layout.row;
  for (std::int64_t c = 0; c < layout.channels; ++c, buffer += layout.plane) {
    std::memmove(buffer, buffer + band.rows * layout.row,
                 static_cast<std::size_t>(band.halo * layout.row) * sizeof(float));
  }
}

void Plan::run_band(const Chain& chain, std::size_t k, std::int64_t time, const Turn& turn) {
  const Step& step = steps_[chain.begin + k];
  const bool last = k + 1 == chain.bands.size();
  std::vector<const float*>& inputs = pointers_[static_cast<std::size_t>(turn.worker)];
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    inputs[i] = pointer(step.inputs[i], turn.sample, turn.owner);
  }
  if (k > 0) inputs[0] = band(chain, k - 1, time, turn);
  float* output = last && !chain.gathers ? memory(chain.output, turn.sample, turn.owner)
                                         : band(chain, k, time, turn);
  const bool has_scratch = step.scratch.kind != Place::Kind::kNone;
  step.kernel.run({.inputs = {inputs.data(), step.inputs.size()},
                   .outputs = {&output, 1},
                   .scratch = has_scratch ? memory(step.scratch, 0, turn.worker) : nullptr,
                   .row = chain.bands[k].first_row(time)});
}

// The last step's rows to the output.
void Plan::gather_band(const Chain& chain, std::int64_t time, const Turn& turn) {
  const std::size_t last = chain.bands.size() - 1;
  const PlaneLayout& from = chain.layouts[last];
  const PlaneLayout& to = chain.output_layout;
  const std::int64_t first = chain.bands[last].first_row(time);
  const std::int64_t rows = std::min(chain.bands[last].rows, to.height - first);
  const std::int64_t at = to.first + first * to.row;
  const float* x = band(chain, last, time, turn) + from.first + first * from.row;
  float* y = memory(chain.output, turn.sample, turn.owner) + at;
  const float* add = nullptr;
  if (chain.fused.add) {
    add = pointer(steps_[chain.end - 1].inputs.back(), turn.sample, turn.owner) + at;
  }
  for (std::int64_t c = 0; c < to.channels; ++c, x += from.plane, y += to.plane) {
    if (add == nullptr) {
      std::memcpy(y, x, static_cast<std::size_t>(rows * to.row) * sizeof(float));
      continue;
    }
    for (std::int64_t i = 0; i < rows * to.row; ++i) {
      const float sum = std::min(std::max(x[i] + add[i], chain.fused.low), chain.fused.high);
      y[i] = i % to.row < to.width ? sum : 0;
    }
    add += to.plane;
  }
}

void Plan::run_part(const Chain& chain, std::int64_t part, const Turn& turn) {
  const std::size_t steps = chain.bands.size();
  const std::int64_t begin = chain.times * part / chain.parts;
  const std::int64_t end = chain.times * (part + 1) / chain.parts;
  const std::int64_t first = first_time(chain.bands, begin);
  begin_bands(chain, turn);
  for (std::int64_t time = first; time < end; ++time) {
    for (std::size_t k = 0; k < steps; ++k) {
      const auto started = turn.seconds != nullptr ? Clock::now() : Clock::time_point();
      const bool buffered = k + 1 < steps || chain.gathers;
      const Use use = use_of(chain.bands[k], chain.layouts[k].height, begin, time);
      if (buffered && time > first && chain.bands[k].halo > 0) keep_halo(chain, k, turn);
      if (use == Use::kRows) {
        run_band(chain, k, time, turn);
        if (k + 1 == steps && chain.gathers) gather_band(chain, time, turn);
      } else if (use == Use::kZeros && buffered) {
        const PlaneLayout& layout = chain.layouts[k];
        float* rows =
            band(chain, k, time, turn) + layout.first + chain.bands[k].first_row(time) * layout.row;
        for (std::int64_t c = 0; c < layout.channels; ++c) {
          std::fill_n(rows + c * layout.plane, chain.bands[k].rows * layout.row, 0.0F);
        }
      }
      if (turn.seconds == nullptr) continue;
      (*turn.seconds)[chain.begin + k] +=
          std::chrono::duration<double>(Clock::now() - started).count() /
          static_cast<double>(chain.parts);
    }
  }
  const std::int64_t channels = chain.output_layout.channels;
  clear_frames(chain.output_layout, memory(chain.output, turn.sample, turn.owner),
               channels * part / chain.parts, channels * (part + 1) / chain.parts);
}

}  // namespace gcompress::engine
