// Making and removing a scratch folder.
#include "gcompress/core/base/scratch_folder.h"

#include <cstdlib>
#include <string>
#include <system_error>

#include "gcompress/core/base/error.h"

namespace gcompress {

namespace fs = std::filesystem;

ScratchFolder::ScratchFolder() {
  std::error_code error;
  const fs::path parent = fs::temp_directory_path(error);
  std::string name = (parent / "gcompress-XXXXXX").string();
  if (error || mkdtemp(name.data()) == nullptr) {
    throw_usage("no scratch folder can be made" + (error ? "" : " in " + parent.string()),
                "point TMPDIR to a folder that can be written");
  }
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace gcompress
