// The engine as an executor: runs a network with sparse kernels, on the CPU, without libtorch.
#pragma once

#include <memory>

#include "gcompress/core/base/run_context.h"
#include "gcompress/core/execute/executor.h"

namespace gcompress::engine {

// Float networks, and quantized ones on integers where they can. Inputs and outputs are float32,
// int32, int64 or bool; integers up to 2^24. A plan is made for
// every new input shape; the last two are kept. context.threads threads (0: one a processor). Not
// thread-safe. Throws Error(kUnsupported) with all that is missing, here where the declared shapes
// are known, else at the first run.
std::unique_ptr<execute::Executor> make_engine_executor(const graph::Network& network,
                                                        const RunContext& context);

}  // namespace gcompress::engine
