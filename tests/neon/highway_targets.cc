// What Highway's library does on 64-bit ARM, where Debian's is not at hand: NEON is always there.
#include <hwy/targets.h>

#include <cstdlib>

namespace hwy {
namespace {

std::int64_t wanted = 0;    // of SetSupportedTargetsForTest; 0: all
std::int64_t disabled = 0;  // of DisableTargets

}  // namespace

std::int64_t SupportedTargets() {
  const std::int64_t all = wanted != 0 ? wanted : HWY_NEON | HWY_EMU128 | HWY_SCALAR;
  return all & ~disabled;
}

void SetSupportedTargetsForTest(std::int64_t targets) {
  wanted = targets;
  GetChosenTarget().DeInit();
}

void DisableTargets(std::int64_t targets) {
  disabled = targets;
  GetChosenTarget().DeInit();
}

ChosenTarget& GetChosenTarget() {
  static ChosenTarget chosen;
  return chosen;
}

void Abort(const char*, int, const char*, ...) { std::abort(); }

}  // namespace hwy
