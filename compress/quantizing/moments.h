// Where learned rounding gets what it must know of layers' inputs: from prune's walk over layers.
#pragma once

#include "gcompress/core/data/dataset.h"
#include "gcompress/core/execute/executor.h"
#include "gcompress/quantize/rounding.h"

namespace gcompress::compress {

// Refers to what it is given.
quantize::MomentSource moment_source(const data::Dataset& data,
                                     const execute::ExecutorFactory& make_executor,
                                     const RunContext& context);

}  // namespace gcompress::compress
