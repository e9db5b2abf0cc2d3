// .npz archives: round trips, other people's layouts, damage.
#include "gcompress/core/data/npz.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include "gcompress/core/data/dataset.h"
#include "gcompress/core/data/npy.h"
#include "tests/support/scratch.h"

namespace gcompress::data {
namespace {

using testing::Scratch;
using testing::thrown_by;

using Member = std::pair<std::string, std::string>;

// A zip archive of these members.
std::filesystem::path zip(const Scratch& scratch, const std::vector<Member>& members,
                          const char* compression) {
  const auto file = scratch / "made.npz";
  archive* writer = archive_write_new();
  archive_write_set_format_zip(writer);
  archive_write_set_format_option(writer, "zip", "compression", compression);
  archive_write_open_filename(writer, file.c_str());
  for (const auto& [name, content] : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    archive_write_header(writer, entry);
    archive_write_data(writer, content.data(), content.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
  return file;
}

std::string npy(const std::string& dictionary, const std::string& elements) {
  std::string file = std::string("\x93NUMPY\x01\x00", 8);
  file += static_cast<char>(dictionary.size());
  file += '\x00';
  return file + dictionary + elements;
}

const char* const kTwoBytes = "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }\n";

TEST(Npz, BringsArraysOfEveryTypeAndShapeBack) {
  const Scratch scratch;
  const std::map<std::string, Tensor> arrays = {
      {"float", Tensor::from<float>({2, 3}, {1, 2, 3, 4, 5, 6})},
      {"double", Tensor::from<double>({1}, {0.1})},
      {"half", from_float32(DataType::kFloat16, {2}, std::vector<float>{1, -2})},
      {"int64", Tensor::from<std::int64_t>({2, 1, 1}, {-1, 1LL << 60})},
      {"uint8", Tensor::from<std::uint8_t>({3}, {0, 128, 255})},
      {"int8", Tensor::from<std::int8_t>({3}, {0, -128, 127})},
      {"scalar", Tensor::scalar(3.0F)},
      {"empty", Tensor::zeros(DataType::kFloat32, {0, 5})},
      {"name/with.dots and späces", Tensor::from<std::int32_t>({1}, {7})},
      {"bool", Tensor(DataType::kBool, {2}, Bytes::own(std::vector<std::uint8_t>{0, 1}))}};
  write_npz(scratch / "all.npz", arrays);
  const auto read = read_npz(scratch / "all.npz");
  ASSERT_EQ(read.size(), arrays.size());
  for (const auto& [name, tensor] : arrays) {
    ASSERT_TRUE(read.contains(name)) << name;
    EXPECT_TRUE(identical(read.at(name), tensor)) << name;
  }
}

TEST(Npz, WritesTheSameBytesTwiceAndBfloat16AsFloat32) {
  const Scratch scratch;
  const Tensor half = from_float32(DataType::kBfloat16, {2}, std::vector<float>{1.5F, -2});
  write_npz(scratch / "a.npz", {{"x", half}});
  write_npz(scratch / "b.npz", {{"x", half}});
  const auto bytes = [&](const char* name) {
    std::ifstream stream(scratch / name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  };
  EXPECT_EQ(bytes("a.npz"), bytes("b.npz"));
  EXPECT_TRUE(identical(read_npz(scratch / "a.npz").at("x"), Tensor::from<float>({2}, {1.5F, -2})));
  EXPECT_THROW(write_npz(scratch / "c.npz", {{"x", Tensor::zeros(DataType::kInt4, {2})}}), Error);
  EXPECT_FALSE(std::filesystem::exists(scratch / "c.npz"));
}

TEST(Npz, ReadsDeflatedMembersColumnMajorOrderAndBigEndianNumbers) {
  const Scratch scratch;
  const std::string columns =
      npy("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3)}",
          std::string("\x00\x01\x00\x04\x00\x02\x00\x05\x00\x03\x01\x06", 12));
  for (const char* compression : {"deflate", "store"}) {
    const auto file =
        zip(scratch, {{"x.npy", columns}, {"y.npy", npy(kTwoBytes, "ab")}}, compression);
    const auto arrays = read_npz(file);
    EXPECT_TRUE(
        identical(arrays.at("x"), Tensor::from<std::int16_t>({2, 3}, {1, 2, 3, 4, 5, 0x106})));
    EXPECT_EQ(arrays.at("y").as<std::uint8_t>()[1], 'b');
  }
}

TEST(Npz, ColumnMajorOrderOfThreeDimensionsIsTurnedRight) {
  const NpyHeader header = {.dtype = DataType::kUint8, .column_major = true, .shape = {2, 3, 4}};
  std::vector<std::byte> elements;
  for (int i = 0; i < 24; ++i) elements.push_back(static_cast<std::byte>(i));
  const Tensor tensor = npy_tensor(header, elements);
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      for (std::size_t k = 0; k < 4; ++k) {
        EXPECT_EQ(tensor.as<std::uint8_t>()[(i * 3 + j) * 4 + k], i + 2 * (j + 3 * k));
      }
    }
  }
}

TEST(Npz, EveryCutOfAnArchiveIsAnErrorThatNamesIt) {
  const Scratch scratch;
  const auto whole = zip(scratch, {{"x.npy", npy(kTwoBytes, "ab")}}, "deflate");
  std::ifstream stream(whole, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(stream), {});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto file = scratch.write("cut.npz", bytes.substr(0, size));
    const std::string error = thrown_by([&] { read_npz(file); });
    EXPECT_NE(error.find("cut.npz"), std::string::npos) << size << ": " << error;
  }
}

TEST(Npz, NoFlippedByteCrashesOrChangesAnArrayUnseen) {
  const Scratch scratch;
  const auto whole = zip(scratch, {{"x.npy", npy(kTwoBytes, "ab")}}, "store");
  std::ifstream stream(whole, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(stream), {});
  const Tensor expected = read_npz(whole).at("x");
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    std::string damaged = bytes;
    damaged[place] = static_cast<char>(damaged[place] ^ 0xFF);
    const auto file = scratch.write("damaged.npz", damaged);
    try {
      for (const auto& [name, tensor] : read_npz(file)) {
        EXPECT_TRUE(identical(tensor, expected)) << place;
      }
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput) << place;
    }
  }
}

