// The C interface: arguments are checked, exceptions become statuses.
#include "gcompress/core/engine/c_interface/gcompress_engine.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <string>
#include <utility>

#include "gcompress/core/base/error.h"
#include "gcompress/core/engine/executor.h"
#include "gcompress/core/packed/packed.h"
#include "gcompress/version.h"

using gcompress::Error;
using gcompress::ErrorKind;
using gcompress::Shape;
using gcompress::Tensor;

struct gcompress_engine {
  std::unique_ptr<gcompress::execute::Executor> executor;
  std::mutex running;
};

namespace {

thread_local std::string last_error;
constexpr std::size_t kMostRank = GCOMPRESS_ENGINE_MAX_RANK;

gcompress_engine_status failed(gcompress_engine_status status, const char* sentence) noexcept {
  try {
    last_error = sentence;
  } catch (...) {  // no memory for the sentence
    last_error.clear();
  }
  return status;
}

gcompress_engine_status status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage:
      return GCOMPRESS_ENGINE_USAGE;
    case ErrorKind::kInput:
      return GCOMPRESS_ENGINE_INPUT;
    case ErrorKind::kUnsupported:
      return GCOMPRESS_ENGINE_UNSUPPORTED;
    default:
      return GCOMPRESS_ENGINE_BUG;
  }
}

// Nothing that is thrown leaves.
template <typename Work>
gcompress_engine_status guarded(Work&& work) noexcept {
  try {
    work();
    return GCOMPRESS_ENGINE_OK;
  } catch (const Error& error) {
    return failed(status_of(error.kind()), error.what());
  } catch (const std::bad_alloc&) {
    return failed(GCOMPRESS_ENGINE_MEMORY, "there is not enough memory");
  } catch (const std::exception& exception) {
    return failed(GCOMPRESS_ENGINE_BUG, exception.what());
  } catch (...) {
    return failed(GCOMPRESS_ENGINE_BUG, "an unknown exception");
  }
}

void require(bool holds, const char* sentence) {
  if (!holds) gcompress::throw_usage(sentence);
}

std::unique_ptr<gcompress_engine> made_of(gcompress::graph::Network network,
                                          const gcompress_engine_options* options) {
  gcompress::RunContext context;
  context.threads = options == nullptr ? 0 : options->threads;
  require(context.threads >= 0, "threads cannot be negative; 0 means one for each processor");
  auto engine = std::make_unique<gcompress_engine>();
  engine->executor = gcompress::engine::make_engine_executor(network, context);
  const auto fits = [](const gcompress::graph::Value& value) {
    return !value.shape || value.shape->size() <= kMostRank;
  };
  if (!std::ranges::all_of(engine->executor->inputs(), fits) ||
      !std::ranges::all_of(engine->executor->outputs(), fits)) {
    throw Error(ErrorKind::kUnsupported, "an input or output has more than 8 axes");
  }
  return engine;
}

gcompress_engine_status describe(std::span<const gcompress::graph::Value> values, std::size_t index,
                                 gcompress_engine_value* out) {
  return guarded([&] {
    require(out != nullptr, "there is nowhere to write the description to");
    require(index < values.size(), "there is no value of this index");
    const gcompress::graph::Value& value = values[index];
    gcompress_engine_value described = {};
    described.name = value.name.c_str();
    described.dtype = static_cast<gcompress_engine_dtype>(value.dtype);
    described.rank = value.shape ? static_cast<int>(value.shape->size()) : -1;
    for (int axis = 0; axis < described.rank; ++axis) {
      const auto& dimension = (*value.shape)[static_cast<std::size_t>(axis)];
      described.shape[axis] = dimension.known() ? dimension.size : -1;
    }
    *out = described;
  });
}

std::span<const gcompress::graph::Value> inputs_of(const gcompress_engine* engine) {
  return engine == nullptr ? std::span<const gcompress::graph::Value>()
                           : std::span(engine->executor->inputs());
}

std::span<const gcompress::graph::Value> outputs_of(const gcompress_engine* engine) {
  return engine == nullptr ? std::span<const gcompress::graph::Value>()
                           : std::span(engine->executor->outputs());
}

