// Planes with frames.
#include "gcompress/core/engine/layout.h"

#include <gtest/gtest.h>

#include <numeric>

namespace gcompress::engine {
namespace {

TEST(PlaneLayout, KeepsLinesApartAndRoomForTheFrame) {
  for (const std::int64_t width : {1, 7, 15, 16, 31, 32, 33}) {
    for (const std::int64_t frame : {0, 1, 2}) {
      const PlaneLayout layout =
          make_layout(3, 5, width, {.top = frame, .bottom = frame, .side = frame});
      EXPECT_EQ(layout.first % kLine, 0);
      EXPECT_EQ(layout.plane / kLine % 2, 1) << "the same set of the cache for every plane";
      EXPECT_GE(layout.first, frame * layout.row + frame);
      EXPECT_GE(layout.plane, layout.first + layout.columns() + frame * layout.row + frame);
    }
  }
}

TEST(PlaneLayout, ValuesComeBackAndEverythingElseIsZero) {
  const PlaneLayout layout = make_layout(2, 3, 5, {.top = 1, .bottom = 1, .side = 1});
  std::vector<float> plain(30);
  std::iota(plain.begin(), plain.end(), 1.0F);
  std::vector<float> planes(static_cast<std::size_t>(layout.elements()), -1);
  to_planes(layout, plain.data(), planes.data());
  EXPECT_EQ(std::accumulate(planes.begin(), planes.end(), 0.0F), 30 * 31 / 2);
  EXPECT_EQ(planes[static_cast<std::size_t>(layout.first)], 1);
  EXPECT_EQ(planes[static_cast<std::size_t>(layout.plane + layout.first + layout.row + 1)], 22);
  std::vector<float> back(30);
  from_planes(layout, planes.data(), back.data());
  EXPECT_EQ(back, plain);
}

TEST(PlaneLayout, TheMaskKnowsElements) {
  const PlaneLayout layout = make_layout(1, 2, 5, {.top = 0, .bottom = 0, .side = 2});
  const std::vector<std::uint32_t> mask = element_mask(layout);
  ASSERT_EQ(mask.size(), 16U);
  for (std::size_t i = 0; i < mask.size(); ++i) {
    EXPECT_EQ(mask[i] != 0, i < 14 && i % 7 < 5) << i;
  }
}

TEST(Frames, ValuesOfOneSizeShareTheWidestFrame) {
  Frames frames;
  frames.want(8, 8, {.top = 1, .bottom = 0, .side = 1});
  frames.want(8, 8, {.top = 0, .bottom = 2, .side = 1});
  frames.want(4, 4, {.top = 3, .bottom = 3, .side = 3});
  EXPECT_EQ(frames.layout_of({1, 5, 8, 8}),
            make_layout(5, 8, 8, {.top = 1, .bottom = 2, .side = 1}));
  EXPECT_EQ(frames.layout_of({1, 5, 9, 9}).row, 9);
}

}  // namespace
}  // namespace gcompress::engine
