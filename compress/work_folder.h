// The output folder while it is being made: OUT.partial, renamed to OUT when all is written.
#pragma once

#include <filesystem>

namespace gcompress::compress {

// Holds a lock, so that two runs do not share a folder. An unfinished OUT.partial of an earlier run
// is gone on from (resume), thrown away (fresh), or an Error(kUsage) that says so. An OUT that
// exists is replaced on commit() if it is one of ours (it holds report.json) or empty; otherwise
// the constructor throws Error(kUsage).
class WorkFolder {
 public:
  WorkFolder(std::filesystem::path out, bool resume, bool fresh);
  // Leaves OUT.partial behind if it holds checkpoints, removes it otherwise.
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  const std::filesystem::path& path() const { return partial_; }
  std::filesystem::path checkpoints() const { return partial_ / "checkpoints"; }
  void commit();

 private:
  void take_lock();

  std::filesystem::path out_;
  std::filesystem::path partial_;
  int lock_ = -1;
  bool committed_ = false;
};

}  // namespace gcompress::compress
