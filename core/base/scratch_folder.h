// A folder for scratch files that removes itself.
#pragma once

#include <filesystem>

namespace gcompress {

// Made in TMPDIR (or /tmp) with a name of its own, removed with all it holds when this goes. Throws
// Error(kUsage) where none can be made.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace gcompress