// Views the caller's bytes.
Tensor tensor_of(const gcompress_engine_input& input, const gcompress::graph::Value& declared) {
  const gcompress::ErrorPlace place = {.file = {}, .node = {}, .value = declared.name};
  if (input.rank < 0 || static_cast<std::size_t>(input.rank) > kMostRank) {
    throw Error(ErrorKind::kUsage, "an input has 0 to 8 axes", place);
  }
  Shape shape(input.shape, input.shape + input.rank);
  const std::int64_t most = std::int64_t{1} << 40;
  std::int64_t elements = 1;
  for (const std::int64_t size : shape) {
    if (size < 0 || (size > 0 && elements > most / size)) {
      throw Error(ErrorKind::kUsage, "a size is negative or far too large", place);
    }
    elements *= size;
  }
  if (input.data == nullptr && elements > 0) throw Error(ErrorKind::kUsage, "has no data", place);
  const std::size_t bytes = gcompress::byte_count(declared.dtype, elements);
  return Tensor(declared.dtype, std::move(shape),
                gcompress::Bytes(nullptr, static_cast<const std::byte*>(input.data), bytes));
}

// Says what there is; whether it fits the caller's buffer.
bool describe_output(const Tensor& tensor, gcompress_engine_output& output) {
  const bool fits = output.data != nullptr && output.bytes >= tensor.byte_size();
  output.bytes = tensor.byte_size();
  output.rank = static_cast<int>(tensor.rank());
  std::ranges::copy(tensor.shape(), output.shape);
  return fits || tensor.byte_size() == 0;
}

void run(gcompress_engine& engine, std::span<const gcompress_engine_input> inputs,
         std::span<gcompress_engine_output> outputs) {
  const auto declared = inputs_of(&engine);
  gcompress::execute::Values values;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    values.emplace(declared[i].name, tensor_of(inputs[i], declared[i]));
  }
  const gcompress::execute::Values answers = [&] {
    const std::lock_guard lock(engine.running);
    return engine.executor->run(values);
  }();
  bool fit = true;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Tensor& answer = answers.at(outputs_of(&engine)[i].name);
    if (answer.rank() > static_cast<std::int64_t>(kMostRank)) {
      throw Error(ErrorKind::kUnsupported, "an output has more than 8 axes");
    }
    fit = describe_output(answer, outputs[i]) && fit;
  }
  require(fit, "a buffer for an output is missing or too small; `bytes` says what is needed");
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Tensor& answer = answers.at(outputs_of(&engine)[i].name);
    if (answer.byte_size() > 0) {
      std::memcpy(outputs[i].data, answer.bytes().data(), answer.byte_size());
    }
  }
}

}  // namespace

const char* gcompress_engine_version() { return gcompress::kVersion; }

const char* gcompress_engine_error() { return last_error.c_str(); }

gcompress_engine_status gcompress_engine_load_file(const char* path,
                                                   const gcompress_engine_options* options,
                                                   gcompress_engine** engine) {
  if (engine != nullptr) *engine = nullptr;
  return guarded([&] {
    require(engine != nullptr, "there is nowhere to put the engine");
    require(path != nullptr, "no file is named");
    *engine = made_of(gcompress::packed::read(path), options).release();
  });
}

gcompress_engine_status gcompress_engine_load_memory(const void* bytes, size_t size,
                                                     const gcompress_engine_options* options,
                                                     gcompress_engine** engine) {
  if (engine != nullptr) *engine = nullptr;
  return guarded([&] {
    require(engine != nullptr, "there is nowhere to put the engine");
    require(bytes != nullptr, "there are no bytes");
    const std::span packed(static_cast<const std::byte*>(bytes), size);
    *engine = made_of(gcompress::packed::read_bytes(packed), options).release();
  });
}

void gcompress_engine_free(gcompress_engine* engine) { delete engine; }

size_t gcompress_engine_input_count(const gcompress_engine* engine) {
  return inputs_of(engine).size();
}

size_t gcompress_engine_output_count(const gcompress_engine* engine) {
  return outputs_of(engine).size();
}

gcompress_engine_status gcompress_engine_describe_input(const gcompress_engine* engine,
                                                        size_t index,
                                                        gcompress_engine_value* value) {
  return describe(inputs_of(engine), index, value);
}

gcompress_engine_status gcompress_engine_describe_output(const gcompress_engine* engine,
                                                         size_t index,
                                                         gcompress_engine_value* value) {
  return describe(outputs_of(engine), index, value);
}

gcompress_engine_status gcompress_engine_run(gcompress_engine* engine,
                                             const gcompress_engine_input* inputs,
                                             size_t input_count, gcompress_engine_output* outputs,
                                             size_t output_count) {
  return guarded([&] {
    require(engine != nullptr, "there is no engine");
    require(input_count == gcompress_engine_input_count(engine) &&
                output_count == gcompress_engine_output_count(engine),
            "the network has another number of inputs or outputs");
    require((inputs != nullptr || input_count == 0) && (outputs != nullptr || output_count == 0),
            "there are no inputs or no outputs");
    run(*engine, {inputs, input_count}, {outputs, output_count});
  });
}
