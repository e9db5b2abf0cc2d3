// Files: atomic writing, mapping, and paths that must not leave a folder.
#include "gcompress/core/base/file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>

namespace gcompress {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class FileTest : public testing::Test {
 protected:
  fs::path folder_ =
      fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
};

TEST_F(FileTest, AtomicWritingReplacesTheWholeFile) {
  write_file_atomically(folder_ / "a", "old and long");
  write_file_atomically(folder_ / "a", "new");
  EXPECT_EQ(content_of(folder_ / "a"), "new");
}

TEST_F(FileTest, AFailedWriteLeavesTheOldFileAndNoOther) {
  write_file_atomically(folder_ / "a", "old");
  EXPECT_THROW(write_file_atomically(folder_ / "a",
                                     [](std::ostream& out) {
                                       out << "half";
                                       throw_input("stopped in the middle");
                                     }),
               Error);
  EXPECT_EQ(content_of(folder_ / "a"), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(FileTest, WritingAFileWhileItIsBeingWrittenMixesNothing) {
  write_file_atomically(folder_ / "a", [&](std::ostream& out) {
    out << "outer, begun first";
    write_file_atomically(folder_ / "a", "inner");
    EXPECT_EQ(content_of(folder_ / "a"), "inner");
    out << " and ended last";
  });
  EXPECT_EQ(content_of(folder_ / "a"), "outer, begun first and ended last");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(FileTest, MappingSeesTheBytes) {
  write_file_atomically(folder_ / "a", "hello");
  const Bytes bytes = map_file(folder_ / "a");
  EXPECT_TRUE(bytes.mapped());
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), "hello");
  bytes.release_pages();
  EXPECT_EQ(static_cast<char>(bytes.view()[0]), 'h');
}

TEST_F(FileTest, MappingRefusesFoldersAndAbsentFiles) {
  EXPECT_THROW(map_file(folder_), Error);
  EXPECT_THROW(map_file(folder_ / "absent"), Error);
}

TEST_F(FileTest, AnEmptyFileGivesNoBytes) {
  write_file_atomically(folder_ / "a", "");
  EXPECT_EQ(map_file(folder_ / "a").size(), 0U);
}

TEST_F(FileTest, PathsInsideAreAllowed) {
  fs::create_directories(folder_ / "sub");
  EXPECT_EQ(path_inside(folder_, "sub/../weights.bin"), fs::canonical(folder_) / "weights.bin");
}

TEST_F(FileTest, PathsThatLeaveTheFolderAreRefused) {
  fs::create_directories(folder_ / "inside");
  fs::create_symlink(folder_.parent_path(), folder_ / "inside/link");
  EXPECT_THROW(path_inside(folder_ / "inside", "../a"), Error);
  EXPECT_THROW(path_inside(folder_ / "inside", "/etc/passwd"), Error);
  EXPECT_THROW(path_inside(folder_ / "inside", "link/a"), Error);
  EXPECT_THROW(path_inside(folder_ / "inside", ""), Error);
  EXPECT_THROW(path_inside(folder_ / "inside", std::string("a\0b", 3)), Error);
}

}  // namespace
}  // namespace gcompress
