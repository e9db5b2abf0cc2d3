// A session of ONNX Runtime behind the interface that all executors share.
#include "gcompress/core/execute/onnxruntime/executor.h"

#include <algorithm>
#include <cstring>
#include <thread>
#include <utility>

#include "gcompress/core/base/error.h"
#include "gcompress/core/execute/onnxruntime/api.h"
#include "gcompress/core/execute/ports.h"
#include "gcompress/core/execute/precision.h"

namespace gcompress::execute {
namespace {

using namespace onnxruntime;  // Api, Owned and their types; nothing else has these names here

// Constants of their header.
constexpr int kLogFatal = 4;  // what goes wrong comes back as a status, too
constexpr int kDeviceAllocator = 0;
constexpr int kDefaultMemory = 0;

// Calls one of their functions, whose last argument is where the result goes, and owns the result.
template <typename T, typename... Parameters, typename... Arguments>
Status* make(Owned<T>& result, Status* (*function)(Parameters...), Arguments... arguments) {
  T* made = nullptr;
  Status* status = function(arguments..., &made);
  result.reset(made);
  return status;
}

class OnnxRuntimeExecutor : public Executor {
 public:
  OnnxRuntimeExecutor(Library library, const graph::Network& network,
                      const SerializedNetwork& serialized, const RunContext& context)
      : library_(std::move(library)),
        inputs_(graph::runtime_inputs(network.graph)),
        outputs_(network.graph.outputs),
        precision_(precision_of(network)) {
    for (const graph::Value& value : inputs_) input_names_.push_back(value.name.c_str());
    for (const graph::Value& value : outputs_) output_names_.push_back(value.name.c_str());
    require(make(environment_, api_.create_env, kLogFatal, "gcompress"), "cannot be started");
    require(make(memory_, api_.create_cpu_memory_info, kDeviceAllocator, kDefaultMemory),
            "cannot be started");
    open_session(serialized, options_for(context));
  }

  std::string name() const override { return "onnxruntime"; }
  const std::vector<graph::Value>& inputs() const override { return inputs_; }
  const std::vector<graph::Value>& outputs() const override { return outputs_; }
  Runtime runtime() const override {
    return {.version = library_.version, .precision = precision_, .remark = {}};
  }

  Values run(const Values& inputs) override {
    check_inputs(inputs_, inputs);
    std::vector<Owned<Value>> given;
    std::vector<const Value*> given_pointers;
    for (const graph::Value& input : inputs_) {
      given.push_back(borrowed(inputs.at(input.name), input.name));
      given_pointers.push_back(given.back().get());
    }
    std::vector<Value*> results(outputs_.size(), nullptr);
    Status* status =
        api_.run(session_.get(), nullptr, input_names_.data(), given_pointers.data(),
                 given_pointers.size(), output_names_.data(), results.size(), results.data());
    std::vector<Owned<Value>> owned;
    for (Value* result : results) owned.emplace_back(result, api_.release_value);
    if (const std::string problem = message_of(api_, status); !problem.empty()) {
      throw_input(who() + " failed: " + problem);
    }
    Values outputs;
    for (std::size_t i = 0; i < owned.size(); ++i) {
      outputs.emplace(outputs_[i].name, copied(owned[i].get(), outputs_[i].name));
    }
    return outputs;
  }

 private:
  std::string who() const { return "ONNX Runtime " + library_.version; }

  void require(Status* status, const std::string& what) const {
    const std::string problem = message_of(api_, status);
    if (problem.empty()) return;
    throw Error(ErrorKind::kUnsupported, who() + " " + what + ": " + problem, {},
                "--executor torch may run it");
  }

