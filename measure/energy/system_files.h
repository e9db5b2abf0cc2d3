// Small files of the system (/sys, /proc): what they hold, or why they cannot be read. Their
// content is not trusted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gcompress::measure {

struct FileText {
  std::optional<std::string> text;  // without white space at its ends
  bool denied = false;              // permission is what is missing
  std::string why_not;              // "permission denied: /sys/..."
};

// How such a file is read; tests put another in its place, as root is denied nothing.
using FileReader = std::function<FileText(const std::filesystem::path&)>;

// Reads at most 64 KiB. Never throws; anything but a readable file is a reason.
FileText read_system_file(const std::filesystem::path& file);

struct FileCount {
  std::optional<std::uint64_t> value;
  bool denied = false;
  std::string why_not;
};

// A file that holds one whole number that is not negative.
FileCount read_count(const FileReader& reader, const std::filesystem::path& file);

// The same of a text: digits only.
std::optional<std::uint64_t> parse_count(const std::string& text);

// "0,2-4" as {0, 2, 3, 4}; nullopt if it is anything else, or names more than 65536.
std::optional<std::vector<int>> parse_processor_list(const std::string& text);

// Names of what lies in a folder, sorted; nothing if it cannot be read.
std::vector<std::string> entries_of(const std::filesystem::path& folder);

}  // namespace gcompress::measure
