// Panel rows against the loop over taps (which has sums in double as its oracle), on every
// instruction set that this processor has.
#include "gcompress/core/kernels/cpu/panel_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "gcompress/core/base/random.h"
#include "tests/core/kernels/cpu/every_target.h"

namespace gcompress::kernels {
namespace {

// Small integers, so that every order of sums is exact.
std::vector<float> integers(std::int64_t count, std::uint64_t seed) {
  RandomStream random(seed, "panel rows");
  std::vector<float> values(static_cast<std::size_t>(count));
  std::ranges::generate(values, [&] { return std::round(3 * random.normal()); });
  return values;
}

// Every fourth row is empty, the one behind it full. Offsets `step` apart from `first` on.
TapRows make_rows(std::int64_t rows, std::int64_t k, double density, std::int64_t step,
                  std::int64_t first = 0) {
  RandomStream random(9, "panel rows");
  TapRows made;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < k; ++c) {
      const bool kept = r % 4 == 2 ? false : r % 4 == 3 || random.uniform() < density;
      if (kept) {
        made.add_tap(static_cast<std::int32_t>(first + c * step),
                     1 + std::round(3 * random.normal()));
      }
    }
    made.end_row();
  }
  return made;
}

struct Given {
  std::int64_t rows, k, width;
  PanelShape shape;
};

void expect_like_the_loop(const char* target, const Given& given, double density) {
  const std::int64_t width = given.width;
  const std::int64_t stride = width + 3;
  const auto x = integers(given.k * width, 1);
  const auto bias = integers(given.rows, 2);
  const auto add = integers(given.rows * stride, 3);
  const Epilogue epilogue{
      .bias = bias.data(), .add = add.data(), .add_stride = stride, .low = -30, .high = 60};
  const TapRows taps = make_rows(given.rows, given.k, density, width);
  std::vector<float> expected(static_cast<std::size_t>(given.rows * stride), -99);
  multiply_tap_rows(taps, {0, given.rows}, x.data(), width, expected.data(), stride, epilogue);
  const PanelRows matrix =
      panel_rows_of_matrix(make_rows(given.rows, given.k, density, 1), given.shape);
  const PanelRows copied = panel_rows_of_taps(taps, given.shape);
  for (const PanelRows* panels : {&matrix, &copied}) {
    std::vector<float> panel = x;
    if (panels == &copied) {
      panel.assign(copied.offsets.size() * static_cast<std::size_t>(width), -77);
      copy_panel(copied, width, x.data(), panel.data());
    }
    std::vector<float> y(expected.size(), -99);
    const std::int64_t middle = panels->parts() / 2;
    multiply_panel_rows(*panels, {middle, panels->parts()}, width, panel.data(), y.data(), stride,
                        epilogue);
    multiply_panel_rows(*panels, {0, middle}, width, panel.data(), y.data(), stride, epilogue);
    EXPECT_EQ(y, expected) << target << ", " << given.rows << " x " << given.k << ", width "
                           << width << ", density " << density << ", " << panels->blocks
                           << " blocks of " << panels->parts() << " parts"
                           << (panels == &copied ? ", copied" : "");
  }
}

TEST(PanelRows, EqualTheLoopOverTapsForAllSizes) {
  on_every_target([](const char* target) {
    for (const std::int64_t width : {4, 8, 16, 32, 48, 64}) {
      for (const std::int64_t rows : {1, 5, 37}) {
        for (const std::int64_t k : {1, 6, 50}) {
          for (const double density : {0.0, 0.2, 1.0}) {
            // Blocks of about seven places, and one block.
            for (const std::int64_t floats : {7 * width, std::int64_t{9'216}}) {
              for (const std::int64_t part_rows : {8, 512}) {
                expect_like_the_loop(
                    target,
                    {rows,
                     k,
                     width,
                     {.width = width, .part_rows = part_rows, .block_floats = floats}},
                    density);
              }
            }
          }
        }
      }
    }
  });
}

TEST(PanelRows, FewerColumnsThanThePanelHasAndMasks) {
  on_every_target([](const char* target) {
    constexpr std::int64_t kColumns = 32, kStride = 80;
    // Taps of a convolution: neighbours, and rows far apart.
    TapRows taps;
    const auto weights = integers(9 * 3 * 18, 4);
    for (std::size_t r = 0; r < 18; ++r) {
      for (std::size_t t = 0; t < 27; ++t) {
        const float value = weights[r * 27 + t];
        if (value > 2) {
          taps.add_tap(static_cast<std::int32_t>(t / 9 * 200 + t / 3 % 3 * 20 + t % 3), value);
        }
      }
      taps.end_row();
    }
    const auto x = integers(2 * 200 + 2 * 20 + 2 + kColumns, 5);
    std::vector<std::uint32_t> keep(kColumns, ~std::uint32_t{0});
    for (std::size_t i = 0; i < keep.size(); i += 5) keep[i] = 0;
    const Epilogue epilogue{.keep = keep.data()};
    std::vector<float> expected(18 * kStride, -99);
    multiply_tap_rows(taps, {0, 18}, x.data(), kColumns, expected.data(), kStride, epilogue);
    const PanelRows panels =
        panel_rows_of_taps(taps, {.width = 48, .part_rows = 7, .block_floats = 48 * 5});
    std::vector<float> panel(48 * panels.offsets.size());
    copy_panel(panels, kColumns, x.data(), panel.data());
    std::vector<float> y(expected.size(), -99);
    multiply_panel_rows(panels, {0, panels.parts()}, kColumns, panel.data(), y.data(), kStride,
                        epilogue);
    EXPECT_EQ(y, expected) << target;
  });
}

TEST(PanelRows, NothingIsThereToMultiply) {
  on_every_target([](const char* target) {
    TapRows empty;
    empty.end_row();
    empty.end_row();
    const std::vector<float> bias = {3, -4};
    for (const bool copied : {false, true}) {
      const PanelShape shape{.width = 16};
      const PanelRows panels =
          copied ? panel_rows_of_taps(empty, shape) : panel_rows_of_matrix(empty, shape);
      std::vector<float> y(32, -99);
      multiply_panel_rows(panels, {0, panels.parts()}, 16, nullptr, y.data(), 16,
                          {.bias = bias.data(), .low = 0});
      EXPECT_EQ(y[0], 3) << target;
      EXPECT_EQ(y[31], 0) << target;
    }
  });
}

}  // namespace
}  // namespace gcompress::kernels
