// All 512 neighbourhoods through an executor.
#include "gcompress/core/execute/life.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "gcompress/core/base/error.h"
#include "gcompress/core/data/life.h"
#include "gcompress/core/data/memory_source.h"
#include "gcompress/core/data/splits.h"
#include "gcompress/core/execute/feed.h"

namespace gcompress::execute {
namespace {

// The size of the board in one direction: what the network declares, or 3.
std::int64_t board_side(const graph::Value& input, std::size_t dimension) {
  if (!input.shape || input.shape->size() != 4) return 3;
  const graph::Dimension& side = (*input.shape)[dimension];
  if (side.known() && side.size < 3) {
    throw_usage("the network takes boards of " + std::to_string(side.size) +
                    " cells across, a neighbourhood has 3",
                "give it a larger board");
  }
  return side.known() ? side.size : 3;
}

// The 3 x 3 boards with their middle moved to the middle (height / 2, width / 2) of a larger one.
Tensor embedded(const Tensor& boards, std::int64_t height, std::int64_t width) {
  const auto cells = boards.as<float>();
  const auto area = static_cast<std::size_t>(height * width);
  std::vector<float> large(512 * area, 0.0F);
  for (std::size_t board = 0; board < 512; ++board) {
    for (std::size_t cell = 0; cell < 9; ++cell) {
      const auto row = static_cast<std::size_t>(height / 2 - 1) + cell / 3;
      const auto column = static_cast<std::size_t>(width / 2 - 1) + cell % 3;
      large[board * area + row * static_cast<std::size_t>(width) + column] =
          cells[board * 9 + cell];
    }
  }
  return Tensor::from({512, 1, height, width}, std::move(large));
}

// The neighbourhoods as data for boards of this size.
data::Dataset as_boards(const Tensor& neighbourhoods, std::int64_t height, std::int64_t width) {
  return {.source = std::make_shared<data::MemorySource>(
              std::vector<data::MemorySource::Part>{{"", embedded(neighbourhoods, height, width)}},
              std::nullopt),
          .indices = data::all_indices(512),
          .preprocessing = {},
          .classes = {},
          .name = "life neighbourhoods"};
}

void require_player(Executor& executor) {
  if (executor.inputs().size() == 1 && executor.outputs().size() == 1) return;
  throw_usage("a Game of Life player has one input and one output, this network has " +
              std::to_string(executor.inputs().size()) + " and " +
              std::to_string(executor.outputs().size()));
}

}  // namespace

std::int64_t neighbourhoods_right(Executor& executor, bool outputs_are_probabilities) {
  require_player(executor);
  const data::Batch all = data::life_neighbourhoods().batch(data::all_indices(512));
  const auto labels = all.labels.as<float>();
  const std::int64_t height = board_side(executor.inputs().front(), 2);
  const std::int64_t width = board_side(executor.inputs().front(), 3);
  const data::Dataset boards = as_boards(all.inputs.front().second, height, width);
  const auto area = static_cast<std::size_t>(height * width);
  const auto middle = static_cast<std::size_t>((height / 2) * width + width / 2);
  const float threshold = outputs_are_probabilities ? 0.5F : 0.0F;
  Feed feed(executor, boards);
  const std::int64_t step = feed.batch_size(512);
  std::int64_t right = 0;
  for (std::int64_t first = 0; first < 512; first += step) {
    std::vector<std::int64_t> positions(static_cast<std::size_t>(std::min(step, 512 - first)));
    std::iota(positions.begin(), positions.end(), first);
    const Values outputs = feed.run(boards.batch(positions));
    const Tensor& output = outputs.begin()->second;
    if (output.size() != static_cast<std::int64_t>(positions.size() * area)) {
      throw_usage("the network's output has shape " + to_string(output.shape()) +
                  ", its input boards of " + to_string({1, height, width}));
    }
    const std::vector<float> logits = to_float32(output);
    for (std::size_t i = 0; i < positions.size(); ++i) {
      const float logit = logits[i * area + middle];
      const bool lives = labels[static_cast<std::size_t>(positions[i]) * 9 + 4] > 0.5F;
      if (!std::isnan(logit) && (logit > threshold) == lives) ++right;
    }
  }
  return right;
}

}  // namespace gcompress::execute
