// Spreads independent pieces of work over threads.
#pragma once

#include <cstdint>
#include <functional>

#include "gcompress/core/base/run_context.h"

namespace gcompress::prune {

// Calls work(i) for i in 0..count-1, on as many threads as the context allows; returns when all are
// done. Results must not depend on the order. What one call throws is thrown here, once.
void for_each_piece(std::int64_t count, const RunContext& context,
                    const std::function<void(std::int64_t)>& work);

}  // namespace gcompress::prune
