// What can run networks: the table of executors, and the one that --executor NAME[:ARGUMENT] asks
// for.
#pragma once

#include <string>
#include <vector>

#include "gcompress/compress/settings.h"
#include "gcompress/compress/stage.h"
#include "gcompress/core/base/run_context.h"
#include "gcompress/core/execute/executor.h"

namespace gcompress::compress {

// libtorch computing in bfloat16.
inline constexpr const char* kTorchBf16 = "torch-bf16";

// All executors. The makers of libtorch's are null in the program without it.
std::vector<ExecutorRow> executors(ExecutorRow::Make make_torch, ExecutorRow::Make make_torch_bf16);

// A row and what stands behind the colon.
struct ChosenExecutor {
  const ExecutorRow* row;
  std::string argument;
};

// Reads NAME[:ARGUMENT]. Throws Error(kUsage): an unknown name (with those there are), an argument
// that is missing or not wanted.
ChosenExecutor choose_executor(const std::string& text, const Tables& tables);

// Checks the option `executor` before anything runs: its argument leads to something that can be
// used, on the device asked for. Throws Error(kUsage).
void check_executor(const Settings& common, const Tables& tables);

// Makes executors as the option says; empty where this program cannot.
execute::ExecutorFactory executor_factory(const std::string& text, const Tables& tables,
                                          const RunContext& context);

}  // namespace gcompress::compress