TEST(Npz, WhatHeadersClaimIsCheckedBeforeItIsAllocated) {
  const Scratch scratch;
  const auto error = [&](const std::string& dictionary, const std::string& elements) {
    const auto file = zip(scratch, {{"x.npy", npy(dictionary, elements)}}, "store");
    return thrown_by([&] { read_npz(file); });
  };
  EXPECT_NE(error("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999,)}", "ab")
                .find("more than the file can hold"),
            std::string::npos);
  EXPECT_NE(error("{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999, 9999999999)}", "")
                .find("made.npz"),
            std::string::npos);
  EXPECT_NE(error(kTwoBytes, "a").find("cut short"), std::string::npos);
  EXPECT_NE(error(kTwoBytes, "abc").find("goes on"), std::string::npos);
}

TEST(Npz, OtherTypesAndDamagedHeadersSayWhatIsWrong) {
  const auto error = [](const std::string& dictionary) {
    return thrown_by([&] { parse_npy_header(npy(dictionary, "")); });
  };
  EXPECT_NE(error("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}").find("|O"),
            std::string::npos);
  EXPECT_NE(error("{'descr': '<U5', 'fortran_order': False, 'shape': (1,)}").find("class numbers"),
            std::string::npos);
  EXPECT_NE(
      error("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}").find("records"),
      std::string::npos);
  for (const char* dictionary :
       {"", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': 1, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4, 'fortran_order': False, 'shape': (1,)}"}) {
    EXPECT_NE(error(dictionary), "") << dictionary;
  }
  EXPECT_NE(thrown_by([] { parse_npy_header("NUMPY"); }), "");
  EXPECT_NE(thrown_by([] { parse_npy_header(std::string("\x93NUMPY\x09\x00\x00\x00", 10)); }), "");
  const Scratch scratch;
  EXPECT_THROW(read_npz(scratch.path()), Error);
  EXPECT_THROW(read_npz(scratch / "missing"), Error);
  EXPECT_THROW(read_npz(scratch.write("text", "no archive")), Error);
}

TEST(NpzData, KeysAreInputsAndLabelsDecideTheTask) {
  const Scratch scratch;
  const std::vector<float> values(10, 1.0F);
  std::map<std::string, Tensor> arrays = {{"b", Tensor::from({10, 1}, values)},
                                          {"a", Tensor::from({10}, values)}};
  const auto opened = [&](const std::string& options = "") {
    write_npz(scratch / "d.npz", arrays);
    return open("npz:" + (scratch / "d.npz").string() + options, {}, {});
  };
  EXPECT_EQ(opened().task, "");
  EXPECT_FALSE(opened().train.labelled());
  arrays["labels"] = Tensor::from<std::int32_t>({10, 1}, {0, 1, 2, 0, 1, 2, 0, 1, 2, 0});
  const auto parts = opened();
  EXPECT_EQ(parts.task, "classification");
  EXPECT_EQ(parts.train.source->inputs()[1].name, "b");
  EXPECT_EQ(parts.test.size(), 2);
  EXPECT_EQ(parts.test.source->labels()->dtype, DataType::kInt64);
  EXPECT_TRUE(parts.test.source->labels()->shape.empty());
  EXPECT_EQ(opened(",task=regression").test.source->labels()->dtype, DataType::kFloat32);
  arrays["labels"] = Tensor::from({10, 1}, values);
  EXPECT_EQ(opened().task, "regression");
  arrays["labels"] = Tensor::from({10, 1, 1, 1}, values);
  EXPECT_EQ(opened().task, "cells");
  EXPECT_NE(thrown_by([&] { opened(",task=classification"); }), "");
  arrays["labels"] = Tensor::from<std::int64_t>({1}, {0});
  EXPECT_NE(thrown_by([&] { opened(); }).find("numbers of samples differ"), std::string::npos);
}

TEST(NpzData, ATestFileMustHoldTheSameArrays) {
  const Scratch scratch;
  const std::vector<float> values(12, 1.0F);
  write_npz(scratch / "train.npz", {{"x", Tensor::from({6, 2}, values)}});
  write_npz(scratch / "test.npz", {{"x", Tensor::from({6, 2}, values)}});
  write_npz(scratch / "other.npz", {{"x", Tensor::from({4, 3}, values)}});
  const std::string train = "npz:" + (scratch / "train.npz").string() + ",test=";
  const auto parts = open(train + (scratch / "test.npz").string(), {}, {});
  EXPECT_EQ(parts.train.size() + parts.tune.size(), 6);
  EXPECT_EQ(parts.test.size(), 6);
  const std::string error =
      thrown_by([&] { open(train + (scratch / "other.npz").string(), {}, {}); });
  EXPECT_NE(error.find("[3]"), std::string::npos) << error;
  EXPECT_NE(error.find("[2]"), std::string::npos) << error;
}

}  // namespace
}  // namespace gcompress::data
