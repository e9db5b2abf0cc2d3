// IDX files: whole, gzipped, cut, lying; and MNIST itself where it is at hand.
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>

#include "gcompress/core/base/hash.h"
#include "gcompress/core/data/dataset.h"
#include "gcompress/core/data/idx.h"
#include "tests/support/scratch.h"

namespace gcompress::data {
namespace {

using testing::Scratch;
using testing::thrown_by;

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    bytes += static_cast<char>(value >> shift & 0xFFU);
  return bytes;
}

std::string idx(const std::vector<std::uint32_t>& shape, const std::string& bytes) {
  std::string file = big_endian(0x800U + static_cast<std::uint32_t>(shape.size()));
  for (const std::uint32_t size : shape) file += big_endian(size);
  return file + bytes;
}

std::string gzipped(const std::string& content, const Scratch& scratch) {
  const auto file = scratch / "packing.gz";
  gzFile packed = gzopen(file.c_str(), "wb");
  gzwrite(packed, content.data(), static_cast<unsigned>(content.size()));
  gzclose(packed);
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Four images of 2 x 3 and their labels to train, two to test.
void write_small_set(const Scratch& scratch) {
  scratch.write("train-images-idx3-ubyte", idx({4, 2, 3}, "abcdefghijklmnopqrstuvwx"));
  scratch.write("train-labels-idx1-ubyte", idx({4}, std::string("\x00\x01\x02\x01", 4)));
  scratch.write("t10k-images-idx3-ubyte.gz", gzipped(idx({2, 2, 3}, "ABCDEFGHIJKL"), scratch));
  scratch.write("t10k-labels-idx1-ubyte.gz", gzipped(idx({2}, "\x02\x01"), scratch));
}

TEST(Idx, ReadsPlainAndGzippedFilesAlike) {
  const Scratch scratch;
  const std::string content = idx({2, 1, 3}, "abcdef");
  const Tensor plain = read_idx(scratch.write("plain", content));
  const Tensor packed = read_idx(scratch.write("packed", gzipped(content, scratch)));
  EXPECT_EQ(plain.shape(), (Shape{2, 1, 3}));
  EXPECT_EQ(plain.as<std::uint8_t>()[5], 'f');
  EXPECT_TRUE(identical(plain, packed));
}

TEST(Idx, EveryCutOfAFileIsAnError) {
  const Scratch scratch;
  const std::string content = idx({2, 1, 3}, "abcdef");
  const std::string packed = gzipped(content, scratch);
  for (std::size_t size = 0; size < content.size(); ++size) {
    const auto file = scratch.write("cut", content.substr(0, size));
    EXPECT_NE(thrown_by([&] { read_idx(file); }).find("cut"), std::string::npos) << size;
  }
  for (std::size_t size = 0; size < packed.size(); ++size) {
    const auto file = scratch.write("cut", packed.substr(0, size));
    EXPECT_THROW(read_idx(file), Error) << size;
  }
}

TEST(Idx, EveryFlippedByteOfAGzippedBodyIsAnError) {
  const Scratch scratch;
  const std::string packed = gzipped(idx({2, 1, 3}, "abcdef"), scratch);
  for (std::size_t place = 10; place < packed.size(); ++place) {  // after the gzip header
    std::string damaged = packed;
    damaged[place] = static_cast<char>(damaged[place] ^ 0x55);
    const auto file = scratch.write("damaged", damaged);
    EXPECT_THROW(read_idx(file), Error) << place;
  }
}

TEST(Idx, AHeaderThatClaimsMoreThanTheFileCanHoldIsRefusedBeforeAllocating) {
  const Scratch scratch;
  const std::string huge = idx({0xFFFFFFFFU, 0x10000U, 0x100U}, "abc");
  const auto plain = scratch.write("huge", huge);
  EXPECT_NE(thrown_by([&] { read_idx(plain); }).find("more than the file can hold"),
            std::string::npos);
  const auto packed = scratch.write("huge.gz", gzipped(huge, scratch));
  EXPECT_NE(thrown_by([&] { read_idx(packed); }).find("more than the file can hold"),
            std::string::npos);
  const auto overflow = scratch.write("overflow", idx({~0U, ~0U, ~0U, ~0U}, ""));
  EXPECT_THROW(read_idx(overflow), Error);
}

TEST(Idx, BytesBehindTheLastElementAreAnErrorAlsoIfTheyUnpackToGigabytes) {
  const Scratch scratch;
  const auto more = scratch.write("more", idx({3}, "abcd"));
  EXPECT_NE(thrown_by([&] { read_idx(more); }).find("goes on"), std::string::npos);
  const auto bomb =
      scratch.write("bomb.gz", gzipped(idx({3}, std::string(50'000'000, 'a')), scratch));
  EXPECT_NE(thrown_by([&] { read_idx(bomb); }).find("goes on"), std::string::npos);
}

TEST(Idx, AnotherMagicNumberIsShown) {
  const Scratch scratch;
  const auto floats = scratch.write("floats", big_endian(0xD01) + big_endian(1) + "abcd");
  EXPECT_NE(thrown_by([&] { read_idx(floats); }).find("0x00000d01"), std::string::npos);
  EXPECT_THROW(read_idx(scratch.path()), Error);
  EXPECT_THROW(read_idx(scratch / "missing"), Error);
}

TEST(Mnist, OpensItsFourFilesAndScalesThem) {
  const Scratch scratch;
  write_small_set(scratch);
  const auto parts = open("mnist:" + scratch.path().string() + ",mean=0,std=1", {}, {});
  EXPECT_EQ(parts.task, "classification");
  EXPECT_EQ(parts.train.size() + parts.tune.size(), 4);
  EXPECT_EQ(parts.test.size(), 2);
  EXPECT_EQ(parts.test.classes, (std::vector<std::string>{"0", "1", "2"}));
  const Batch batch = parts.test.batch(std::vector<std::int64_t>{1});
  EXPECT_EQ(batch.inputs.front().second.shape(), (Shape{1, 1, 2, 3}));
  EXPECT_FLOAT_EQ(batch.inputs.front().second.as<float>()[0], 'G' / 255.0F);
  EXPECT_EQ(batch.labels.as<std::int64_t>()[0], 1);
}

TEST(Mnist, FilesThatDoNotFitEachOtherAreNamed) {
  const Scratch scratch;
  write_small_set(scratch);
  const auto error = [&] {
    return thrown_by([&] { open("mnist:" + scratch.path().string(), {}, {}); });
  };
  EXPECT_EQ(error(), "");
  scratch.write("train-labels-idx1-ubyte", idx({3}, std::string("\x00\x01\x02", 3)));
  EXPECT_NE(error().find("train-labels-idx1-ubyte: holds 3 labels"), std::string::npos) << error();
  scratch.write("train-labels-idx1-ubyte", idx({4}, std::string("\x00\x01\x01\x01", 4)));
  EXPECT_NE(error().find("test label 2"), std::string::npos) << error();
  scratch.write("train-labels-idx1-ubyte", idx({4, 1}, std::string("\x00\x01\x02\x01", 4)));
  EXPECT_NE(error().find("[4, 1]"), std::string::npos) << error();
  std::filesystem::remove(scratch / "train-labels-idx1-ubyte");
  EXPECT_NE(error().find("train-labels-idx1-ubyte.gz"), std::string::npos) << error();
  EXPECT_THROW(open("mnist:", {}, {}), Error);
}

TEST(Mnist, TheRealOneHasItsPublishedBytes) {
  const auto folder = testing::shared_folder() / "datasets" / "mnist";
  GCOMPRESS_SKIP_WITHOUT(folder);
  const auto parts = open("mnist:" + folder.string(), {}, {});
  EXPECT_EQ(parts.train.size(), 55000);
  EXPECT_EQ(parts.tune.size(), 5000);
  EXPECT_EQ(parts.test.size(), 10000);
  const Batch batch = parts.test.batch(parts.test.indices);
  const auto labels = batch.labels.as<std::int64_t>();
  EXPECT_EQ(std::count(labels.begin(), labels.end(), 7), 1028);
  EXPECT_EQ(std::count(labels.begin(), labels.end(), 1), 1135);
}

}  // namespace
}  // namespace gcompress::data
