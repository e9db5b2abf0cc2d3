// Every element type, raw and typed, comes back in the form in which it was.
#include <limits>

#include "gcompress/core/base/data_type.h"
#include "tests/core/onnx/messages.h"

namespace gcompress::onnx {
namespace {

using ::onnx::TensorProto;
using testing::expect_round_trip;
using testing::read_message;
using testing::small_model;

class StoredElementType : public ::testing::TestWithParam<int> {
 protected:
  DataType dtype() const { return static_cast<DataType>(GetParam()); }

  // Room for five elements, and their number not a multiple of what a byte holds.
  static constexpr std::int64_t kElements = 5;

  TensorProto& start_tensor() {
    model_ = small_model();
    TensorProto& tensor = *model_.mutable_graph()->add_initializer();
    tensor.set_name("t");
    tensor.set_data_type(GetParam());
    tensor.add_dims(kElements);
    return tensor;
  }

  std::string pattern() const {
    std::string bytes(byte_count(dtype(), kElements), '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(37 * i + 200);
    return bytes;
  }

  ::onnx::ModelProto model_;
};

TEST_P(StoredElementType, RoundTripsAsRawData) {
  if (dtype() == DataType::kString) GTEST_SKIP() << "strings have no raw form";
  start_tensor().set_raw_data(pattern());
  expect_round_trip(model_);
  const graph::Network network = read_message(model_);
  EXPECT_EQ(network.graph.initializers[1].storage, graph::Storage::kRaw);
  EXPECT_EQ(network.graph.initializers[1].value.dtype(), dtype());
}

TEST_P(StoredElementType, RoundTripsAsTypedDataWithTheSameElements) {
  TensorProto& tensor = start_tensor();
  if (dtype() == DataType::kString) {
    for (int i = 0; i < kElements; ++i) tensor.add_string_data(std::string(i, 'a'));
    expect_round_trip(model_);
    return;
  }
  // The same elements as raw data, read and told to be typed.
  tensor.set_raw_data(pattern());
  graph::Network network = read_message(model_);
  network.graph.initializers[1].storage = graph::Storage::kTyped;
  const ::onnx::ModelProto typed = testing::parse_model(write_bytes(network));
  EXPECT_FALSE(typed.graph().initializer(1).has_raw_data());
  expect_round_trip(typed);
  const graph::Network again = read_message(typed);
  EXPECT_EQ(again.graph.initializers[1].storage, graph::Storage::kTyped);
  EXPECT_TRUE(identical(again.graph.initializers[1].value, network.graph.initializers[1].value));
}

TEST_P(StoredElementType, RefusesTooFewElementsNamingTheTensor) {
  TensorProto& tensor = start_tensor();
  const std::string typed = testing::refusal(model_);
  EXPECT_NE(typed.find("value 't'"), std::string::npos) << typed;
  tensor.set_raw_data("7 bytes");
  const std::string raw = testing::refusal(model_);
  EXPECT_NE(raw.find("value 't'"), std::string::npos) << raw;
}

TEST_P(StoredElementType, AllowsNoElements) {
  TensorProto& tensor = start_tensor();
  tensor.set_dims(0, 0);
  expect_round_trip(model_);
  if (dtype() == DataType::kString) return;
  tensor.set_raw_data("");
  expect_round_trip(model_);
}

INSTANTIATE_TEST_SUITE_P(TensorStorage, StoredElementType, ::testing::Range(1, 27),
                         [](const auto& row) { return name_of(static_cast<DataType>(row.param)); });

TEST(TensorStorage, TheNewestProtoHasNoElementTypeThatWeDoNotKnow) {
  for (int number = TensorProto::DataType_MIN; number <= TensorProto::DataType_MAX; ++number) {
    const auto dtype = static_cast<DataType>(number);
    EXPECT_TRUE(number == 0 || dtype == DataType::kString || bits_of(dtype) > 0) << number;
  }
}

TEST(TensorStorage, EntriesWrittenWithTheOtherSignSurvive) {
  ::onnx::ModelProto model = small_model();
  auto& tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name("t");
  tensor.add_dims(2);
  tensor.set_data_type(TensorProto::INT8);
  tensor.add_int32_data(255);  // -1, written as if unsigned
  tensor.add_int32_data(3);
  expect_round_trip(model);
  EXPECT_EQ(read_message(model).graph.initializers[1].value.as<std::int8_t>()[0], -1);
  tensor.set_data_type(TensorProto::FLOAT16);
  tensor.set_int32_data(0, -1);  // 0xFFFF, written as if signed
  expect_round_trip(model);

  // Changed elements are written anew.
  graph::Network network = read_message(model);
  network.graph.initializers[1].value =
      Tensor(DataType::kFloat16, {2}, Bytes::own(std::vector<std::uint16_t>{7, 8}));
  const auto written = testing::parse_model(write_bytes(network)).graph().initializer(1);
  EXPECT_EQ(written.int32_data(0), 7);
  EXPECT_EQ(written.int32_data(1), 8);
}

TEST(TensorStorage, AnEntryBeyondItsTypeIsRefused) {
  ::onnx::ModelProto model = small_model();
  auto& tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name("t");
  tensor.add_dims(1);
  tensor.set_data_type(TensorProto::INT8);
  tensor.add_int32_data(300);
  EXPECT_NE(testing::refusal(model).find("300"), std::string::npos);
}

}  // namespace
}  // namespace gcompress::onnx
