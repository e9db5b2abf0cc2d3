#include "gcompress/core/engine/cuda/executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "gcompress/core/engine/cuda/gpu_executor.h"
#include "gcompress/core/engine/number_types.h"
#include "gcompress/core/engine/prepare.h"
#include "gcompress/core/execute/ports.h"
#include "gcompress/core/graph/shapes.h"

namespace gcompress::engine {
namespace gpu {
namespace {

using Shapes = std::map<std::string, Shape>;
constexpr std::size_t kPlansKept = 2;

cuda::DeviceFacts facts_of(int device) {
  const cuda::Devices devices = cuda::list_devices();
  GCOMPRESS_CHECK(device >= 0 && static_cast<std::size_t>(device) < devices.found.size());
  cuda::use_device(device);
  return devices.found[static_cast<std::size_t>(device)];
}

class GpuExecutor : public execute::Executor {
 public:
  GpuExecutor(const graph::Network& network, int device, const GpuOptions& options)
      : network_(prepared(network)),
        inputs_(graph::runtime_inputs(network.graph)),
        device_(device),
        memory_(options.memory),
        facts_(facts_of(device)) {
    check_types(inputs_);
    check_types(network_.graph.outputs);
    cuda::cublas::Opened opened = cuda::cublas::open(options.cublas, stream_.get());
    dense_ = opened.library ? "cuBLAS " + opened.library->version()
                            : "our own kernels (cuBLAS: " + opened.why_none + ")";
    chooser_.emplace(facts_, stream_.get(), std::move(opened.library), options.half);
    if (all_sizes_known()) plan_of(graph::concrete_input_shapes(network_, 1, 1));
  }

  std::string name() const override { return "engine"; }
  const std::vector<graph::Value>& inputs() const override { return inputs_; }
  const std::vector<graph::Value>& outputs() const override { return network_.graph.outputs; }
  execute::Runtime runtime() const override {
    return {
        .version = {},
        .precision = chooser_->half() ? "float and fp16" : "float",
        .remark = fmt::format("on {} (cuda:{}), dense layers by {}; times contain the copies of "
                              "inputs and outputs",
                              facts_.name, device_, dense_)};
  }

  execute::Values run(const execute::Values& inputs) override {
    execute::check_inputs(inputs_, inputs);
    cuda::use_device(device_);
    Shapes shapes;
    for (const graph::Value& input : inputs_) shapes[input.name] = inputs.at(input.name).shape();
    return as_declared(network_.graph.outputs, plan_of(shapes).run(as_floats(inputs_, inputs)));
  }

 private:
  // Of the inputs, but for the first axis.
  bool all_sizes_known() const {
    return std::ranges::all_of(inputs_, [](const graph::Value& input) {
      return input.shape.has_value() &&
             std::all_of(input.shape->begin() + (input.shape->empty() ? 0 : 1), input.shape->end(),
                         [](const graph::Dimension& dimension) { return dimension.known(); });
    });
  }

  Plan& plan_of(const Shapes& shapes) {
    for (auto& [known, plan] : plans_) {
      if (known == shapes) return *plan;
    }
    if (plans_.size() == kPlansKept) plans_.pop_front();
    plans_.emplace_back(
        shapes, std::make_unique<Plan>(network_, shapes, *chooser_, stream_.get(), memory_));
    return *plans_.back().second;
  }

  graph::Network network_;
  std::vector<graph::Value> inputs_;
  int device_;
  MemoryUse memory_;
  cuda::DeviceFacts facts_;  // chooses the device, so it comes before the stream
  cuda::OwnStream stream_;
  std::string dense_;
  std::optional<Chooser> chooser_;
  std::deque<std::pair<Shapes, std::unique_ptr<Plan>>> plans_;
};

}  // namespace

std::unique_ptr<execute::Executor> make_gpu_executor(const graph::Network& network, int device,
                                                     const GpuOptions& options) {
  return std::make_unique<GpuExecutor>(network, device, options);
}

}  // namespace gpu

std::unique_ptr<execute::Executor> make_cuda_executor(const graph::Network& network,
                                                      const RunContext&, int device,
                                                      GpuPrecision precision) {
  return gpu::make_gpu_executor(network, device, {.half = precision == GpuPrecision::kHalf});
}

}  // namespace gcompress::engine
