// Reading small files of the system.
#include "gcompress/measure/energy/system_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

namespace gcompress::measure {
namespace {

constexpr std::size_t kMostBytes = 64 * 1024;
constexpr std::size_t kMostProcessors = 65536;

FileText failure(int code, const std::filesystem::path& file) {
  const bool denied = code == EACCES || code == EPERM;
  const std::string reason = denied ? "permission denied" : std::generic_category().message(code);
  return {.text = std::nullopt, .denied = denied, .why_not = reason + ": " + file.string()};
}

std::string trimmed(const std::string& text) {
  constexpr const char* kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// What came from a file, cut to what fits in a sentence.
std::string excerpt(const std::string& text) {
  std::string shown = text.substr(0, 40);
  std::ranges::replace_if(shown, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text.size() > shown.size() ? shown + "..." : shown;
}

}  // namespace

FileText read_system_file(const std::filesystem::path& file) {
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return failure(errno, file);
  std::string text;
  int code = 0;
  while (text.size() < kMostBytes) {
    char buffer[4096];
    const ssize_t got = read(descriptor, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) code = errno;
    if (got <= 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
  }
  close(descriptor);
  if (code != 0) return failure(code, file);
  return {.text = trimmed(text), .denied = false, .why_not = {}};
}

std::optional<std::uint64_t> parse_count(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

FileCount read_count(const FileReader& reader, const std::filesystem::path& file) {
  const FileText content = reader(file);
  if (!content.text) return {std::nullopt, content.denied, content.why_not};
  const auto value = parse_count(*content.text);
  if (value) return {value, false, {}};
  return {std::nullopt, false,
          content.text->empty()
              ? "empty: " + file.string()
              : "not a whole number, '" + excerpt(*content.text) + "': " + file.string()};
}

std::optional<std::vector<int>> parse_processor_list(const std::string& text) {
  std::vector<int> list;
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const std::string item = text.substr(at, comma - at);
    const std::size_t dash = item.find('-');
    const auto first = parse_count(item.substr(0, dash));
    const auto last = dash == std::string::npos ? first : parse_count(item.substr(dash + 1));
    if (!first || !last || *last < *first || *last >= kMostProcessors) return std::nullopt;
    for (std::uint64_t i = *first; i <= *last; ++i) list.push_back(static_cast<int>(i));
    if (list.size() > kMostProcessors) return std::nullopt;
    at = comma + 1;
  }
  return list;
}

std::vector<std::string> entries_of(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace gcompress::measure
