// The Game of Life against boards everyone knows, and the generated data.
#include "gcompress/core/data/life.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/scratch.h"

namespace gcompress::data {
namespace {

using Board = std::vector<std::uint8_t>;

Board step(const Board& board, std::int64_t height, std::int64_t width, LifeBorder border) {
  Board next(board.size());
  life_step(board, next, height, width, border);
  return next;
}

TEST(Life, ABlinkerTurnsAndComesBack) {
  const Board lying = {0, 0, 0, 0, 0,  //
                       0, 0, 0, 0, 0,  //
                       0, 1, 1, 1, 0,  //
                       0, 0, 0, 0, 0,  //
                       0, 0, 0, 0, 0};
  const Board standing = {0, 0, 0, 0, 0,  //
                          0, 0, 1, 0, 0,  //
                          0, 0, 1, 0, 0,  //
                          0, 0, 1, 0, 0,  //
                          0, 0, 0, 0, 0};
  for (const LifeBorder border : {LifeBorder::kTorus, LifeBorder::kDead}) {
    EXPECT_EQ(step(lying, 5, 5, border), standing);
    EXPECT_EQ(step(standing, 5, 5, border), lying);
  }
}

TEST(Life, AGliderOnATorusComesHomeAfterFourStepsACell) {
  Board board(7 * 6, 0);
  for (const std::size_t cell : {1U, 6U + 2U, 12U + 0U, 12U + 1U, 12U + 2U}) board[cell] = 1;
  const Board start = board;
  for (int i = 0; i < 4 * 42; ++i) board = step(board, 7, 6, LifeBorder::kTorus);
  EXPECT_EQ(board, start);
}

TEST(Life, TheBorderDecidesWhatACornerSees) {
  Board board(16, 0);
  board[3] = board[12] = board[15] = 1;  // the other three corners
  EXPECT_EQ(step(board, 4, 4, LifeBorder::kTorus)[0], 1);
  EXPECT_EQ(step(board, 4, 4, LifeBorder::kDead)[0], 0);
}

TEST(Life, LabelsAreTheBoardAfterTheSteps) {
  const auto parts = open("life:size=5x6,steps=3,count=50,seed=4", {}, {});
  EXPECT_EQ(parts.task, "cells");
  const auto batch = parts.train.batch(std::vector<std::int64_t>{7, 49, 7});
  ASSERT_EQ(batch.inputs.front().second.shape(), (Shape{3, 1, 5, 6}));
  const auto inputs = batch.inputs.front().second.as<float>();
  const auto labels = batch.labels.as<float>();
  for (std::size_t sample = 0; sample < 3; ++sample) {
    Board board(inputs.begin() + static_cast<std::ptrdiff_t>(sample * 30),
                inputs.begin() + static_cast<std::ptrdiff_t>(sample * 30 + 30));
    for (int i = 0; i < 3; ++i) board = step(board, 5, 6, LifeBorder::kTorus);
    for (std::size_t cell = 0; cell < 30; ++cell) {
      EXPECT_EQ(labels[sample * 30 + cell], board[cell]);
    }
  }
}

TEST(Life, PartsComeFromDisjointStreamsAndTheSeedDecides) {
  const auto first = [](const Dataset& data) {
    const auto batch = data.batch(std::vector<std::int64_t>{0});
    const auto cells = batch.inputs.front().second.as<float>();
    return std::vector<float>(cells.begin(), cells.end());
  };
  const auto parts = open("life:size=8,seed=1", {}, {});
  EXPECT_NE(first(parts.train), first(parts.tune));
  EXPECT_NE(first(parts.train), first(parts.test));
  EXPECT_NE(first(parts.tune), first(parts.test));
  EXPECT_EQ(first(parts.train), first(open("life:size=8,seed=1", {.seed = 9}, {}).train));
  EXPECT_NE(first(parts.train), first(open("life:size=8", {.seed = 9}, {}).train));
  EXPECT_EQ(parts.train.size(), 20000);
  EXPECT_EQ(parts.tune.size(), 20000 / 12);
  EXPECT_EQ(parts.test.size(), 4000);
}

TEST(Life, TheDensityIsTheShareOfLivingCells) {
  const auto parts = open("life:size=32,count=100,density=0.1", {}, {});
  double living = 0;
  const auto batch = parts.train.batch(std::vector<std::int64_t>(parts.train.indices));
  for (const float cell : batch.inputs.front().second.as<float>()) living += cell;
  // 102,400 cells: a standard deviation of 0.001.
  EXPECT_NEAR(living / (100 * 32 * 32), 0.1, 0.005);
}

TEST(Life, AllNeighbourhoodsOccurOnceAndTheirMiddleFollowsTheRule) {
  for (const LifeBorder border : {LifeBorder::kTorus, LifeBorder::kDead}) {
    const Dataset data = life_neighbourhoods(border);
    ASSERT_EQ(data.size(), 512);
    const auto batch = data.batch(data.indices);
    const auto cells = batch.inputs.front().second.as<float>();
    const auto labels = batch.labels.as<float>();
    std::set<std::vector<float>> seen;
    for (std::size_t board = 0; board < 512; ++board) {
      const std::vector<float> nine(cells.begin() + static_cast<std::ptrdiff_t>(board * 9),
                                    cells.begin() + static_cast<std::ptrdiff_t>(board * 9 + 9));
      seen.insert(nine);
      float neighbours = -nine[4];
      for (const float cell : nine) neighbours += cell;
      const bool lives = neighbours == 3 || (nine[4] == 1 && neighbours == 2);
      EXPECT_EQ(labels[board * 9 + 4], lives ? 1 : 0);
    }
    EXPECT_EQ(seen.size(), 512U);
  }
}

TEST(Life, BadOptionsAreUsageErrors) {
  for (const char* text : {"life:size=2", "life:size=8x8x8", "life:density=0", "life:density=1",
                           "life:density=0.9/0.1", "life:steps=0", "life:border=klein",
                           "life:speed=3", "life:count=1"}) {
    EXPECT_NE(testing::thrown_by([&] { open(text, {}, {}); }).find(text), std::string::npos)
        << text;
  }
  EXPECT_NE(testing::thrown_by([] { open("lif:", {}, {}); }).find("mnist"), std::string::npos);
}

}  // namespace
}  // namespace gcompress::data
