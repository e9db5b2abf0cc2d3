#include "gcompress/core/engine/cuda/device_text.h"

#include <algorithm>
#include <cctype>

#include "gcompress/core/base/error.h"

namespace gcompress::engine::gpu {
namespace {

constexpr const char* kPrefix = "cuda:";

bool all(const std::string& text, int (*is)(int)) {
  return !text.empty() && std::ranges::all_of(text, [is](unsigned char c) { return is(c) != 0; });
}

// DOMAIN:BUS:DEVICE.FUNCTION out of a text that may leave out domain and function; empty: it is
// none.
std::string full_pci_id(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  if (std::ranges::count(text, ':') == 1) text = "0000:" + text;
  if (text.find('.') == std::string::npos) text += ".0";
  const std::size_t bus = text.find(':');
  const std::size_t device = text.find(':', bus + 1);
  const std::size_t function = text.find('.');
  if (device == std::string::npos || function < device) return {};
  const std::string parts[] = {text.substr(0, bus), text.substr(bus + 1, device - bus - 1),
                               text.substr(device + 1, function - device - 1),
                               text.substr(function + 1)};
  return std::ranges::all_of(parts, [](const std::string& p) { return all(p, std::isxdigit); })
             ? text
             : std::string();
}

}  // namespace

DeviceText parse_device(const std::string& device) {
  using Kind = DeviceText::Kind;
  if (device.empty() || device == "cpu") return {};
  if (device == "auto") return {.kind = Kind::kAuto, .index = 0, .pci = {}};
  if (device == "cuda") return {.kind = Kind::kFirst, .index = 0, .pci = {}};
  if (device.starts_with(kPrefix)) {
    const std::string which = device.substr(std::string(kPrefix).size());
    constexpr std::size_t kDigits = 4;
    if (all(which, std::isdigit) && which.size() <= kDigits) {
      return {.kind = Kind::kIndex, .index = std::stoi(which), .pci = {}};
    }
    if (const std::string pci = full_pci_id(which); !pci.empty()) {
      return {.kind = Kind::kPci, .index = 0, .pci = pci};
    }
  }
  throw_usage("'" + device + "' is no device", "use cpu, cuda, cuda:INDEX, cuda:PCI-ID or auto");
}

}  // namespace gcompress::engine::gpu
