// Choosing between kernels: by the cost model, by a clock where there is one, by what was found
// before.
#include "gcompress/core/engine/cuda/chooser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "gcompress/core/base/error.h"
#include "tests/cuda_on_cpu/runtime.h"
#include "tests/support/scratch.h"

namespace gcompress::engine::gpu {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::thrown_by;

cuda::DeviceFacts h100() {
  return {.name = "H100",
          .pci = {},
          .capability = 90,
          .multiprocessors = 132,
          .clock_hertz = 1.755e9,
          .memory_bytes_per_second = 3.0e12,
          .memory_bytes = std::size_t{80} << 30};
}

// Counts what is made; a kernel that runs says so in `ran`.
struct Counter {
  std::vector<std::string> made;
  std::string ran;

  Candidate candidate(const std::string& name, double seconds) {
    return {name, seconds, [this, name] {
              made.push_back(name);
              Kernel kernel;
              kernel.run = [this, name](const Call&) { ran = name; };
              return kernel;
            }};
  }
  static Candidate unsupported(const std::string& name, double seconds) {
    return {name, seconds,
            [name]() -> Kernel { throw Error(ErrorKind::kUnsupported, name + " has no room"); }};
  }
};

class ChooserTest : public ::testing::Test {
 protected:
  void TearDown() override { cuda_on_cpu::set_clock({}); }
  Counter counter_;
};

TEST_F(ChooserTest, WithoutAClockThePredictionDecidesAndNothingElseIsPacked) {
  Chooser chooser(h100(), nullptr, nullptr, false);
  const Kernel kernel = chooser.choose(
      "a", {counter_.candidate("slow", 2e-6), counter_.candidate("quick", 1e-6)}, {});
  EXPECT_EQ(kernel.name, "quick");
  EXPECT_THAT(counter_.made, ElementsAre("quick"));
  EXPECT_THAT(counter_.ran, IsEmpty());
}

TEST_F(ChooserTest, AClockCorrectsThePredictionOnce) {
  cuda_on_cpu::set_clock([this](const std::function<void()>& launches) {
    launches();
    return counter_.ran == "sparse" ? 5e-6 : 3e-6;
  });
  Chooser chooser(h100(), nullptr, nullptr, false);
  const auto candidates = [this] {
    return std::vector<Candidate>{counter_.candidate("sparse", 1e-6),
                                  counter_.candidate("dense", 2e-6),
                                  counter_.candidate("hopeless", 9e-6)};
  };
  EXPECT_EQ(chooser.choose("a", candidates(), {.inputs = {4, 0}, .output = 3}).name, "dense");
  EXPECT_THAT(counter_.made, ElementsAre("sparse", "dense"));
  counter_.made.clear();
  counter_.ran.clear();
  EXPECT_EQ(chooser.choose("a", candidates(), {}).name, "dense");  // known
  EXPECT_THAT(counter_.made, ElementsAre("dense"));
  EXPECT_THAT(counter_.ran, IsEmpty());
}

TEST_F(ChooserTest, WhatCannotBeMadeIsPassedOver) {
  Chooser chooser(h100(), nullptr, nullptr, false);
  EXPECT_EQ(
      chooser.choose("a", {Counter::unsupported("first", 1e-6), counter_.candidate("other", 1)}, {})
          .name,
      "other");
  EXPECT_THAT(thrown_by([&] { chooser.choose("b", {Counter::unsupported("only one", 1e-6)}, {}); }),
              HasSubstr("only one has no room"));
}

// Orders, no times: none of it was measured.
TEST(CostModel, FewWeightsFavourSparseAndManyFavourDense) {
  const Machine machine(h100());
  const auto linear = [&](std::int64_t samples, double density) {
    const LinearSize size{.rows = 4096,
                          .columns = 4096,
                          .samples = samples,
                          .nonzeros = static_cast<std::int64_t>(density * 4096 * 4096)};
    const double dense = predict_product(machine, {.m = samples, .n = 4096, .k = 4096}, true);
    return std::pair(predict_skinny(machine, size), dense);
  };
  EXPECT_LT(linear(1, 0.1).first, linear(1, 0.1).second);
  EXPECT_GT(linear(1, 1).first, linear(1, 1).second);
  EXPECT_GT(linear(256, 0.5).first, linear(256, 0.5).second);
  // docs/cuda.md: 2.2 us and a launch for one sample in fp16; float32 moves 5 bytes instead of 3.
  EXPECT_NEAR(linear(1, 0.1).first, 6e-6, 2e-6);
}

TEST(CostModel, ConvolutionsGrowWithTheirTaps) {
  const Machine machine(h100());
  const cuda::ConvolutionShape shape{.images = 64,
                                     .channels = 128,
                                     .height = 28,
                                     .width = 28,
                                     .filters = 128,
                                     .kernel_height = 3,
                                     .kernel_width = 3,
                                     .pad_top = 1,
                                     .pad_left = 1,
                                     .pad_bottom = 1,
                                     .pad_right = 1};
  const auto tile = cuda::sparse_convolution::choose_tile(shape);
  const std::int64_t all = 128 * 128 * 9;
  const double tenth = predict_sparse_convolution(machine, shape, tile, all / 10);
  EXPECT_NEAR(tenth, 122e-6, 40e-6);  // docs/cuda.md; tiles of 28 columns leave lanes idle
  EXPECT_GT(predict_sparse_convolution(machine, shape, tile, all), 5 * tenth);
  const double dense =
      predict_product(machine, {.m = 128, .n = 784, .k = 128 * 9, .batches = 64}, true);
  EXPECT_LT(tenth, dense);
  EXPECT_GT(predict_sparse_convolution(machine, shape, tile, all), dense);
}

TEST(CostModel, ADeviceThatDoesNotTellItsRatesStillGetsNumbers) {
  const Machine machine(cuda::DeviceFacts{});
  EXPECT_GT(machine.float_flops, 0);
  EXPECT_GT(machine.memory_bytes, 0);
}

}  // namespace
}  // namespace gcompress::engine::gpu
