// Kernels on every instruction set that this processor has.
#pragma once

#include <hwy/targets.h>

#include <cstdint>
#include <functional>

namespace gcompress::kernels {

// Runs once for each instruction set, best first, with its name.
inline void on_every_target(const std::function<void(const char*)>& test) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    test(hwy::TargetName(target));
  }
  hwy::SetSupportedTargetsForTest(0);
}

}  // namespace gcompress::kernels