  Owned<SessionOptions> options_for(const RunContext& context) const {
    Owned<SessionOptions> options(nullptr, api_.release_session_options);
    const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
    const int threads = context.threads > 0 ? context.threads : static_cast<int>(processors);
    const std::string what = "refuses its settings";
    require(make(options, api_.create_session_options), what);
    require(api_.set_intra_op_num_threads(options.get(), threads), what);
    require(api_.set_inter_op_num_threads(options.get(), 1), what);
    // Threads that spin between runs would slow down whatever is measured next.
    require(api_.add_session_config_entry(options.get(), "session.force_spinning_stop", "1"), what);
    return options;
  }

  void open_session(const SerializedNetwork& serialized, const Owned<SessionOptions>& options) {
    const std::string& message = serialized.message;
    require(message.empty()
                ? make(session_, api_.create_session, environment_.get(), serialized.file.c_str(),
                       options.get())
                : make(session_, api_.create_session_from_array, environment_.get(),
                       static_cast<const void*>(message.data()), message.size(), options.get()),
            "refuses the network");
  }

  // A value of theirs over our bytes, which it does not change.
  Owned<Value> borrowed(const Tensor& tensor, const std::string& value_name) const {
    static std::byte nothing{};  // an empty tensor has no bytes, and they want a place
    Owned<Value> value(nullptr, api_.release_value);
    const void* bytes = tensor.byte_size() > 0 ? tensor.bytes().data() : &nothing;
    require(make(value, api_.create_tensor_with_data, memory_.get(), const_cast<void*>(bytes),
                 tensor.byte_size(), tensor.shape().data(), tensor.shape().size(),
                 static_cast<int>(tensor.dtype())),
            "does not take the input " + value_name);
    return value;
  }

  Tensor copied(Value* value, const std::string& value_name) const {
    const std::string what = "does not give the output " + value_name;
    int is_tensor = 0;
    if (value != nullptr) require(api_.is_tensor(value, &is_tensor), what);
    Owned<TensorInfo> info(nullptr, api_.release_tensor_info);
    int dtype = 0;
    if (is_tensor != 0) {
      require(make(info, api_.get_tensor_type_and_shape, std::as_const(value)), what);
      require(api_.get_tensor_element_type(info.get(), &dtype), what);
    }
    if (bits_of(static_cast<DataType>(dtype)) == 0) {  // their numbers are ONNX's, as ours are
      throw Error(ErrorKind::kUnsupported, "is no tensor of numbers",
                  {.file = {}, .node = {}, .value = value_name});
    }
    std::size_t rank = 0;
    require(api_.get_dimensions_count(info.get(), &rank), what);
    Shape shape(rank);
    require(api_.get_dimensions(info.get(), shape.data(), rank), what);
    void* data = nullptr;
    require(api_.get_tensor_mutable_data(value, &data), what);
    const auto type = static_cast<DataType>(dtype);
    std::vector<std::byte> bytes(byte_count(type, element_count(shape)));
    if (!bytes.empty()) std::memcpy(bytes.data(), data, bytes.size());
    return Tensor(type, std::move(shape), Bytes::own(std::move(bytes)));
  }

  Library library_;
  const Api& api_ = library_.api;
  std::vector<graph::Value> inputs_;
  std::vector<graph::Value> outputs_;
  std::vector<const char*> input_names_;
  std::vector<const char*> output_names_;
  std::string precision_;
  // In the order in which they are needed, so that they go in the reverse.
  Owned<Env> environment_{nullptr, api_.release_env};
  Owned<MemoryInfo> memory_{nullptr, api_.release_memory_info};
  Owned<Session> session_{nullptr, api_.release_session};
};

}  // namespace

std::string onnxruntime_version(const std::filesystem::path& library) {
  return open_library(library).version;
}

std::unique_ptr<Executor> make_onnxruntime_executor(const std::filesystem::path& library,
                                                    const graph::Network& network,
                                                    const SerializedNetwork& serialized,
                                                    const RunContext& context) {
  return std::make_unique<OnnxRuntimeExecutor>(open_library(library), network, serialized, context);
}

}  // namespace gcompress::execute
