// The sparse convolution on layers of ResNet-20, ResNet-50 and MobileNetV1 in strict float32: a
// random tenth of the weights. The result is compared with the naive one before it is timed, for
// one image. Arguments: channels, filters, height and width, kernel, stride, batch.
#include <cmath>
#include <vector>

#include "bench/core/kernels/cuda/gpu.h"
#include "gcompress/core/base/random.h"
#include "gcompress/core/kernels/cuda/sparse_convolution/launch.h"

namespace gcompress::cuda {
namespace {

ConvolutionShape shape_of(const benchmark::State& state) {
  const auto at = [&](std::size_t i) { return static_cast<int>(state.range(i)); };
  const int pad = at(3) / 2;
  return {.images = at(5),
          .channels = at(0),
          .height = at(2),
          .width = at(2),
          .filters = at(1),
          .kernel_height = at(3),
          .kernel_width = at(3),
          .stride_y = at(4),
          .stride_x = at(4),
          .pad_top = pad,
          .pad_left = pad,
          .pad_bottom = pad,
          .pad_right = pad};
}

std::vector<float> random_values(std::size_t count, float density) {
  RandomStream random(1, "bench.cuda");
  std::vector<float> values(count);
  for (float& value : values) value = random.uniform() < density ? random.uniform() - 0.5F : 0.0F;
  return values;
}

std::size_t count(int a, int b, int c, int d) {
  return static_cast<std::size_t>(a) * static_cast<std::size_t>(b) * static_cast<std::size_t>(c) *
         static_cast<std::size_t>(d);
}

bool first_image_is_right(const ConvolutionShape& shape, const std::vector<float>& weight,
                          const std::vector<float>& x, const std::vector<float>& y) {
  ConvolutionShape one = shape;
  one.images = 1;
  const Reference expected = convolve_naively(one, weight, x, {}, {}, -1e30F, 1e30F);
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    if (!(std::abs(y[i] - expected.values[i]) <= expected.tolerances[i])) return false;
  }
  return true;
}

void sparse_convolution(benchmark::State& state) {
  const ConvolutionShape shape = shape_of(state);
  const auto weight = random_values(
      count(shape.filters, shape.channels, shape.kernel_height, shape.kernel_width), 0.1F);
  const auto x =
      random_values(count(shape.images, shape.channels, shape.height, shape.width), 1.0F);
  const sparse_convolution::TapMatrix packed = sparse_convolution::pack(weight, shape);
  const sparse_convolution::DeviceWeight device(packed);
  const Array<float> device_x(x);
  const Array<float> y(count(shape.images, shape.filters, shape.out_height(), shape.out_width()));
  const auto work = [&] {
    sparse_convolution::convolve(
        device, {.x = device_x.data(), .y = y.data(), .images = shape.images}, nullptr);
  };
  work();
  synchronize(nullptr);
  if (!first_image_is_right(shape, weight, x, y.to_host()))
    return state.SkipWithError("the result is wrong");
  const double positions =
      static_cast<double>(shape.images) * shape.out_height() * shape.out_width();
  time_on_gpu(state, true,
              4.0 * static_cast<double>(x.size() + y.size()) +
                  8.0 * static_cast<double>(packed.taps.size()),
              2 * positions * static_cast<double>(packed.taps.size()), work);
}

void layers(benchmark::internal::Benchmark* b) {
  for (const int batch : {1, 8, 64}) {
    b->Args({16, 16, 32, 3, 1, batch})->Args({64, 64, 8, 3, 1, batch});  // ResNet-20
    b->Args({64, 64, 56, 3, 1, batch})
        ->Args({128, 128, 28, 3, 1, batch})
        ->Args({512, 512, 7, 3, 1, batch});  // ResNet-50
    b->Args({256, 512, 28, 1, 2, batch});
    b->Args({512, 512, 14, 1, 1, batch})->Args({1024, 1024, 7, 1, 1, batch});  // MobileNetV1
  }
  b->ArgNames({"channels", "filters", "size", "kernel", "stride", "batch"})
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond);
}
BENCHMARK(sparse_convolution)->Apply(layers);

}  // namespace
}  // namespace gcompress::cuda
