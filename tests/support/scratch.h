// A folder for a test's files, removed afterwards, and where the shared data lies.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace gcompress::testing {

class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "gcompress-test-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  std::filesystem::path write(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

// The folder with datasets/ and models/: GCOMPRESS_TEST_DATA, or shared/ beside one of the folders
// above the working directory (beside the repository, for a build inside it).
inline std::filesystem::path shared_folder() {
  const char* named = std::getenv("GCOMPRESS_TEST_DATA");
  if (named != nullptr) return named;
  const std::filesystem::path start = std::filesystem::current_path();
  for (auto folder = start; folder != folder.root_path(); folder = folder.parent_path()) {
    if (std::filesystem::exists(folder / "shared" / "datasets")) return folder / "shared";
  }
  return start / "shared";
}

// What calling `work` throws, as text; "" if nothing.
template <typename Work>
std::string thrown_by(Work&& work) {
  try {
    work();
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

}  // namespace gcompress::testing

#define GCOMPRESS_SKIP_WITHOUT(path)                                           \
  if (!std::filesystem::exists(path))                                          \
  GTEST_SKIP() << (path)                                                       \
               << " is not there; set GCOMPRESS_TEST_DATA to the folder that " \
                  "holds datasets/ and models/"
