// oneDNN as a worker of the benchmark, for networks of Convs or Gemms in a row: serve.h. Weights,
// inputs and outputs lie as oneDNN likes best; only the layers are timed, as if the layers around
// it kept that layout.
#include <omp.h>

#include <dnnl.hpp>
#include <stdexcept>

#include "gcompress/core/graph/operators/convolution.h"
#include "gcompress/core/onnx/onnx.h"
#include "serve.h"

namespace gcompress::bench {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;

memory::desc described(const memory::dims& sizes, Tag tag) {
  return {sizes, memory::data_type::f32, tag};
}

Tag plain(std::size_t rank) { return rank == 2 ? Tag::ab : Tag::abcd; }

class OneDnn : public Runtime {
 public:
  std::string load(const std::string& model, int threads) override {
    omp_set_num_threads(threads);
    network_ = onnx::read(model);
    if (network_.graph.nodes.size() != network_.graph.initializers.size()) {
      throw std::runtime_error("only layers in a row, without bias");
    }
    const dnnl_version_t* version = dnnl_version();
    return std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
           std::to_string(version->patch);
  }

  void set_input(const std::vector<std::int64_t>& shape, std::vector<float> values) override {
    steps_.clear();
    memory value;
    for (std::size_t i = 0; i < network_.graph.nodes.size(); ++i) {
      const graph::Node& node = network_.graph.nodes[i];
      const Tensor& weight = network_.graph.initializers[i].value;
      const Layer layer = node.op_type == "Gemm" ? gemm(i == 0 ? shape : out_shape_, weight)
                                                 : conv(i == 0 ? shape : out_shape_, weight, node);
      std::vector<float> kernel = to_float32(weight);
      if (i == 0) value = reordered(described(shape, plain(shape.size())), values, layer.src);
      if (value.get_desc() != layer.src) {  // where oneDNN likes another layout in between
        memory moved(layer.src, engine_);
        steps_.push_back(
            {dnnl::reorder(value, moved), {{DNNL_ARG_FROM, value}, {DNNL_ARG_TO, moved}}});
        value = moved;
      }
      const memory answer(layer.dst, engine_);
      steps_.push_back({layer.primitive,
                        {{DNNL_ARG_SRC, value},
                         {DNNL_ARG_WEIGHTS, reordered(layer.plain_weight, kernel, layer.weight)},
                         {DNNL_ARG_DST, answer}}});
      value = answer;
      out_shape_ = layer.dst.get_dims();
    }
    answer_ = value;
  }

  void run() override {
    for (const Step& step : steps_) step.primitive.execute(stream_, step.arguments);
    stream_.wait();
  }

  Output output() override {
    memory to(described(out_shape_, plain(out_shape_.size())), engine_);
    dnnl::reorder(answer_, to).execute(stream_, answer_, to);
    stream_.wait();
    plain_answer_ = to;
    return {.shape = out_shape_, .data = static_cast<const float*>(to.get_data_handle())};
  }

 private:
  struct Layer {
    dnnl::primitive primitive;
    memory::desc src, weight, dst, plain_weight;
  };
  struct Step {
    dnnl::primitive primitive;
    std::unordered_map<int, memory> arguments;
  };

  // transB = 1: [outputs, inputs].
  Layer gemm(const memory::dims& shape, const Tensor& weight) const {
    const memory::dims transposed = {weight.shape()[1], weight.shape()[0]};
    const dnnl::matmul::primitive_desc layer(engine_, described(shape, Tag::ab),
                                             described(transposed, Tag::any),
                                             described({shape[0], weight.shape()[0]}, Tag::ab));
    return {dnnl::matmul(layer), layer.src_desc(), layer.weights_desc(), layer.dst_desc(),
            described(transposed, Tag::ba)};
  }

  Layer conv(const memory::dims& shape, const Tensor& weight, const graph::Node& node) const {
    const Shape& kernel = weight.shape();
    const graph::Window window = graph::conv_attributes(node, {kernel[2], kernel[3]}).window;
    memory::dims out = {shape[0], kernel[0]};
    for (std::size_t axis = 0; axis < 2; ++axis) {
      const std::int64_t padded = shape[axis + 2] + window.pads[axis] + window.pads[axis + 2];
      out.push_back((padded - kernel[axis + 2]) / window.strides[axis] + 1);
    }
    const dnnl::convolution_forward::primitive_desc layer(
        engine_, dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_auto,
        described(shape, Tag::any), described(kernel, Tag::any), described(out, Tag::any),
        window.strides, {window.pads[0], window.pads[1]}, {window.pads[2], window.pads[3]});
    return {dnnl::convolution_forward(layer), layer.src_desc(), layer.weights_desc(),
            layer.dst_desc(), described(kernel, Tag::abcd)};
  }

  memory reordered(const memory::desc& plain_order, std::vector<float>& values,
                   const memory::desc& wanted) {
    memory from(plain_order, engine_, values.data());
    memory to(wanted, engine_);
    dnnl::reorder(from, to).execute(stream_, from, to);
    stream_.wait();
    return to;
  }

  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  graph::Network network_;
  std::vector<std::int64_t> out_shape_;
  std::vector<Step> steps_;
  memory answer_, plain_answer_;
};

}  // namespace
}  // namespace gcompress::bench

int main() {
  gcompress::bench::OneDnn runtime;
  gcompress::bench::serve(runtime);
  return 0;
}
