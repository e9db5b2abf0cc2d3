// Computes every figure of an output folder again, from the evidence and the files in it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gcompress/compress/stage.h"

namespace gcompress::compress {

// A figure that does not come out.
struct Finding {
  std::string entry;  // "/models/1/accuracy/correct"
  std::string claimed;
  std::string found;
};

struct Verification {
  std::vector<std::string> checked;      // parts of the report that came out or did not
  std::vector<std::string> not_checked;  // sentences: what only a run can tell
  std::vector<Finding> findings;         // empty: every figure came out
};

// Throws Error(kInput) where the folder holds no report, or evidence that cannot be read.
Verification verify(const std::filesystem::path& folder, const Tables& tables);

// JSON, schema gcompress-verification/1.
std::string to_json(const Verification& verification);

}  // namespace gcompress::compress
