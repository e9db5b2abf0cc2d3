// Tensors, element types and errors.
#include "gcompress/core/base/tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace gcompress {
namespace {

TEST(Shape, RefusesNegativeDimensionsAndOverflow) {
  EXPECT_EQ(element_count({}), 1);
  EXPECT_EQ(element_count({3, 0, 5}), 0);
  EXPECT_THROW(element_count({3, -1}), Error);
  EXPECT_THROW(element_count({std::int64_t{1} << 40, std::int64_t{1} << 40}), Error);
}

TEST(ByteCount, PacksSubByteTypesAndRoundsUp) {
  EXPECT_EQ(byte_count(DataType::kInt4, 5), 3U);
  EXPECT_EQ(byte_count(DataType::kUint2, 5), 2U);
  EXPECT_EQ(byte_count(DataType::kFloat64, 2), 16U);
  EXPECT_THROW(byte_count(DataType::kString, 1), Error);
  EXPECT_THROW(byte_count(DataType::kFloat64, std::numeric_limits<std::int64_t>::max()), Error);
}

TEST(Tensor, RefusesBytesThatDoNotFitItsShape) {
  EXPECT_NO_THROW(Tensor(DataType::kFloat32, {2}, Bytes::own(std::string(8, '\0'))));
  EXPECT_THROW(Tensor(DataType::kFloat32, {2}, Bytes::own(std::string(7, '\0'))), Error);
}

TEST(Tensor, RefusesMisalignedData) {
  const Bytes bytes = Bytes::own(std::vector<float>{1, 2, 3});
  EXPECT_THROW(Tensor(DataType::kFloat32, {2}, bytes.slice(1, 8)), Error);
}

TEST(Tensor, CopiesShareTheirBytes) {
  const Tensor tensor = Tensor::from<float>({2}, {1, 2});
  const Tensor copy = tensor;
  EXPECT_EQ(copy.bytes().data(), tensor.bytes().data());
}

TEST(Identical, ComparesBitsSoNaNEqualsItselfAndZerosDiffer) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(identical(Tensor::from<float>({1}, {nan}), Tensor::from<float>({1}, {nan})));
  EXPECT_FALSE(identical(Tensor::from<float>({1}, {0.0F}), Tensor::from<float>({1}, {-0.0F})));
  EXPECT_FALSE(identical(Tensor::from<float>({1}, {0}), Tensor::from<std::int32_t>({1}, {0})));
}

TEST(FloatConversion, RoundsHalvesToNearestEven) {
  // 1 + 2^-11 lies between the halves 1 and 1 + 2^-10; the even one is 1.
  const std::vector<float> values = {1.0F + std::ldexp(1.0F, -11), 65504.0F, -0.0F};
  const Tensor half = from_float32(DataType::kFloat16, {3}, values);
  EXPECT_THAT(to_float32(half), testing::ElementsAre(1.0F, 65504.0F, 0.0F));
  EXPECT_EQ(half.byte_size(), 6U);
}

TEST(FloatConversion, KeepsFloatsAsDoubles) {
  const std::vector<float> values = {0.1F, -3e38F};
  EXPECT_EQ(to_float32(from_float32(DataType::kFloat64, {2}, values)), values);
}

TEST(ToInt64, ReadsEveryIntegerTypeAndRefusesFloats) {
  EXPECT_THAT(to_int64(Tensor::from<std::int8_t>({2}, {-1, 5})), testing::ElementsAre(-1, 5));
  EXPECT_THAT(to_int64(Tensor::from<std::uint16_t>({1}, {65535})), testing::ElementsAre(65535));
  EXPECT_THROW(to_int64(Tensor::from<float>({1}, {1})), Error);
}

TEST(ErrorSentence, NamesFileNodeValueAndRemedy) {
  const Error error(ErrorKind::kInput, "is broken", {.file = "a.onnx", .node = "fc", .value = "w"},
                    "mend it");
  EXPECT_STREQ(error.what(), "a.onnx: node 'fc': value 'w': is broken; mend it");
  EXPECT_STREQ(Error(ErrorKind::kInput, "x").in_file("f").what(), "f: x");
  EXPECT_STREQ(error.in_file("other").what(), error.what());
}

TEST(ExitCode, IsTheDocumentedOne) {
  EXPECT_EQ(exit_code(ErrorKind::kBug), 1);
  EXPECT_EQ(exit_code(ErrorKind::kUsage), 2);
  EXPECT_EQ(exit_code(ErrorKind::kInput), 3);
  EXPECT_EQ(exit_code(ErrorKind::kGoalMissed), 4);
  EXPECT_EQ(exit_code(ErrorKind::kUnsupported), 5);
  EXPECT_EQ(exit_code(ErrorKind::kInterrupted), 130);
}

}  // namespace
}  // namespace gcompress
