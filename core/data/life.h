// Conway's Game of Life: the rule, generated boards, and the proof of a perfect one-step player.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "gcompress/core/data/dataset.h"

namespace gcompress::data {

enum class LifeBorder { kTorus, kDead };

// One step on a board of height x width cells, row-major, 0 or 1. The naive reference: it looks at
// eight neighbours, one after the other. `before` and `after` must not overlap.
void life_step(std::span<const std::uint8_t> before, std::span<std::uint8_t> after,
               std::int64_t height, std::int64_t width, LifeBorder border);

struct LifeBoards {
  std::int64_t height = 8;
  std::int64_t width = 8;
  std::int64_t steps = 1;
  std::int64_t count = 20000;
  float least_density = 0.4F;  // share of living cells; drawn uniformly for each board
  float most_density = 0.4F;
  LifeBorder border = LifeBorder::kTorus;
  std::uint64_t seed = 0;
  std::string purpose = "train";  // boards of different purposes come from disjoint random streams
};

// Random boards [1, H, W] and the boards after so many steps, as float 0 and 1. Board i is made
// from (seed, "life " + purpose, i) when it is read; nothing is stored.
std::shared_ptr<const Source> life_source(const LifeBoards& boards);

// All 512 boards of 3 x 3 cells with the boards one step later. The middle cell sees every
// neighbourhood exactly once, whatever the border, so a network that looks no further than one cell
// (any that plays one step) and gets all these boards right plays every board of any size right.
Dataset life_neighbourhoods(LifeBorder border = LifeBorder::kTorus);

}  // namespace gcompress::data
