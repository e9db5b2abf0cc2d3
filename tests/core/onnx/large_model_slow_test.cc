// Models beyond protobuf's 2 GB, and the memory that they take. Needs GCOMPRESS_SLOW_TESTS and some
// GB of disk.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "tests/core/onnx/messages.h"
#include "tests/support/scratch.h"

namespace gcompress::onnx {
namespace {

using gcompress::testing::Scratch;

constexpr std::int64_t kTensors = 5;
constexpr std::int64_t kElements = std::int64_t{1} << 27;  // of float32: 512 MiB each
constexpr std::int64_t kTensorBytes = kElements * 4;

#define GCOMPRESS_SKIP_UNLESS_SLOW()                  \
  if (std::getenv("GCOMPRESS_SLOW_TESTS") == nullptr) \
  GTEST_SKIP() << "slow; set GCOMPRESS_SLOW_TESTS to run it"

std::int64_t peak_resident_bytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word != "VmHWM:") continue;
    std::int64_t kilobytes = 0;
    status >> kilobytes;
    return kilobytes * 1024;
  }
  return -1;
}

// Runs the work in a process of its own and gives the memory that it took at most, beyond what the
// process had at its start.
template <typename Work>
std::int64_t peak_of(Work&& work) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    std::ofstream("/proc/self/clear_refs") << 5;  // resets VmHWM
    const std::int64_t before = peak_resident_bytes();
    std::int64_t peak = -1;
    try {
      work();
      peak = peak_resident_bytes() - before;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
    }
    const bool told = ::write(ends[1], &peak, sizeof(peak)) == sizeof(peak);
    _exit(told ? 0 : 1);
  }
  std::int64_t peak = -1;
  EXPECT_EQ(::read(ends[0], &peak, sizeof(peak)), static_cast<ssize_t>(sizeof(peak)));
  waitpid(child, nullptr, 0);
  close(ends[0]);
  close(ends[1]);
  return peak;
}

::onnx::ModelProto large_model() {
  ::onnx::ModelProto model = testing::small_model();
  for (std::int64_t i = 0; i < kTensors; ++i) {
    auto& tensor = *model.mutable_graph()->add_initializer();
    tensor.set_name("large" + std::to_string(i));
    tensor.set_data_type(::onnx::TensorProto::FLOAT);
    tensor.add_dims(kElements);
    tensor.set_data_location(::onnx::TensorProto::EXTERNAL);
    for (const auto& [key, value] : {std::pair<std::string, std::string>{"location", "data.bin"},
                                     {"offset", std::to_string(i * kTensorBytes)},
                                     {"length", std::to_string(kTensorBytes)}}) {
      auto& entry = *tensor.add_external_data();
      entry.set_key(key);
      entry.set_value(value);
    }
  }
  return model;
}

TEST(SlowLargeModel, ReadingAndWritingExternalDataTakesNextToNoMemory) {
  GCOMPRESS_SKIP_UNLESS_SLOW();
  const Scratch scratch;
  const auto file = scratch.write("model.onnx", testing::serialize(large_model()));
  std::ofstream(scratch / "data.bin");
  std::filesystem::resize_file(scratch / "data.bin", kTensors * kTensorBytes);  // sparse
  const std::int64_t peak = peak_of([&] { write(read(file), scratch / "again.onnx"); });
  std::printf("peak %.2f MB for %.0f MB of weights\n", static_cast<double>(peak) / 1e6,
              static_cast<double>(kTensors * kTensorBytes) / 1e6);
  EXPECT_GE(peak, 0);
  // 16 MiB are mapped in at a time. The requirement on a whole pruning is 1.3 times the weights,
  // all of which the pruned copies need.
  EXPECT_LT(peak, 64'000'000);
  EXPECT_EQ(std::filesystem::file_size(scratch / "again.onnx.data"), kTensors * kTensorBytes);
}

TEST(SlowLargeModel, EmbeddedTensorsAreReadAndWrittenInOneCopyOfTheWeights) {
  GCOMPRESS_SKIP_UNLESS_SLOW();
  const Scratch scratch;
  {
    graph::Network network = testing::read_message(testing::small_model());
    for (int i = 0; i < 3; ++i) {
      network.graph.initializers.push_back({.name = "large" + std::to_string(i),
                                            .value = Tensor::zeros(DataType::kFloat32, {kElements}),
                                            .storage = {},
                                            .opaque = {}});
    }
    write(network, scratch / "model.onnx");
  }
  EXPECT_FALSE(std::filesystem::exists(scratch / "model.onnx.data"));
  const std::int64_t peak =
      peak_of([&] { write(read(scratch / "model.onnx"), scratch / "again.onnx"); });
  std::printf("peak %.2f MB for %.0f MB of weights\n", static_cast<double>(peak) / 1e6,
              static_cast<double>(3 * kTensorBytes) / 1e6);
  EXPECT_GE(peak, 0);
  EXPECT_LT(peak, 3 * kTensorBytes * 13 / 10);
}

TEST(SlowLargeModel, AModelThatGrowsBeyondTwoGigabytesGetsExternalData) {
  GCOMPRESS_SKIP_UNLESS_SLOW();
  const Scratch scratch;
  graph::Network network = testing::read_message(testing::small_model());
  const Tensor zeros = Tensor::zeros(DataType::kFloat32, {kElements});
  for (std::int64_t i = 0; i < kTensors; ++i) {
    network.graph.initializers.push_back(
        {.name = "large" + std::to_string(i), .value = zeros, .storage = {}, .opaque = {}});
  }
  EXPECT_THROW(write_bytes(network), Error);
  write(network, scratch / "model.onnx");
  EXPECT_LT(std::filesystem::file_size(scratch / "model.onnx"), 10'000U);
  const graph::Network again = read(scratch / "model.onnx");
  EXPECT_EQ(again.graph.initializers[0].storage, graph::Storage::kRaw);  // w is small
  EXPECT_EQ(again.graph.initializers[1].storage, graph::Storage::kExternal);
  EXPECT_EQ(again.graph.initializers[1].value.size(), kElements);
}

}  // namespace
}  // namespace gcompress::onnx
