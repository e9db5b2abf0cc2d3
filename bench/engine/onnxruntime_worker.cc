// ONNX Runtime as a worker of the benchmark: onnxruntime_worker LIBRARY; serve.h. Through its C
// interface, writing into one buffer, with its own defaults: all optimisations, threads that spin
// while they wait (the driver stops the whole process outside its turn).
#include <iostream>
#include <memory>
#include <stdexcept>

#include "gcompress/core/execute/onnxruntime/api.h"
#include "gcompress/core/onnx/onnx.h"
#include "serve.h"

namespace gcompress::bench {
namespace {

using namespace execute::onnxruntime;  // Api, Owned and their types

class OnnxRuntime : public Runtime {
 public:
  explicit OnnxRuntime(const std::string& library) : library_(open_library(library)) {
    require(make(environment_, api_.create_env, kLogFatal, "bench"));
    require(make(memory_, api_.create_cpu_memory_info, 0, 0));
  }

  std::string load(const std::string& model, int threads) override {
    const graph::Network network = onnx::read(model);
    input_name_ = graph::runtime_inputs(network.graph).at(0).name;
    output_name_ = network.graph.outputs.at(0).name;
    Owned<SessionOptions> options(nullptr, api_.release_session_options);
    require(make(options, api_.create_session_options));
    require(api_.set_intra_op_num_threads(options.get(), threads));
    require(api_.set_inter_op_num_threads(options.get(), 1));
    output_.reset();
    require(make(session_, api_.create_session, static_cast<const Env*>(environment_.get()),
                 model.c_str(), static_cast<const SessionOptions*>(options.get())));
    return library_.version;
  }

  void set_input(const std::vector<std::int64_t>& shape, std::vector<float> values) override {
    values_ = std::move(values);
    require(make(input_, api_.create_tensor_with_data,
                 static_cast<const MemoryInfo*>(memory_.get()), static_cast<void*>(values_.data()),
                 values_.size() * sizeof(float), shape.data(), shape.size(), kFloat));
    output_.reset();
    run();  // makes the output, into which later runs write
  }

  void run() override {
    const char* input_names[] = {input_name_.c_str()};
    const char* output_names[] = {output_name_.c_str()};
    const Value* inputs[] = {input_.get()};
    Value* outputs[] = {output_.get()};
    require(api_.run(session_.get(), nullptr, input_names, inputs, 1, output_names, 1, outputs));
    if (!output_) output_.reset(outputs[0]);
  }

  Output output() override {
    Owned<TensorInfo> info(nullptr, api_.release_tensor_info);
    require(make(info, api_.get_tensor_type_and_shape, static_cast<const Value*>(output_.get())));
    std::size_t rank = 0;
    require(api_.get_dimensions_count(info.get(), &rank));
    Output output{.shape = std::vector<std::int64_t>(rank), .data = nullptr};
    require(api_.get_dimensions(info.get(), output.shape.data(), rank));
    void* data = nullptr;
    require(api_.get_tensor_mutable_data(output_.get(), &data));
    output.data = static_cast<const float*>(data);
    return output;
  }

 private:
  static constexpr int kLogFatal = 4;
  static constexpr int kFloat = 1;

  template <typename T, typename... Parameters, typename... Arguments>
  static Status* make(Owned<T>& result, Status* (*function)(Parameters...),
                      Arguments... arguments) {
    T* made = nullptr;
    Status* status = function(arguments..., &made);
    result.reset(made);
    return status;
  }

  void require(Status* status) const {
    const std::string problem = message_of(api_, status);
    if (!problem.empty()) throw std::runtime_error(problem);
  }

  Library library_;
  const Api& api_ = library_.api;
  Owned<Env> environment_{nullptr, api_.release_env};
  Owned<MemoryInfo> memory_{nullptr, api_.release_memory_info};
  Owned<Session> session_{nullptr, api_.release_session};
  std::string input_name_;
  std::string output_name_;
  std::vector<float> values_;
  Owned<Value> input_{nullptr, api_.release_value};
  Owned<Value> output_{nullptr, api_.release_value};
};

}  // namespace
}  // namespace gcompress::bench

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: onnxruntime_worker LIBRARY\n";
    return 2;
  }
  try {
    gcompress::bench::OnnxRuntime runtime(argv[1]);
    gcompress::bench::serve(runtime);
  } catch (const std::exception& exception) {
    std::cerr << "onnxruntime_worker: " << exception.what() << "\n";
    return 1;
  }
  return 0;
}
