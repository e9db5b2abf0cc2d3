// The machine that figures come from.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace gcompress::measure {

struct Host {
  std::string processor;                      // "AMD EPYC 9R14"; "unknown" if the system is silent
  std::vector<std::string> instruction_sets;  // those that matter here: avx2, avx512f, ...
  int cores = 0;                              // that this process may use
  std::string system;                         // "Linux 6.1.0 x86_64"
  std::string governor;                       // of the clock: "performance"; empty: not said
  std::optional<bool> is_virtual;             // nullopt: the system gives no sign
};

Host this_host();

}  // namespace gcompress::measure
