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
    expect_same(unpacked(write_bytes(network, {.plain = true})), network);
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
      for (const bool plain : {false, true}) {
        const auto network = unpacked(write_bytes(network_with(tensor), {.plain = plain}));
        ASSERT_TRUE(identical(network.graph.initializers[0].value, tensor))
            << size << " " << density << " " << plain;
      }
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
    expect_same(unpacked(write_bytes(network, {.plain = true})), network);
  }
}

// Few different values, among them NaNs and negative zeros; more of them than a codebook may have.
TEST(PackedRoundTrip, SharedValuesComeBack) {
  RandomStream random(0, "shared values");
  for (const std::uint64_t different : {1U, 2U, 3U, 33U, 4096U, 4097U, 6000U}) {
    for (const float density : {0.01F, 0.3F, 1.0F}) {
      std::vector<float> values(70'000);
      for (float& value : values) {
        const auto drawn = static_cast<std::uint32_t>(random.below(different));
        const float shared = std::bit_cast<float>(0x80000000U + drawn * 0x1F0001U);
        value = random.uniform() < density ? shared : 0.0F;
      }
      const Tensor tensor = float_tensor(values).reshaped({100, 700});
      for (const bool plain : {false, true}) {
        const auto network = unpacked(write_bytes(network_with(tensor), {.plain = plain}));
        ASSERT_TRUE(identical(network.graph.initializers[0].value, tensor))
            << different << " " << density << " " << plain;
      }
    }
  }
}

// Written by the last program that made version 1.
constexpr const char* kVersion1 =
    "8947435a0d0a1a00010000000000000028b52ffd00586500"
    "00302084104208210100904b1128b52ffd00584500001000"
    "00010037c00228b52ffd0058450000100000010037c00228"
    "b52ffd0058f9000020a0f02048708ca0b4c8dcf0020c1620"
    "2a343e48525c66707a82878c91969b28b52ffd00586d0000"
    "2840404041420200c00b02100128b52ffd0058b902001001"
    "0022000000046d61696e0101780201010100000101790201"
    "010100000001017700000202142001018005756dc6600dca"
    "f11c9305151111281600010770726f64756374034d756c00"
    "020178017701017900000000000057601379f82a91c8be81"
    "01600d000000000000000a010000000000002fff5e75e929"
    "0f95";

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

// A file of version 1, whose one tensor is [10, 16], 0.5 i at every fifth place i.
TEST(PackedRoundTrip, FilesOfVersion1AreRead) {
  const graph::Network network = unpacked(from_hex(kVersion1));
  std::vector<float> values(160);
  for (std::size_t i = 0; i < values.size(); i += 5) values[i] = 0.5F * static_cast<float>(i);
  EXPECT_TRUE(identical(network.graph.initializers[0].value,
                        Tensor::from<float>({10, 16}, std::move(values))));
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

// Random weights of density 0.1, sizes as a share of their float32 bytes. Positions have an entropy
// of 0.469 bits a weight, 0.0147; values of float32 take 0.1, of int8 0.025.
struct Packed {
  double bytes = 0;
  double bound = 0;
};

Packed packed_at_a_tenth(const Tensor& tensor, bool plain) {
  const gcompress::testing::Scratch scratch;
  const PackResult result = write(network_with(tensor), scratch / "model.gcz", {.plain = plain});
  EXPECT_EQ(result.bytes, result.positions + result.values + result.structure);
  const auto dense = 4 * static_cast<double>(tensor.size());
  return {.bytes = static_cast<double>(result.bytes) / dense,
          .bound = (result.positions_bound + result.values_bound) / dense};
}

constexpr std::size_t kWeights = std::size_t{1} << 20;

TEST(PackedSize, Float32AtATenthIsNearItsEntropy) {
  const Tensor tensor = float_tensor(sparse_floats(kWeights, 0.1));
  const Packed plain = packed_at_a_tenth(tensor, true);
  EXPECT_NEAR(plain.bound, 0.1147, 0.001);
  EXPECT_LT(plain.bytes, 0.118);
  EXPECT_GT(plain.bytes, plain.bound);
  EXPECT_LT(packed_at_a_tenth(tensor, false).bytes, 0.11);  // exponents are frequent
}

TEST(PackedSize, Int8AtATenthIsNearItsEntropy) {
  RandomStream random(0, "int8");
  std::vector<std::int8_t> values(kWeights);
  for (std::int8_t& value : values) {
    const auto drawn = static_cast<std::int8_t>(random.below(255));
    value = random.uniform() < 0.1F ? drawn : std::int8_t{0};
  }
  const Tensor tensor = Tensor::from<std::int8_t>({1024, 1024}, std::move(values));
  const Packed plain = packed_at_a_tenth(tensor, true);
  EXPECT_NEAR(plain.bound, 0.0396, 0.001);
  EXPECT_LT(plain.bytes, 0.042);
  EXPECT_LT(packed_at_a_tenth(tensor, false).bytes, 1.01 * plain.bound);
}

TEST(PackedSize, SharedValuesAreNearTheirEntropy) {
  std::vector<float> values = sparse_floats(kWeights, 0.1);
  for (float& value : values) value = std::round(100 * value);  // about 20 different ones
  const Tensor tensor = float_tensor(std::move(values));
  const Packed coded = packed_at_a_tenth(tensor, false);
  EXPECT_LT(coded.bytes, 1.01 * coded.bound);
  EXPECT_LT(coded.bytes, 0.03);
}

TEST(PackedSize, PatternsAreFound) {
  // 2:4: which two of four has log2(6) / 4 = 0.646 bits a weight, where chance alone has 1.
  RandomStream random(0, "2:4");
  std::vector<std::int8_t> values(kWeights);
  for (std::size_t i = 0; i < values.size(); i += 4) {
    const std::size_t first = random.below(4);
    values[i + first] = 1;
    values[i + (first + 1 + random.below(3)) % 4] = 1;
  }
  const auto size =
      write_bytes(network_with(Tensor::from<std::int8_t>({1024, 1024}, std::move(values)))).size();
  EXPECT_LT(static_cast<double>(size), 0.67 * kWeights / 8);
}

TEST(PackedSize, NegativeZerosCostABitEach) {
  const std::size_t size = std::size_t{1} << 20;
  std::vector<float> values = sparse_floats(size, 0.1);
  RandomStream random(0, "signs");
  for (float& value : values) {
    if (value == 0 && random.uniform() < 0.5F) value = -0.0F;
  }
  const Tensor tensor = float_tensor(std::move(values));
  const Packed plain = packed_at_a_tenth(tensor, true);
  EXPECT_NEAR(plain.bound, 0.1147 + 0.9 / 32, 0.001);
  EXPECT_LT(plain.bytes, 0.118 + 0.9 / 32);
  EXPECT_LT(packed_at_a_tenth(tensor, false).bytes, 0.11 + 0.9 / 32);
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
