// The machine, by /proc/cpuinfo, /proc/meminfo and /sys.
#include "gcompress/measure/machine.h"

#include <algorithm>
#include <array>
#include <set>
#include <sstream>
#include <utility>

#include "gcompress/measure/energy/system_files.h"

namespace gcompress::measure {
namespace {

namespace fs = std::filesystem;

// By these names the firmware of virtual machines gives itself away. Clouds put their own name on
// whole machines too, so those do not tell.
constexpr std::array<const char*, 8> kVirtualNames = {
    "QEMU",           "KVM",        "VMware", "VirtualBox", "Xen", "Virtual Machine",
    "Google Compute", "Firecracker"};

std::string text_of(const fs::path& file) {
  std::string text = read_system_file(file).text.value_or("").substr(0, 100);
  std::erase_if(text, [](char c) { return c < ' ' || c > '~'; });
  return text;
}

// What follows "key ... :" in the file's first line that begins so.
std::string value_in(const std::string& content, const std::string& key) {
  std::istringstream lines(content);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(':');
    if (line.starts_with(key) && colon != std::string::npos) return line.substr(colon + 1);
  }
  return {};
}

void count_processors(const fs::path& folder, Machine& machine) {
  const auto online = parse_processor_list(text_of(folder / "online"));
  std::set<std::string> sockets;
  std::set<std::pair<std::string, std::string>> cores;
  for (const int processor : online.value_or(std::vector<int>{0})) {
    const fs::path topology = folder / ("cpu" + std::to_string(processor)) / "topology";
    const std::string socket = text_of(topology / "physical_package_id");
    sockets.insert(socket);
    const std::string core = text_of(topology / "core_id");
    cores.emplace(socket + "/" + text_of(topology / "die_id"),
                  core.empty() ? "processor " + std::to_string(processor) : core);
    ++machine.processors;
  }
  machine.sockets = static_cast<int>(sockets.size());
  machine.cores = static_cast<int>(cores.size());
}

void find_virtualization(const fs::path& root, Machine& machine) {
  const std::string flags =
      value_in(read_system_file(root / "proc/cpuinfo").text.value_or(""), "flags") + " ";
  const std::string vendor = text_of(root / "sys/class/dmi/id/sys_vendor");
  const std::string product = text_of(root / "sys/class/dmi/id/product_name");
  const std::string firmware = vendor.empty() ? product : vendor + " " + product;
  const std::string hypervisor = text_of(root / "sys/hypervisor/type");
  const bool named = std::ranges::any_of(
      kVirtualNames, [&](const char* name) { return firmware.find(name) != std::string::npos; });
  if (named || !hypervisor.empty() || flags.find(" hypervisor ") != std::string::npos) {
    machine.is_virtual = true;
    machine.virtualization = firmware.empty() ? hypervisor : firmware;
  } else if (flags != " ") {  // x86, which would have the flag
    machine.is_virtual = false;
  }
}

}  // namespace

Machine describe_machine(const fs::path& root) {
  Machine machine;
  count_processors(root / "sys/devices/system/cpu", machine);
  find_virtualization(root, machine);
  machine.governor = text_of(root / "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  std::istringstream memory(
      value_in(read_system_file(root / "proc/meminfo").text.value_or(""), "MemTotal"));
  std::uint64_t kibibytes = 0;
  if (memory >> kibibytes && kibibytes < UINT64_MAX / 1024) machine.memory_bytes = kibibytes * 1024;
  return machine;
}

}  // namespace gcompress::measure
