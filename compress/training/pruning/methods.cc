// The table of what runs the ways of pruning.
#include "gcompress/compress/training/pruning/methods.h"

#include <algorithm>
#include <array>

#include "gcompress/core/base/error.h"

namespace gcompress::compress {
namespace {

struct Row {
  const char* name;
  RunPruneMethod run;
};

const std::array<Row, 7> kRows = {{
    {"one-shot", run_one_shot},
    {"gradual", run_gradual},
    {"backtracking", run_backtracking},
    {"reconstruct", run_reconstruct},
    {"iterative", run_iterative},
    {"surgery", run_surgery},
    {"rigging", run_rigging},
}};

}  // namespace

RunPruneMethod prune_method_runner(const std::string& name) {
  const auto found = std::ranges::find_if(kRows, [&](const Row& row) { return row.name == name; });
  GCOMPRESS_CHECK(found != kRows.end());
  return found->run;
}

}  // namespace gcompress::compress
