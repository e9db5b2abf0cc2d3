// Which coding promises the smallest section. Internal to core/packed.
#pragma once

#include "gcompress/core/packed/internal/section.h"
#include "gcompress/core/packed/internal/statistics.h"

namespace gcompress::packed::internal {

// By the entropies of what each coding would write. A guess that is wrong costs size, nothing else.
Coding choose_coding(const Statistics& statistics, const ElementKind& kind, Way way);

}  // namespace gcompress::packed::internal
