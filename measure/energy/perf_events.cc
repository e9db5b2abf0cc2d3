// perf_event_open.
#include "gcompress/measure/energy/perf_events.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

namespace gcompress::measure {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

}  // namespace

PerfEvent open_perf_event_of_system(std::uint32_t type, std::uint64_t config, int processor) {
  perf_event_attr attributes{};
  attributes.type = type;
  attributes.size = sizeof(attributes);
  attributes.config = config;
  const long opened =
      syscall(SYS_perf_event_open, &attributes, -1, processor, -1, PERF_FLAG_FD_CLOEXEC);
  if (opened < 0) {
    const int code = errno;
    return {.read = {},
            .denied = code == EACCES || code == EPERM,
            .why_not = std::generic_category().message(code)};
  }
  auto descriptor = std::make_shared<const Descriptor>(static_cast<int>(opened));
  return {.read = [descriptor]() -> std::optional<std::uint64_t> {
            std::uint64_t count = 0;
            if (read(descriptor->number(), &count, sizeof(count)) != sizeof(count)) {
              return std::nullopt;
            }
            return count;
          },
          .denied = false,
          .why_not = {}};
}

}  // namespace gcompress::measure
