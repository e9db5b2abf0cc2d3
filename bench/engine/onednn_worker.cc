// oneDNN as a worker of the benchmark, for networks of one Conv or Gemm: serve.h. Weights, inputs
// and outputs lie as oneDNN likes best; only the primitive is timed, as if the layers around it
// kept that layout.
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
    const graph::Graph& graph = network_.graph;
    if (graph.nodes.size() != 1 || graph.initializers.size() != 1) {
      throw std::runtime_error("only networks of one layer without bias");
    }
    const dnnl_version_t* version = dnnl_version();
    return std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
           std::to_string(version->patch);
  }

  void set_input(const std::vector<std::int64_t>& shape, std::vector<float> values) override {
    const graph::Node& node = network_.graph.nodes[0];
    const Tensor& tensor = network_.graph.initializers[0].value;
    std::vector<float> kernel = to_float32(tensor);
    out_shape_.clear();
    for (const graph::Dimension& size : *network_.graph.outputs.at(0).shape) {
      out_shape_.push_back(size.size);
    }
    const memory::desc src = described(shape, Tag::any);
    const memory::desc dst = described(out_shape_, Tag::any);
    memory::desc wanted_src, wanted_weight, wanted_dst, plain_weight;
    if (node.op_type == "Gemm") {  // transB = 1: [outputs, inputs]
      const memory::dims weight = {tensor.shape()[1], tensor.shape()[0]};
      const dnnl::matmul::primitive_desc layer(engine_, described(shape, Tag::ab),
                                               described(weight, Tag::any),
                                               described(out_shape_, Tag::ab));
      plain_weight = described(weight, Tag::ba);
      wanted_src = layer.src_desc(), wanted_weight = layer.weights_desc(),
      wanted_dst = layer.dst_desc();
      primitive_ = dnnl::matmul(layer);
    } else {
      const graph::Window window =
          graph::conv_attributes(node, {tensor.shape()[2], tensor.shape()[3]}).window;
      const dnnl::convolution_forward::primitive_desc layer(
          engine_, dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_auto, src,
          described(tensor.shape(), Tag::any), dst, window.strides,
          {window.pads[0], window.pads[1]}, {window.pads[2], window.pads[3]});
      plain_weight = described(tensor.shape(), Tag::abcd);
      wanted_src = layer.src_desc(), wanted_weight = layer.weights_desc(),
      wanted_dst = layer.dst_desc();
      primitive_ = dnnl::convolution_forward(layer);
    }
    arguments_ = {
        {DNNL_ARG_SRC, reordered(described(shape, plain(shape.size())), values, wanted_src)},
        {DNNL_ARG_WEIGHTS, reordered(plain_weight, kernel, wanted_weight)},
        {DNNL_ARG_DST, memory(wanted_dst, engine_)}};
  }

  void run() override {
    primitive_.execute(stream_, arguments_);
    stream_.wait();
  }

  Output output() override {
    const memory& from = arguments_.at(DNNL_ARG_DST);
    memory to(described(out_shape_, plain(out_shape_.size())), engine_);
    dnnl::reorder(from, to).execute(stream_, const_cast<memory&>(from), to);
    stream_.wait();
    answer_ = to;
    return {.shape = out_shape_, .data = static_cast<const float*>(answer_.get_data_handle())};
  }

 private:
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
  dnnl::primitive primitive_;
  std::unordered_map<int, memory> arguments_;
  memory answer_;
};

}  // namespace
}  // namespace gcompress::bench

int main() {
  gcompress::bench::OneDnn runtime;
  gcompress::bench::serve(runtime);
  return 0;
}
