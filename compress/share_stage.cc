// The row of the stage "share", and what it does without training.
#include "gcompress/compress/share_stage.h"

#include <fmt/format.h>

#include <algorithm>

#include "gcompress/compress/fit_options.h"

namespace gcompress::compress {
namespace {

std::vector<OptionRow> share_options() {
  std::vector<OptionRow> rows = {
      {.name = "bits",
       .fallback = std::int64_t{0},
       .help = "up to 2^BITS values in every weight; 0: as the next two say",
       .least = 0,
       .most = 16},
      {.name = "kernel-bits",
       .fallback = std::int64_t{8},
       .help = "for kernels of convolutions",
       .least = 1,
       .most = 16},
      {.name = "other-bits",
       .fallback = std::int64_t{5},
       .help = "for all other weights",
       .least = 1,
       .most = 16},
      {.name = "freeze-statistics",
       .fallback = false,
       .help = "train with batch-norm statistics as they are, not by batches"},
  };
  for (const auto& options : {teacher_options("first"), fit_options()}) {
    rows.insert(rows.end(), options.begin(), options.end());
  }
  set_default(rows, "epochs", std::int64_t{2});
  set_default(rows, "learning-rate", 2e-4);
  return rows;
}

quantize::ShareOptions options_of(const Settings& settings) {
  const auto all = static_cast<int>(settings.integer("bits"));
  if (all > 0) return {.kernel_bits = all, .other_bits = all};
  return {.kernel_bits = static_cast<int>(settings.integer("kernel-bits")),
          .other_bits = static_cast<int>(settings.integer("other-bits"))};
}

// "Values are shared within 3 weights: 4947 different ones became 41. That moves 'fc1' most, by
// 0.0537 of its norm."
std::string note_of(const quantize::Shared& shared) {
  std::int64_t before = 0;
  std::size_t after = 0;
  for (const auto& [id, weight] : shared.weights) {
    before += weight.clusters.different;
    after += weight.clusters.centroids.size();
  }
  const auto& [id, farthest] = *std::ranges::max_element(
      shared.weights, {}, [](const auto& entry) { return entry.second.relative_distance; });
  return fmt::format(
      "Values are shared within {} weight{}: {} different ones became {}. That moves '{}' most, by "
      "{:.3g} of its norm.",
      shared.weights.size(), shared.weights.size() == 1 ? "" : "s", before, after, farthest.layer,
      farthest.relative_distance);
}

void run_share_once(Settings& settings, StageState& state, const StageContext& context) {
  share_once(settings, state, context);
}

}  // namespace

StageRow share_stage() {
  return {.name = "share",
          .summary = "let weights take one of a few values, and train those values",
          .options = share_options(),
          .compresses = true,
          .needs_training =
              [](const Settings& settings, const Settings& common) {
                return !common.text("data").empty() && settings.integer("epochs") > 0;
              },
          .run = run_share_once};
}

quantize::Shared share_once(const Settings& settings, StageState& state,
                            const StageContext& context) {
  quantize::Shared shared =
      quantize::share_weights(state.network, options_of(settings), context.run);
  state.network = shared.network;
  std::string note = note_of(shared);
  context.run.say(note);
  state.notes.push_back(std::move(note));
  return shared;
}

}  // namespace gcompress::compress
