// Conv, by sparse rows; images are shared out among the threads, or rows where there are few
// images.
#include "gcompress/core/engine/convolution.h"

#include <algorithm>
#include <memory>

#include "gcompress/core/engine/operators/operator.h"
#include "gcompress/core/engine/threads.h"

namespace gcompress::engine {
namespace {

// Columns that fit 32 bits with room to spare; no real layer comes near.
constexpr std::int64_t kMostElements = std::int64_t{1} << 30;
constexpr std::int64_t kRowsAtOnce = 16;  // whose inputs are near, before they are compacted

struct Layer {
  ConvolutionPlan plan;
  std::vector<kernels::TapRows> groups;  // filters of each group
  std::vector<float> bias;               // [filters]
  std::int64_t group_filters = 0;
  std::int64_t images = 0;
  Fused fused;
  int threads = 1;
  // Scratch of each thread that works alone, or of all together.
  std::vector<std::vector<float>> planes;
  std::vector<std::vector<float>> rows;
};

// Rows whose width is that of the planes, to rows of the output's width, finished.
void compact(const Layer& layer, const float* from, const float* add, float* to) {
  const ConvolutionPlan& plan = layer.plan;
  const std::int64_t width = plan.out_width;
  const float low = layer.fused.low;
  const float high = layer.fused.high;
  for (std::int64_t y = 0; y < plan.out_height; ++y, to += width) {
    const float* row = from + y * plan.width;
    // Two loops without a condition inside, so that the compiler makes vectors of them.
    if (add == nullptr) {
      for (std::int64_t x = 0; x < width; ++x) to[x] = std::min(std::max(row[x], low), high);
      continue;
    }
    for (std::int64_t x = 0; x < width; ++x) to[x] = std::min(std::max(row[x] + add[x], low), high);
    add += width;
  }
}

// Filters of a group of one image. `add` and `y` lie at the first filter of the group.
void run_filters(const Layer& layer, std::int64_t group, kernels::RowRange range, const float* x,
                 const float* add, float* y, float* scratch) {
  const ConvolutionPlan& plan = layer.plan;
  const std::int64_t out = plan.out_height * plan.out_width;
  const kernels::TapRows& taps = layer.groups[static_cast<std::size_t>(group)];
  kernels::Epilogue epilogue{.bias = layer.bias.data() + group * layer.group_filters};
  if (plan.width == plan.out_width) {
    epilogue.add = add;
    epilogue.add_stride = out;
    epilogue.low = layer.fused.low;
    epilogue.high = layer.fused.high;
    kernels::multiply_tap_rows(taps, range, x, out, y + range.begin * out, out, epilogue);
    return;
  }
  const std::int64_t columns = plan.columns();
  for (std::int64_t begin = range.begin; begin < range.end; begin += kRowsAtOnce) {
    const std::int64_t end = std::min(range.end, begin + kRowsAtOnce);
    kernels::multiply_tap_rows(taps, {begin, end}, x, columns, scratch, columns, epilogue);
    for (std::int64_t r = begin; r < end; ++r) {
      compact(layer, scratch + (r - begin) * columns, add == nullptr ? nullptr : add + r * out,
              y + r * out);
    }
  }
}

// A group of an image by one thread.
void run_group(Layer& layer, std::int64_t image, std::int64_t group, int thread, const Call& call) {
  const ConvolutionPlan& plan = layer.plan;
  const auto groups = static_cast<std::int64_t>(layer.groups.size());
  const std::int64_t in = plan.channels * plan.in_height * plan.in_width;
  const std::int64_t out = layer.group_filters * plan.out_height * plan.out_width;
  const std::int64_t place = image * groups + group;
  const float* x = call.inputs[0] + place * in;
  if (plan.copies) {
    float* planes = layer.planes[static_cast<std::size_t>(thread)].data();
    for (std::int64_t c = 0; c < plan.channels; ++c) cut_into_planes(plan, x, c, planes);
    x = planes;
  }
  const float* add = layer.fused.add ? call.inputs.back() + place * out : nullptr;
  run_filters(layer, group, {0, layer.group_filters}, x, add, call.outputs[0] + place * out,
              layer.rows[static_cast<std::size_t>(thread)].data());
}

// A group of an image by all threads.
void share_group(Layer& layer, std::int64_t image, const Call& call) {
  const ConvolutionPlan& plan = layer.plan;
  const float* x = call.inputs[0] + image * plan.channels * plan.in_height * plan.in_width;
  if (plan.copies) {
    float* planes = layer.planes[0].data();
    parallel(plan.channels, layer.threads,
             [&](std::int64_t c, int) { cut_into_planes(plan, x, c, planes); });
    x = planes;
  }
  const std::int64_t out = plan.out_height * plan.out_width;
  const std::int64_t first = image * layer.group_filters * out;
  const float* add = layer.fused.add ? call.inputs.back() + first : nullptr;
  // A few pieces a thread, so that rows of unlike length even out.
  const std::int64_t pieces = std::min<std::int64_t>(layer.group_filters, 4 * layer.threads);
  parallel(pieces, layer.threads, [&](std::int64_t piece, int thread) {
    const kernels::RowRange range{.begin = layer.group_filters * piece / pieces,
                                  .end = layer.group_filters * (piece + 1) / pieces};
    run_filters(layer, 0, range, x, add, call.outputs[0] + first,
                layer.rows[static_cast<std::size_t>(thread)].data());
  });
}

Kernel conv(const Binding& binding) {
  if (binding.inputs[0].size() != 4) binding.unsupported("other than two spatial axes");
  if (!binding.is_constant(1)) binding.unsupported("a filter that is not constant");
  if (binding.inputs.size() > 2 && !binding.node.inputs[2].empty() && !binding.is_constant(2)) {
    binding.unsupported("a bias that is not constant");
  }
  const Shape& kernel = binding.constants[1].shape();
  const graph::ConvAttributes attributes =
      graph::conv_attributes(binding.node, {kernel[2], kernel[3]});
  auto layer = std::make_shared<Layer>();
  layer->plan = plan_convolution(attributes, binding.inputs[0], binding.outputs[0]);
  if (layer->plan.plane_elements() > kMostElements) binding.unsupported("planes beyond 4 GiB");
  layer->fused = binding.fused;
  layer->images = binding.inputs[0][0];
  layer->group_filters = kernel[0] / attributes.group;
  const std::vector<float> weight = binding.floats(1);
  for (std::int64_t g = 0; g < attributes.group; ++g) {
    layer->groups.push_back(taps_of(layer->plan, attributes, kernel, weight.data(),
                                    g * layer->group_filters, (g + 1) * layer->group_filters));
  }
  std::int64_t work = 0;
  for (const kernels::TapRows& group : layer->groups) work += group.taps();
  work *= layer->plan.columns() * layer->images;
  layer->threads = work < kWorthSharing ? 1 : binding.threads;
  layer->bias = binding.is_constant(2) ? binding.floats(2)
                                       : std::vector<float>(static_cast<std::size_t>(kernel[0]));
  const std::int64_t tasks = layer->images * attributes.group;
  const bool alone = tasks >= layer->threads || attributes.group > 1;
  const auto planes =
      static_cast<std::size_t>(layer->plan.copies ? layer->plan.plane_elements() : 0);
  layer->planes.resize(alone ? static_cast<std::size_t>(layer->threads) : 1,
                       std::vector<float>(planes));
  const bool compacts = layer->plan.width != layer->plan.out_width;
  layer->rows.resize(
      static_cast<std::size_t>(layer->threads),
      std::vector<float>(compacts ? static_cast<std::size_t>(kRowsAtOnce * layer->plan.columns())
                                  : 0));
  if (alone) {
    return [layer, tasks, groups = attributes.group](const Call& call) {
      parallel(tasks, layer->threads, [&](std::int64_t task, int thread) {
        run_group(*layer, task / groups, task % groups, thread, call);
      });
    };
  }
  return [layer](const Call& call) {
    for (std::int64_t image = 0; image < layer->images; ++image) share_group(*layer, image, call);
  };
}

constexpr OperatorRow kRows[] = {{"Conv", conv, true}};

}  // namespace

std::span<const OperatorRow> convolution_rows() { return kRows; }

}  // namespace gcompress::engine
