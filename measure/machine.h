// What kind of machine this is, as far as energy depends on it: processors, memory, virtual or not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace gcompress::measure {

struct Machine {
  int processors = 0;  // that the system runs, threads of a core counted apart
  int cores = 0;
  int sockets = 0;
  std::optional<std::uint64_t> memory_bytes;
  std::optional<bool> is_virtual;  // nullopt: the system gives no sign
  std::string virtualization;      // "QEMU Standard PC", "KVM"; empty if it does not say
  std::string governor;            // of processor 0: "performance"; empty if it does not say
};

// Reads proc and sys below `root`. Never throws; what cannot be read stays unknown, and there is
// always at least one processor.
Machine describe_machine(const std::filesystem::path& root = "/");

}  // namespace gcompress::measure
