// Scores of blocks, and what N:M leaves eligible.
#include "gcompress/prune/pattern_units.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "gcompress/prune/criterion_rows.h"

namespace gcompress::prune {
namespace {

using graph::MatrixView;
using graph::Pattern;

constexpr float kRemoved = -std::numeric_limits<float>::infinity();

// Scores of all elements; what is removed already scores the lowest.
std::vector<float> scores_of(const AllocateInputs& inputs, const graph::Weight& weight,
                             float removed) {
  constexpr std::int64_t kPiece = 1 << 16;
  std::vector<float> scores(static_cast<std::size_t>(weight.size()));
  const Tensor& value = present_value(inputs, weight);
  for (std::int64_t begin = 0; begin < weight.size(); begin += kPiece) {
    const auto count = static_cast<std::size_t>(std::min(kPiece, weight.size() - begin));
    inputs.score(weight, value, begin,
                 std::span(scores).subspan(static_cast<std::size_t>(begin), count));
  }
  if (const graph::Mask* within = mask_within(inputs, weight)) {
    for (std::int64_t i = 0; i < weight.size(); ++i) {
      if (!within->test(i)) scores[static_cast<std::size_t>(i)] = removed;
    }
  }
  return scores;
}

// The blocks of one weight, row by row of blocks.
struct Blocks {
  const graph::Weight* elements = nullptr;
  MatrixView view;
  std::int64_t rows = 1;  // of a block
  std::int64_t columns = 1;

  std::int64_t blocks_down() const { return (view.rows + rows - 1) / rows; }
  std::int64_t blocks_across() const { return (view.columns() + columns - 1) / columns; }

