// Boards of the Game of Life, made when they are read.
#include "gcompress/core/data/life.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "gcompress/core/base/random.h"
#include "gcompress/core/data/formats.h"
#include "gcompress/core/data/memory_source.h"
#include "gcompress/core/data/splits.h"

namespace gcompress::data {
namespace {

bool alive(std::span<const std::uint8_t> board, std::int64_t row, std::int64_t column,
           std::int64_t height, std::int64_t width, LifeBorder border) {
  if (border == LifeBorder::kTorus) {
    row = (row + height) % height;
    column = (column + width) % width;
  } else if (row < 0 || row >= height || column < 0 || column >= width) {
    return false;
  }
  return board[static_cast<std::size_t>(row * width + column)] != 0;
}

constexpr std::int64_t kMostBoards = 20'000'000;  // a list of sample numbers is kept: 160 MB

class LifeSource : public Source {
 public:
  explicit LifeSource(LifeBoards boards)
      : boards_(std::move(boards)),
        inputs_{{.name = "", .dtype = DataType::kFloat32, .shape = shape()}},
        labels_{.name = "labels", .dtype = DataType::kFloat32, .shape = shape()} {}

  std::int64_t size() const override { return boards_.count; }
  const std::vector<Column>& inputs() const override { return inputs_; }
  const Column* labels() const override { return &labels_; }
  Tensor read(std::size_t column, std::span<const std::int64_t> indices) const override;

 private:
  Shape shape() const { return {1, boards_.height, boards_.width}; }
  void draw(std::int64_t index, std::vector<std::uint8_t>& board) const;

  LifeBoards boards_;
  std::vector<Column> inputs_;
  Column labels_;
};

void LifeSource::draw(std::int64_t index, std::vector<std::uint8_t>& board) const {
  RandomStream random(boards_.seed, "life " + boards_.purpose, 0,
                      static_cast<std::uint64_t>(index));
  const float density =
      boards_.least_density + (boards_.most_density - boards_.least_density) * random.uniform();
  for (std::uint8_t& cell : board) cell = random.uniform() < density ? 1 : 0;
}

Tensor LifeSource::read(std::size_t column, std::span<const std::int64_t> indices) const {
  const auto cells = static_cast<std::size_t>(boards_.height * boards_.width);
  std::vector<std::uint8_t> board(cells);
  std::vector<std::uint8_t> next(cells);
  std::vector<float> values(indices.size() * cells);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    GCOMPRESS_CHECK(indices[i] >= 0 && indices[i] < boards_.count);
    draw(indices[i], board);
    for (std::int64_t step = 0; column == 1 && step < boards_.steps; ++step) {
      life_step(board, next, boards_.height, boards_.width, boards_.border);
      board.swap(next);
    }
    for (std::size_t cell = 0; cell < cells; ++cell) values[i * cells + cell] = board[cell];
  }
  return Tensor::from({static_cast<std::int64_t>(indices.size()), 1, boards_.height, boards_.width},
                      std::move(values));
}

LifeBoards read_options(Specification& specification, const OpenOptions& options) {
  LifeBoards boards;
  const auto sizes = specification.sizes("size", {8});
  boards.height = sizes.front();
  boards.width = sizes.back();
  if (sizes.size() > 2 || boards.height < 3 || boards.width < 3 || boards.height > 1024 ||
      boards.width > 1024) {
    throw_usage("\"" + specification.text() + "\": the size of a board",
                "give size=8 or size=8x12, from 3 to 1024 each way");
  }
  boards.steps = specification.integer("steps", boards.steps, 1, 1000);
  boards.count = specification.integer("count", boards.count, 12, kMostBoards);
  const auto density = specification.numbers("density", {0.4F});
  boards.least_density = density.front();
  boards.most_density = density.back();
  if (density.size() > 2 || !(density.front() > 0) || !(density.back() < 1) ||
      density.front() > density.back()) {
    throw_usage("\"" + specification.text() + "\": the density of living cells",
                "give density=0.4, or density=0.1/0.9 for one drawn for each board");
  }
  boards.seed = static_cast<std::uint64_t>(specification.integer(
      "seed", static_cast<std::int64_t>(options.seed), std::numeric_limits<std::int64_t>::min(),
      std::numeric_limits<std::int64_t>::max()));
  const std::string border = specification.choice("border", "torus", {"torus", "dead"});
  boards.border = border == "torus" ? LifeBorder::kTorus : LifeBorder::kDead;
  return boards;
}

}  // namespace

void life_step(std::span<const std::uint8_t> before, std::span<std::uint8_t> after,
               std::int64_t height, std::int64_t width, LifeBorder border) {
  for (std::int64_t row = 0; row < height; ++row) {
    for (std::int64_t column = 0; column < width; ++column) {
      int neighbours = 0;
      for (std::int64_t up = -1; up <= 1; ++up) {
        for (std::int64_t left = -1; left <= 1; ++left) {
          if (up == 0 && left == 0) continue;
          if (alive(before, row + up, column + left, height, width, border)) ++neighbours;
        }
      }
      const auto cell = static_cast<std::size_t>(row * width + column);
      after[cell] = neighbours == 3 || (neighbours == 2 && before[cell] != 0) ? 1 : 0;
    }
  }
}

std::shared_ptr<const Source> life_source(const LifeBoards& boards) {
  return std::make_shared<LifeSource>(boards);
}

DataParts open_life(Specification& specification, const OpenOptions& options, const RunContext&) {
  LifeBoards boards = read_options(specification, options);
  const std::int64_t test_count =
      specification.integer("test", std::max<std::int64_t>(1, boards.count / 5), 1, kMostBoards);
  specification.finish();
  const auto part = [&boards](const char* purpose, std::int64_t count, std::int64_t limit) {
    boards.purpose = purpose;
    if (limit == 0) throw_usage("a limit of 0 samples", "ask for at least 1");
    boards.count = limit < 0 ? count : std::min(count, limit);
    return Dataset{.source = life_source(boards),
                   .indices = all_indices(boards.count),
                   .preprocessing = {},
                   .classes = {},
                   .name = std::string("life ") + purpose};
  };
  const std::int64_t count = boards.count;
  return {.train = part("train", count, options.train_limit),
          .tune = part("tune", tune_count(count, options), -1),
          .test = part("test", test_count, options.test_limit),
          .task = "cells",
          .life_steps = boards.steps};
}

Dataset life_neighbourhoods(LifeBorder border) {
  constexpr std::int64_t kBoards = 512;
  std::vector<float> inputs;
  std::vector<float> labels;
  std::vector<std::uint8_t> board(9);
  std::vector<std::uint8_t> next(9);
  for (unsigned bits = 0; bits < kBoards; ++bits) {
    for (unsigned cell = 0; cell < 9; ++cell) {
      board[cell] = static_cast<std::uint8_t>((bits >> cell) & 1U);
    }
    life_step(board, next, 3, 3, border);
    inputs.insert(inputs.end(), board.begin(), board.end());
    labels.insert(labels.end(), next.begin(), next.end());
  }
  auto source = std::make_shared<MemorySource>(
      std::vector<MemorySource::Part>{{"", Tensor::from({kBoards, 1, 3, 3}, std::move(inputs))}},
      MemorySource::Part{"labels", Tensor::from({kBoards, 1, 3, 3}, std::move(labels))});
  return {.source = std::move(source),
          .indices = all_indices(kBoards),
          .preprocessing = {},
          .classes = {},
          .name = "life neighbourhoods"};
}

}  // namespace gcompress::data
