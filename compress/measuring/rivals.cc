// Making the rivals.
#include "gcompress/compress/measuring/rivals.h"

#include <fmt/format.h>

#include <algorithm>

#include "gcompress/compress/executors.h"
#include "gcompress/compress/quantizing/target_runtime.h"
#include "gcompress/core/base/error.h"
#include "gcompress/core/execute/feed.h"
#include "gcompress/core/execute/onnxruntime/executor.h"
#include "gcompress/core/execute/onnxruntime/find.h"
#include "gcompress/core/graph/qdq/pattern.h"
#include "gcompress/measure/host.h"
#include "gcompress/quantize/quantize.h"

namespace gcompress::compress {
namespace {

constexpr const char* kRunner = "onnxruntime";

bool is_due(const StageState& state, const StageContext& context) {
  return state.data && context.make_executor && context.common.text("rivals") != "none" &&
         context.common.flag("latency") && state.data->test.size() > 0;
}

bool runs_in_onnxruntime(const std::string& executor) {
  return executor.starts_with(std::string(kRunner) + ":");
}

// NAME:ARGUMENT of the runtime with the integer operators. Throws Error saying what to do.
std::string integer_executor(const Settings& common) {
  if (runs_in_onnxruntime(common.text("executor"))) return common.text("executor");
  if (common.text("device").starts_with("cuda")) {
    throw_usage("it runs on the CPU only", "measure with --device cpu");
  }
  const std::filesystem::path library = execute::find_onnxruntime();
  if (library.empty()) {
    throw_usage(
        "ONNX Runtime was not found",
        std::string("give --executor onnxruntime:LIBRARY or set ") + execute::kOnnxRuntimeVariable);
  }
  execute::onnxruntime_version(library);
  return std::string(kRunner) + ":" + library.string();
}

std::string what_stayed_float(const quantize::Plan& quantized) {
  std::string text =
      fmt::format("The rival dense int8 has {} of {} layers on integers", quantized.layers.size(),
                  quantized.layers.size() + quantized.stayed_float.size());
  constexpr std::size_t kNamed = 5;
  for (std::size_t i = 0; i < std::min(quantized.stayed_float.size(), kNamed); ++i) {
    const quantize::StayedFloat& layer = quantized.stayed_float[i];
    text += fmt::format("{} {} ({})", i == 0 ? "; float are" : ",", layer.node, layer.why);
  }
  if (quantized.stayed_float.size() > kNamed) text += " and others";
  return text + ".";
}

void add_int8(const graph::Network& dense, StageState& state, const StageContext& context,
              const Tables& tables) {
  const std::string executor = integer_executor(context.common);
  const execute::ExecutorFactory factory = executor_factory(executor, tables, context.run);
  const quantize::Ranges ranges =
      quantize::ranges_of(quantize::observe(dense, factory, state.data->tune, {}, context.run),
                          quantize::calibrator("min-max"));
  const quantize::Quantized quantized =
      quantize::quantize(dense, ranges, {.reduced_range = target_runtime("auto").reduced_range});
  if (quantized.plan.layers.empty()) {
    throw Error(ErrorKind::kUnsupported, "no layer of it can run on integers");
  }
  factory(quantized.network);  // what ONNX Runtime refuses must not spoil the run
  state.notes.push_back(what_stayed_float(quantized.plan));
  Rival rival;
  rival.name = "dense int8";
  rival.network = quantized.network;
  rival.executor = executor;
  rival.make_executor = factory;
  if (executor != context.common.text("executor")) {
    Rival same = rival;
    same.name = "dense in ONNX Runtime";
    same.network = dense;
    same.is_before = true;
    state.rivals.push_back(std::move(same));
  }
  state.rivals.push_back(std::move(rival));
}

// The network itself, which the executor casts.
void add_bf16(const graph::Network& dense, StageState& state, const StageContext& context,
              const Tables& tables) {
  // What has AMX has it for bfloat16, too.
  if (context.common.text("executor") != "torch" || context.common.text("device") != "cpu" ||
      !measure::processor_has_any({"avx512_bf16", "amx_int8"})) {
    return;
  }
  Rival rival;
  rival.name = "dense bf16";
  rival.network = dense;
  rival.executor = kTorchBf16;
  rival.make_executor = executor_factory(kTorchBf16, tables, context.run);
  rival.is_before = true;
  if (!rival.make_executor) return;
  // Operators that do not take the type say so only when they run.
  const auto executor = rival.make_executor(dense);
  const std::vector<std::int64_t> first = {0};
  const data::Dataset& samples = state.data->tune;
  executor->run(execute::Feed(*executor, samples).inputs_of(samples.batch(first)));
  state.rivals.push_back(std::move(rival));
  state.notes.emplace_back(
      "The rival dense bf16 is cast when it is loaded: its bytes are those of the float network.");
}

using AddRival = void (*)(const graph::Network& dense, StageState& state,
                          const StageContext& context, const Tables& tables);

// What cannot be made is said, and the run goes on.
void try_to_add(AddRival add, const char* type, const graph::Network& dense, StageState& state,
                const StageContext& context, const Tables& tables) {
  try {
    add(dense, state, context, tables);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInterrupted || error.kind() == ErrorKind::kBug) throw;
    state.notes.push_back(fmt::format("There is no rival in {}: {}.", type, error.what()));
  }
}

}  // namespace

void add_cheap_rivals(StageState& state, const StageContext& context, const Tables& tables) {
  if (!is_due(state, context)) return;
  const graph::Network dense = state.before ? *state.before : state.network;
  if (graph::is_quantized(dense)) return;
  // The network after could be had without them, so they are a part of measuring.
  context.begin_part("measure");
  try_to_add(add_int8, "int8", dense, state, context, tables);
  try_to_add(add_bf16, "bf16", dense, state, context, tables);
}

}  // namespace gcompress::compress
