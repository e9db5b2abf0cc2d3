// The output folder while it is being made.
#include "gcompress/compress/work_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <string>
#include <system_error>

#include "gcompress/core/base/error.h"

namespace gcompress::compress {
namespace {

namespace fs = std::filesystem;

bool is_ours(const fs::path& folder) {
  return fs::is_directory(folder) && (fs::is_empty(folder) || fs::exists(folder / "report.json"));
}

bool holds_checkpoints(const fs::path& partial) {
  std::error_code error;
  return fs::exists(partial / "checkpoints", error) &&
         !fs::is_empty(partial / "checkpoints", error) && !error;
}

}  // namespace

WorkFolder::WorkFolder(fs::path out, bool resume, bool fresh) : out_(std::move(out)) {
  if (out_.filename().empty()) out_ = out_.parent_path();
  if (out_.empty()) throw_usage("the output folder has no name", "name one with --out");
  partial_ = out_.string() + ".partial";
  if (fs::exists(out_) && !is_ours(out_)) {
    throw_usage("the output folder '" + out_.string() + "' exists and is not one of ours",
                "name another with --out, or remove it");
  }
  std::error_code error;
  fs::create_directories(partial_, error);
  if (error) {
    throw_usage("the output folder '" + partial_.string() + "' cannot be made: " + error.message());
  }
  take_lock();
  if (holds_checkpoints(partial_)) {
    if (!resume && !fresh) {
      throw_usage("an unfinished run lies in '" + partial_.string() + "'",
                  "--resume goes on with it, --fresh begins anew");
    }
    if (!resume) fs::remove_all(checkpoints(), error);
  }
  fs::create_directories(checkpoints(), error);
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  if (!committed_ && lock_ >= 0 && !holds_checkpoints(partial_)) fs::remove_all(partial_, ignored);
  if (lock_ >= 0) close(lock_);
}

void WorkFolder::take_lock() {
  lock_ = open((partial_ / ".lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
  if (lock_ < 0 || flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    if (lock_ >= 0) close(lock_);
    lock_ = -1;
    throw_usage("another run is writing '" + partial_.string() + "'",
                "wait for it, or name another folder with --out");
  }
}

void WorkFolder::commit() {
  std::error_code error;
  fs::remove_all(checkpoints(), error);
  fs::remove(partial_ / ".lock", error);
  const fs::path old = out_.string() + ".old";
  if (fs::exists(out_)) fs::rename(out_, old, error);
  if (!error) fs::rename(partial_, out_, error);
  if (error) throw_usage("the output folder '" + out_.string() + "': " + error.message());
  committed_ = true;
  fs::remove_all(old, error);
}

}  // namespace gcompress::compress
