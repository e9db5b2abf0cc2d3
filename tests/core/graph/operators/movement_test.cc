#include "gcompress/core/graph/operators/movement.h"

#include <gmock/gmock.h>

#include <limits>
#include <map>

#include "tests/core/graph/small_networks.h"

namespace gcompress::graph {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

// Constants by name.
class Constants {
 public:
  Constants(std::initializer_list<std::pair<const std::string, Tensor>> values) : values_(values) {}
  ConstantLookup lookup() const {
    return [this](const std::string& name) -> const Tensor* {
      const auto found = values_.find(name);
      return found == values_.end() ? nullptr : &found->second;
    };
  }

 private:
  std::map<std::string, Tensor> values_;
};

Tensor list(std::vector<std::int64_t> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return Tensor::from({count}, std::move(values));
}

TEST(Movement, AxesAreAnAttributeBeforeOpset13AndAnInputSince) {
  const Node old = make_node("Squeeze", "s", {"x"}, {"y"}, {ints_attribute("axes", {0, 2})});
  EXPECT_THAT(squeeze_axes(old, 12, {}).values, ElementsAre(0, 2));
  const Constants constants{{"a", list({1})}};
  const Node recent = make_node("Squeeze", "s", {"x", "a"}, {"y"});
  EXPECT_THAT(squeeze_axes(recent, 13, constants.lookup()).values, ElementsAre(1));
}

TEST(Movement, AnInputThatIsNotConstantIsGivenButNotKnown) {
  const IntList axes = squeeze_axes(make_node("Squeeze", "s", {"x", "a"}, {"y"}), 13, {});
  EXPECT_TRUE(axes.given);
  EXPECT_FALSE(axes.known);
}

TEST(Movement, FloatsAsAxesAreRefused) {
  const Constants constants{{"a", Tensor::from<float>({1}, {1})}};
  const Node node = make_node("Squeeze", "s", {"x", "a"}, {"y"});
  try {
    squeeze_axes(node, 13, constants.lookup());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.place().value, "a");
    EXPECT_THAT(error.what(), HasSubstr("not integers"));
  }
}

TEST(Movement, ReshapeCopiesZerosAndFillsMinusOne) {
  const Constants constants{{"s", list({0, -1, 4})}};
  const Node node = make_node("Reshape", "r", {"x", "s"}, {"y"});
  const ReshapeTarget target = reshape_target(node, 13, constants.lookup());
  EXPECT_EQ(reshaped_shape(node, target, {2, 6, 2}), (Shape{2, 3, 4}));
  EXPECT_THROW(reshaped_shape(node, target, {2, 3, 1}), Error);
}

TEST(Movement, ReshapeRefusesTwoOpenDimensionsAndOverflow) {
  const Constants constants{{"two", list({-1, -1})}, {"huge", list({kMax, kMax})}};
  for (const char* name : {"two", "huge"}) {
    const Node node = make_node("Reshape", "r", {"x", name}, {"y"});
    EXPECT_THROW(reshaped_shape(node, reshape_target(node, 13, constants.lookup()), {4}), Error);
  }
}

TEST(Movement, TransposeReversesByDefaultAndRefusesWhatIsNoPermutation) {
  EXPECT_THAT(transpose_permutation(make_node("Transpose", "t", {"x"}, {"y"}), 3),
              ElementsAre(2, 1, 0));
  const Node twice = make_node("Transpose", "t", {"x"}, {"y"}, {ints_attribute("perm", {0, 0})});
  EXPECT_THROW(transpose_permutation(twice, 2), Error);
}

TEST(Movement, SliceRangesFollowNumpy) {
  const Node node = make_node("Slice", "s", {"x"}, {"y"});
  struct Case {
    std::int64_t start, end, step, size, first, count;
  };
  for (const Case& c :
       {Case{0, kMax, 1, 5, 0, 5}, Case{-2, kMax, 1, 5, 3, 2}, Case{1, -1, 2, 6, 1, 2},
        Case{-1, kMin, -1, 5, 4, 5}, Case{-1, -kMax, -2, 5, 4, 3}, Case{4, 0, -2, 5, 4, 2},
        Case{7, 9, 1, 5, 5, 0}, Case{0, 0, 1, 5, 0, 0}, Case{3, 1, 1, 5, 3, 0},
        Case{0, kMax, kMax, 5, 0, 1}, Case{-1, kMin, kMin, 5, 4, 1}, Case{0, 5, 1, 0, 0, 0}}) {
    const SliceRange range = slice_range(node, c.start, c.end, c.step, c.size);
    EXPECT_EQ(range.count, c.count) << c.start << ':' << c.end << ':' << c.step;
    if (c.count > 0) {
      EXPECT_EQ(range.start, c.first) << c.start << ':' << c.end << ':' << c.step;
    }
  }
  EXPECT_THROW(slice_range(node, 0, 1, 0, 5), Error);
}

TEST(Movement, SplitMakesEqualPartsTheLastSmaller) {
  const Node node = make_node("Split", "s", {"x"}, {"a", "b", "c"});
  EXPECT_THAT(split_sizes(node, split_parameters(node, 18, {}), 9), ElementsAre(3, 3, 3));
  EXPECT_THAT(split_sizes(node, split_parameters(node, 18, {}), 8), ElementsAre(3, 3, 2));
}

TEST(Movement, SplitRefusesPartsThatDoNotAddUp) {
  const Node node =
      make_node("Split", "s", {"x"}, {"a", "b"}, {ints_attribute("split", {kMax, 1})});
  EXPECT_THROW(split_sizes(node, split_parameters(node, 11, {}), 4), Error);
}

TEST(Movement, PadsOfSomeAxesAreSpreadOverAll) {
  const Constants constants{{"p", list({1, 2, 3, 4})}, {"a", list({-1, 1})}};
  const Node node = make_node("Pad", "p", {"x", "p", "", "a"}, {"y"});
  EXPECT_THAT(pads_of_all_axes(node, pad_parameters(node, 18, constants.lookup()), 3),
              ElementsAre(0, 2, 1, 0, 4, 3));
}

TEST(Movement, CastReadsNumbersAndOldNames) {
  const auto cast = [](Attribute::Data to) {
    return cast_type(make_node("Cast", "c", {"x"}, {"y"}, {make_attribute("to", std::move(to))}));
  };
  EXPECT_EQ(cast(std::int64_t{10}), DataType::kFloat16);
  EXPECT_EQ(cast(std::string("INT64")), DataType::kInt64);
  EXPECT_THROW(cast(std::int64_t{999}), Error);
  EXPECT_THROW(cast(std::string("QUATERNION")), Error);
}

TEST(Movement, AnAxisOutsideTheRankNamesTheNode) {
  const Node node = make_node("Concat", "join", {"x"}, {"y"});
  EXPECT_EQ(normalized_axis(node, -1, 4), 3);
  try {
    normalized_axis(node, 4, 4);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.place().node, "join");
  }
  EXPECT_THROW(normalized_axes(node, {0, -4}, 4), Error);
}

}  // namespace
}  // namespace gcompress::graph
