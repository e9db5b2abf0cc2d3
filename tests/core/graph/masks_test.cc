#include "gcompress/core/graph/masks.h"

#include <gtest/gtest.h>

#include <cmath>

#include "gcompress/core/base/file.h"
#include "gcompress/core/base/random.h"
#include "tests/support/network_builder.h"
#include "tests/support/scratch.h"

namespace gcompress::graph {
namespace {

std::vector<std::uint8_t> random_bytes(std::int64_t count, std::uint64_t seed) {
  RandomStream random(seed, "test mask");
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count));
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.below(2));
  return bytes;
}

TEST(Mask, KeepsAllOrNothingAtFirst) {
  for (const std::int64_t size : {0, 1, 63, 64, 65, 1000}) {
    EXPECT_EQ(Mask({size}, true).kept(), size);
    EXPECT_EQ(Mask({size}, false).kept(), 0);
  }
}

TEST(Mask, BytesComeBackAsTheyWere) {
  for (const std::int64_t size : {0, 1, 7, 64, 130}) {
    const auto bytes = random_bytes(size, 3);
    const Mask mask = Mask::from_bytes({size}, bytes);
    EXPECT_EQ(mask.bytes(), bytes);
    EXPECT_EQ(Mask::from_words({size}, {mask.words().begin(), mask.words().end()}), mask);
  }
}

TEST(Mask, BitsBeyondTheLastElementAreCleared) {
  EXPECT_EQ(Mask::from_words({3}, {~std::uint64_t{0}}).words()[0], 7U);
}

TEST(Mask, SetAndTestAgree) {
  Mask mask({2, 100}, false);
  mask.set(64, true);
  mask.set(199, true);
  mask.set(199, false);
  EXPECT_TRUE(mask.test(64));
  EXPECT_FALSE(mask.test(199));
  EXPECT_EQ(mask.kept(), 1);
}

TEST(Masked, ZeroesWhatTheMaskDrops) {
  for (const DataType type : {DataType::kFloat32, DataType::kFloat16, DataType::kFloat64}) {
    std::vector<float> values(200, -1.5F);
    const Tensor tensor = from_float32(type, {10, 20}, values);
    const auto keep = random_bytes(200, 4);
    const Tensor result = masked(tensor, Mask::from_bytes({10, 20}, keep));
    const auto floats = to_float32(result);
    EXPECT_EQ(result.dtype(), type);
    for (std::size_t i = 0; i < 200; ++i) {
      EXPECT_EQ(floats[i], keep[i] != 0 ? -1.5F : 0.0F);
      EXPECT_FALSE(keep[i] == 0 && std::signbit(floats[i]));
    }
  }
}

TEST(Masked, AMappedTensorGivesTheSame) {
  const testing::Scratch scratch;
  const std::int64_t count = 3'000'000;  // beyond one piece, not a multiple of 64 pages
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 1000) + 1;
  const auto file = scratch.path() / "weights";
  write_file_atomically(file, std::string_view(reinterpret_cast<const char*>(values.data()),
                                               values.size() * sizeof(float)));
  const Tensor mapped(DataType::kFloat32, {count}, map_file(file));
  ASSERT_TRUE(mapped.bytes().mapped());
  const Mask mask = Mask::from_bytes({count}, random_bytes(count, 5));
  const Tensor owned = Tensor::from<float>({count}, values);
  EXPECT_TRUE(identical(masked(mapped, mask), masked(owned, mask)));
  EXPECT_TRUE(identical(mapped, owned));  // the file's pages are unchanged
}

TEST(Masked, AnotherShapeIsAnError) {
  EXPECT_THROW(masked(Tensor::zeros(DataType::kFloat32, {2, 3}), Mask({3, 2}, true)), Error);
}

TEST(ApplyMasks, ReachesInitializersConstantsAndSubgraphs) {
  testing::NetworkBuilder inner({2, 3}, 1);
  inner.node("MatMul", "y", {"x", inner.floats("w", {3, 3})});
  Network body = inner.finish("y", {2, 3});
  testing::NetworkBuilder b({2, 3}, 2);
  b.node("Constant", "c", {},
         {make_attribute("value", Tensor::from<float>({3, 3}, std::vector<float>(9, 2.0F)))});
  b.node("MatMul", "m", {"x", "c"});
  b.node("If", "if", {"m"},
         {make_attribute("then_branch", std::make_shared<const Graph>(body.graph))});
  const Network network = b.finish("if", {2, 3});
  Masks masks;
  masks[{"", "c"}] = Mask({3, 3}, false);
  masks[{"if.then_branch/", "w"}] = Mask({3, 3}, false);
  const Network result = apply_masks(network, masks);
  const Tensor zeros = Tensor::zeros(DataType::kFloat32, {3, 3});
  EXPECT_TRUE(identical(std::get<Tensor>(result.graph.nodes[0].attributes[0].data), zeros));
  const auto branch = std::get<GraphPtr>(result.graph.nodes[2].attributes[0].data);
  EXPECT_TRUE(identical(branch->initializer("w")->value, zeros));
}

TEST(ApplyMasks, UnknownWeightsAndWrongShapesAreErrors) {
  testing::NetworkBuilder b({2, 3}, 1);
  b.gemm("g", "x", 3, 4);
  const Network network = b.finish("g", {2, 4});
  EXPECT_THROW(apply_masks(network, {{{"", "absent"}, Mask({1}, true)}}), Error);
  try {
    apply_masks(network, {{{"", "g.weight"}, Mask({3, 4}, true)}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_NE(std::string(error.what()).find("g.weight"), std::string::npos) << error.what();
  }
}

TEST(MasksOfZeros, ComeBackFromMaskedWeights) {
  testing::NetworkBuilder b({2, 3}, 1);
  b.gemm("g", "x", 3, 40);
  const Network network = b.finish("g", {2, 40});
  const Masks masks = {{{"", "g.weight"}, Mask::from_bytes({40, 3}, random_bytes(120, 6))}};
  EXPECT_EQ(masks_of_zeros(apply_masks(network, masks)), masks);
}

}  // namespace
}  // namespace gcompress::graph