  template <typename Visit>
  void for_each_element(std::int64_t block, Visit&& visit) const {
    const std::int64_t row = block / blocks_across() * rows;
    const std::int64_t column = block % blocks_across() * columns;
    for (std::int64_t r = row; r < std::min(view.rows, row + rows); ++r) {
      for (std::int64_t c = column; c < std::min(view.columns(), column + columns); ++c) {
        visit(view.element(r, c));
      }
    }
  }
};

// A network of blocks: weights whose elements are the scores of blocks.
struct BlockNetwork {
  std::vector<Blocks> blocks;
  std::vector<graph::Weight> weights;
  graph::Masks within;                // blocks of which anything is left
  const graph::Masks* elements_left;  // null: all
};

float score_of_block(const Blocks& blocks, std::int64_t block, const std::vector<float>& scores,
                     bool scores_add_up) {
  double sum = 0;
  std::int64_t count = 0;
  blocks.for_each_element(block, [&](std::int64_t element) {
    const double score = scores[static_cast<std::size_t>(element)];
    sum += scores_add_up ? score : score * score;
    ++count;
  });
  const double mean = sum / static_cast<double>(count);
  return static_cast<float>(scores_add_up ? mean : std::sqrt(mean));
}

void add_weight(const AllocateInputs& inputs, const graph::Weight& weight,
                const PatternOptions& options, BlockNetwork& network) {
  const Blocks blocks{.elements = &weight,
                      .view = *graph::matrix_view(weight),
                      .rows = options.pattern.rows,
                      .columns = options.pattern.columns};
  const std::vector<float> scores = scores_of(inputs, weight, 0);
  const std::int64_t count = blocks.blocks_down() * blocks.blocks_across();
  std::vector<float> block_scores;
  block_scores.reserve(static_cast<std::size_t>(count));
  for (std::int64_t block = 0; block < count; ++block) {
    block_scores.push_back(score_of_block(blocks, block, scores, inputs.scores_add_up));
  }
  graph::Weight unit = weight;
  unit.output_axis = 0;
  unit.input_axis = 1;
  const Shape shape = {blocks.blocks_down(), blocks.blocks_across()};
  unit.value = Tensor::from<float>(shape, block_scores);
  if (const graph::Mask* within = mask_within(inputs, weight)) {
    graph::Mask left(shape, false);
    for (std::int64_t block = 0; block < count; ++block) {
      blocks.for_each_element(block, [&](std::int64_t element) {
        if (within->test(element)) left.set(block, true);
      });
    }
    network.within[weight.id] = std::move(left);
  }
  network.weights.push_back(std::move(unit));
  network.blocks.push_back(blocks);
}

graph::Mask elements_of(const Blocks& blocks, const graph::Mask& chosen,
                        const graph::Mask* within) {
  graph::Mask mask(blocks.elements->value.shape(), false);
  for (std::int64_t block = 0; block < chosen.size(); ++block) {
    if (!chosen.test(block)) continue;
    blocks.for_each_element(block, [&](std::int64_t element) {
      if (within == nullptr || within->test(element)) mask.set(element, true);
    });
  }
  return mask;
}

PreparedAllocation prepare_blocks(const AllocationRow& row, AllocateInputs inputs,
                                  const PatternOptions& options) {
  const std::int64_t size = options.pattern.rows * options.pattern.columns;
  auto network = std::make_shared<BlockNetwork>();
  network->elements_left = inputs.within;
  for (const graph::Weight* weight : inputs.weights) {
    add_weight(inputs, *weight, options, *network);
  }
  AllocateInputs units = inputs;
  units.weights.clear();
  for (const graph::Weight& weight : network->weights) units.weights.push_back(&weight);
  units.values.clear();
  units.within = inputs.within == nullptr ? nullptr : &network->within;
  units.floor_count = (inputs.floor_count + size - 1) / size;
  units.score = [](const graph::Weight&, const Tensor& value, std::int64_t begin,
                   std::span<float> out) { read_floats(value, begin, out); };
  const AllocationLimits limits = allocation_limits(units);
  Allocator choose = row.prepare(std::move(units));
  Allocator allocate = [network, choose, size](std::int64_t keep) {
    Allocation chosen = choose(keep / size);
    chosen.kept = 0;
    for (const Blocks& blocks : network->blocks) {
      graph::Mask& mask = chosen.masks.at(blocks.elements->id);
      const graph::Mask* within = nullptr;
      if (network->elements_left != nullptr) {
        const auto found = network->elements_left->find(blocks.elements->id);
        if (found != network->elements_left->end()) within = &found->second;
      }
      mask = elements_of(blocks, mask, within);
      chosen.kept += mask.kept();
    }
    return chosen;
  };
  return {{.least = limits.least * size, .most = limits.most * size}, std::move(allocate)};
}

// How many of a group stay at this point of a schedule.
std::int64_t relaxed(std::int64_t least, std::int64_t all, double density) {
  const auto share = static_cast<std::int64_t>(std::ceil(density * static_cast<double>(all)));
  return density >= 1 ? all : std::clamp(share, least, all);
}

// Drops all but the best `keep` of these elements; ties go to the earlier.
void keep_best(std::vector<std::int64_t>& elements, std::int64_t keep,
               const std::vector<float>& scores, graph::Mask& eligible) {
  if (std::ssize(elements) <= keep) return;
  std::nth_element(elements.begin(), elements.begin() + keep, elements.end(),
                   [&](std::int64_t a, std::int64_t b) {
                     const float first = scores[static_cast<std::size_t>(a)];
                     const float second = scores[static_cast<std::size_t>(b)];
                     return first != second ? first > second : a < b;
                   });
  for (auto i = static_cast<std::size_t>(keep); i < elements.size(); ++i) {
    eligible.set(elements[i], false);
  }
}

// Columns of a tile by the sums of their scores, the best first.
std::vector<std::int64_t> best_columns(const MatrixView& view, std::int64_t row,
                                       std::int64_t rows_end, std::int64_t column,
                                       std::int64_t columns_end, bool scores_add_up,
                                       const std::vector<float>& scores) {
  std::vector<std::pair<double, std::int64_t>> sums;
  for (std::int64_t c = column; c < columns_end; ++c) {
    double sum = 0;
    for (std::int64_t r = row; r < rows_end; ++r) {
      const double score = scores[static_cast<std::size_t>(view.element(r, c))];
      if (std::isfinite(score)) sum += scores_add_up ? score : score * score;
    }
    sums.emplace_back(-sum, c);
  }
  std::ranges::sort(sums);
  std::vector<std::int64_t> columns;
  for (const auto& [sum, c] : sums) columns.push_back(c);
  return columns;
}

void keep_few(const MatrixView& view, const PatternOptions& options, bool scores_add_up,
              const std::vector<float>& scores, graph::Mask& eligible) {
  const Pattern& pattern = options.pattern;
  const bool tiles = pattern.kind == Pattern::Kind::kVNofM;
  const std::int64_t v = tiles ? pattern.v : 1;
  const std::int64_t keep = relaxed(pattern.n, pattern.m, options.density);
  const std::int64_t shared = relaxed(2 * pattern.n, pattern.m, 2 * options.density);
  std::vector<std::int64_t> elements;
  for (std::int64_t row = 0; row < view.rows; row += v) {
    const std::int64_t rows_end = std::min(view.rows, row + v);
    for (std::int64_t column = 0; column < view.columns(); column += pattern.m) {
      const std::int64_t columns_end = std::min(view.columns(), column + pattern.m);
      std::vector<std::int64_t> columns;
      if (tiles) {
        columns = best_columns(view, row, rows_end, column, columns_end, scores_add_up, scores);
        for (std::int64_t i = shared; i < std::ssize(columns); ++i) {
          for (std::int64_t r = row; r < rows_end; ++r) {
            eligible.set(view.element(r, columns[static_cast<std::size_t>(i)]), false);
          }
        }
        columns.resize(static_cast<std::size_t>(std::min(shared, columns_end - column)));
      } else {
        for (std::int64_t c = column; c < columns_end; ++c) columns.push_back(c);
      }
      for (std::int64_t r = row; r < rows_end; ++r) {
        elements.clear();
        for (const std::int64_t c : columns) elements.push_back(view.element(r, c));
        keep_best(elements, keep, scores, eligible);
      }
    }
  }
}

PreparedAllocation prepare_eligible(const AllocationRow& row, AllocateInputs inputs,
                                    const PatternOptions& options) {
  auto eligible = std::make_shared<graph::Masks>();
  for (const graph::Weight* weight : inputs.weights) {
    const graph::Mask* within = mask_within(inputs, *weight);
    graph::Mask mask = within == nullptr ? graph::Mask(weight->value.shape(), true) : *within;
    keep_few(*graph::matrix_view(*weight), options, inputs.scores_add_up,
             scores_of(inputs, *weight, kRemoved), mask);
    (*eligible)[weight->id] = std::move(mask);
  }
  inputs.within = eligible.get();
  const AllocationLimits limits = allocation_limits(inputs);
  Allocator choose = row.prepare(std::move(inputs));
  return {limits, [eligible, choose](std::int64_t keep) { return choose(keep); }};
}

}  // namespace

PreparedAllocation prepare_allocation(const AllocationRow& row, AllocateInputs inputs,
                                      const PatternOptions& options) {
  switch (options.pattern.kind) {
    case Pattern::Kind::kBlock:
      return prepare_blocks(row, std::move(inputs), options);
    case Pattern::Kind::kNofM:
    case Pattern::Kind::kVNofM:
      return prepare_eligible(row, std::move(inputs), options);
    case Pattern::Kind::kUnstructured:
    case Pattern::Kind::kChannel:
      break;
  }
  const AllocationLimits limits = allocation_limits(inputs);
  return {limits, row.prepare(std::move(inputs))};
}

}  // namespace gcompress::prune
