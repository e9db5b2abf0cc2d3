// Packing and unpacking is bit-exact, and small.
#include <cmath>
#include <cstdlib>
#include <limits>

#include "tests/core/packed/networks.h"

namespace gcompress::packed {
namespace {

using testing::expect_same;
using testing::float_tensor;
using testing::network_with;
using testing::sparse_floats;
using testing::unpacked;

void expect_files_come_back(const std::filesystem::path& folder, std::size_t at_least) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".onnx") continue;
    SCOPED_TRACE(entry.path().string());
    const graph::Network network = onnx::read(entry.path());
    expect_same(unpacked(write_bytes(network)), network);
    ++files;
  }
  EXPECT_GE(files, at_least);
}

TEST(PackedRoundTrip, BackendCasesComeBackAsTheSameMessages) {
  const char* folder = std::getenv("GCOMPRESS_ONNX_CASES");
  if (folder == nullptr) {
    GTEST_SKIP() << "GCOMPRESS_ONNX_CASES is not set to the folder that holds node/";
  }
  expect_files_come_back(folder, 1000);
}

TEST(PackedRoundTrip, ReferenceModelsComeBackAsTheSameMessages) {
  const auto folder = gcompress::testing::shared_folder() / "models";
  GCOMPRESS_SKIP_WITHOUT(folder);
  expect_files_come_back(folder, 1);
}

// Sizes around the inline limit, the group of 131,072 elements and bytes of the bitmap.
constexpr std::int64_t kSizes[] = {0, 1, 7, 8, 9, 128, 129, 513, 1000, 131071, 131'072, 131'073};

class PackedElementType : public ::testing::TestWithParam<int> {};

TEST_P(PackedElementType, ComesBackDenseSparseAndZero) {
  const auto dtype = static_cast<DataType>(GetParam());
  if (dtype == DataType::kString) GTEST_SKIP() << "has a test of its own";
  RandomStream random(0, "element types");
  for (const std::int64_t size : kSizes) {
    for (const double density : {0.0, 0.1, 1.0}) {
      std::string bytes(byte_count(dtype, size), '\0');
      for (char& byte : bytes) {
        const auto drawn = static_cast<char>(random());
        byte = random.uniform() < density ? drawn : '\0';
      }
      const Tensor tensor(dtype, {size}, Bytes::own(bytes));
      const graph::Network network = unpacked(write_bytes(network_with(tensor)));
      ASSERT_TRUE(identical(network.graph.initializers[0].value, tensor)) << size << " " << density;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(PackedRoundTrip, PackedElementType, ::testing::Range(1, 27),
                         [](const auto& row) { return name_of(static_cast<DataType>(row.param)); });

TEST(PackedRoundTrip, NegativeZerosAndNanPayloadsSurvive) {
  for (const std::int64_t size : kSizes) {
    std::vector<float> values = sparse_floats(static_cast<std::size_t>(size), 0.1);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] == 0 && i % 3 == 0) values[i] = -0.0F;
      if (i % 50 == 7) values[i] = std::bit_cast<float>(0x7FC00000U + static_cast<unsigned>(i));
      if (i % 70 == 8) values[i] = -std::numeric_limits<float>::denorm_min();
      if (i % 90 == 9) values[i] = std::numeric_limits<float>::infinity();
    }
    const graph::Network network = network_with(float_tensor(values));
    expect_same(unpacked(write_bytes(network)), network);
  }
}

TEST(PackedRoundTrip, FilesHoldTheSameBytesAsMemory) {
  const gcompress::testing::Scratch scratch;
  const graph::Network network = network_with(float_tensor(sparse_floats(200'000, 0.1)));
  const PackResult result = write(network, scratch / "model.gcz");
  EXPECT_EQ(result.bytes, std::filesystem::file_size(scratch / "model.gcz"));
  EXPECT_EQ(result.bytes, write_bytes(network).size());
  const graph::Network again = read(scratch / "model.gcz");
  EXPECT_EQ(again.source, scratch / "model.gcz");
  expect_same(again, network);
}

TEST(PackedRoundTrip, StringsSurvive) {
  std::string bytes;
  for (std::uint64_t i = 0; i < 200; ++i) {
    bytes.append(reinterpret_cast<const char*>(&i), sizeof(i));
    bytes.append(std::string(i, static_cast<char>(i)));
  }
  const graph::Network network = network_with(Tensor(DataType::kString, {200}, Bytes::own(bytes)));
  expect_same(unpacked(write_bytes(network)), network);
}

TEST(PackedRoundTrip, EverythingOfTheNetworkSurvives) {
  graph::Network network = network_with(float_tensor(sparse_floats(1000, 0.5)));
  network.producer_name = "producer";
  network.producer_version = "1.0";
  network.set_metadata("key", "value");
  network.graph.initializers[0].storage = graph::Storage::kTyped;
  network.graph.values = {graph::make_value("w", DataType::kFloat32, {1000})};
  auto branch = std::make_shared<graph::Graph>();
  branch->name = "branch";
  branch->nodes = {graph::make_node("Identity", "", {"x"}, {"z"})};
  branch->outputs = {graph::make_value("z", DataType::kFloat32, {})};
  const Tensor tensor = Tensor::from<std::int64_t>({2}, {1, -1});
  network.graph.nodes[0].attributes = {
      graph::make_attribute("float", -0.0F),
      graph::make_attribute("int", std::numeric_limits<std::int64_t>::min()),
      graph::make_attribute("string", std::string("a\0b", 3)),
      graph::make_attribute("tensor", tensor),
      graph::make_attribute("graph", graph::GraphPtr(branch)),
      graph::make_attribute("floats", std::vector<float>{1, 2}),
      graph::make_attribute("ints", std::vector<std::int64_t>{3}),
      graph::make_attribute("strings", std::vector<std::string>{"", "x"}),
      graph::make_attribute("tensors", std::vector<Tensor>{tensor, tensor}),
      graph::make_attribute("graphs", std::vector<graph::GraphPtr>{branch, branch})};
  network.graph.sparse_initializers = {{.name = "s",
                                        .values = Tensor::from<float>({1}, {2}),
                                        .indices = tensor.reshaped({1, 2}),
                                        .shape = {3, 3},
                                        .opaque = {}}};
  network.graph.sparse_initializers[0].indices = Tensor::from<std::int64_t>({1, 2}, {1, 2});
  graph::Function function;
  function.domain = "local";
  function.name = "f";
  function.inputs = {"a"};
  function.outputs = {"b"};
  function.attribute_names = {"alpha"};
  function.attribute_defaults = {graph::make_attribute("beta", 1.0F)};
  function.nodes = {graph::make_node("Relu", "r", {"a"}, {"b"})};
  function.opset_imports = {{.domain = "", .version = 17}};
  network.functions = {function};
  expect_same(unpacked(write_bytes(network)), network);
}

TEST(PackedRoundTrip, PackingTwiceGivesTheSameBytes) {
  const graph::Network network = network_with(float_tensor(sparse_floats(100'000, 0.1)));
  EXPECT_TRUE(write_bytes(network) == write_bytes(network));
}

TEST(PackedRoundTrip, NestingTooDeepIsRefused) {
  graph::GraphPtr graph = std::make_shared<graph::Graph>();
  for (int level = 0; level < 150; ++level) {
    auto outer = std::make_shared<graph::Graph>();
    outer->nodes = {graph::make_node("If", "", {}, {}, {graph::make_attribute("then", graph)})};
    graph = outer;
  }
  graph::Network network;
  network.graph = *graph;
  EXPECT_THROW(write_bytes(network), Error);
}

// Entropy: a bitmap of density 0.1 needs 0.469 bits a weight, 0.0147 of float32; the values need
// 0.1, less what their exponents save.
TEST(PackedSize, ATenthOfTheWeightsTakesLessThan12PercentOfTheBytes) {
  const std::size_t size = std::size_t{1} << 20;
  const auto packed = write_bytes(network_with(float_tensor(sparse_floats(size, 0.1)))).size();
  EXPECT_LT(static_cast<double>(packed) / static_cast<double>(4 * size), 0.12);
  EXPECT_GT(static_cast<double>(packed) / static_cast<double>(4 * size), 0.09);
}

TEST(PackedSize, NegativeZerosCostABitEach) {
  const std::size_t size = std::size_t{1} << 20;
  std::vector<float> values = sparse_floats(size, 0.1);
  RandomStream random(0, "signs");
  for (float& value : values) {
    if (value == 0 && random.uniform() < 0.5F) value = -0.0F;
  }
  const auto packed = write_bytes(network_with(float_tensor(std::move(values)))).size();
  EXPECT_LT(static_cast<double>(packed) / static_cast<double>(4 * size), 0.12 + 1.0 / 32);
}

TEST(PackedSize, DenseWeightsAreNoLargerThanTheyWere) {
  const std::size_t size = std::size_t{1} << 18;
  const auto packed = write_bytes(network_with(float_tensor(sparse_floats(size, 1.0)))).size();
  EXPECT_LT(packed, 4 * size);
}

TEST(PackedSize, ZerosAreSmallButNotSmallerThanTheExpansionLimit) {
  const std::size_t size = std::size_t{1} << 24;
  const graph::Network network = network_with(float_tensor(std::vector<float>(size, 0.0F)));
  const std::string bytes = write_bytes(network);
  EXPECT_LT(bytes.size(), 4 * size / 1000);
  EXPECT_GE(bytes.size(), 4 * size / 1024);
  EXPECT_TRUE(
      identical(unpacked(bytes).graph.initializers[0].value, network.graph.initializers[0].value));
}

}  // namespace
}  // namespace gcompress::packed
