#include "gcompress/core/kernels/cuda/elementwise/launch.h"

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cuda/elementwise/kernels.h"

namespace gcompress::cuda::elementwise {
namespace {

LaunchShape shape_of(int count) {
  constexpr unsigned kThreads = 256;
  return {{(static_cast<unsigned>(count) + kThreads - 1) / kThreads}, {kThreads}};
}

template <auto kKernel>
void launch_unary(const UnaryCall& c, Stream stream) {
  if (c.count <= 0) return;
  launch_kernel<kKernel>("elementwise", shape_of(c.count), stream, c.x, c.y, c.count, c.a, c.b);
}

template <auto kKernel>
void launch_binary(const BinaryCall& c, Stream stream) {
  if (c.count <= 0) return;
  launch_kernel<kKernel>("elementwise", shape_of(c.count), stream, c.first, c.second, c.y, c.axes,
                         c.rank, c.count);
}

template <auto kKernel>
void launch_channel(const ChannelCall& c, Stream stream) {
  if (c.count <= 0) return;
  launch_kernel<kKernel>("elementwise", shape_of(c.count), stream, c.x, c.a, c.b, c.y, c.channels,
                         c.inner, c.count, c.low, c.high);
}

template <class Launch>
struct Row {
  std::string_view name;
  Launch launch;
};

constexpr Row<Unary> kUnary[] = {
#define GCOMPRESS_ROW(name, expression) {#name, &launch_unary<&elementwise_##name>},
    GCOMPRESS_ELEMENTWISE_UNARY(GCOMPRESS_ROW)
#undef GCOMPRESS_ROW
};
constexpr Row<Binary> kBinary[] = {
#define GCOMPRESS_ROW(name, expression) {#name, &launch_binary<&elementwise_##name>},
    GCOMPRESS_ELEMENTWISE_BINARY(GCOMPRESS_ROW)
#undef GCOMPRESS_ROW
};
constexpr Row<Channel> kChannel[] = {
#define GCOMPRESS_ROW(name, expression) {#name, &launch_channel<&elementwise_##name>},
    GCOMPRESS_ELEMENTWISE_CHANNEL(GCOMPRESS_ROW)
#undef GCOMPRESS_ROW
};

template <class Launch, std::size_t kCount>
Launch find(const Row<Launch> (&rows)[kCount], std::string_view name) {
  for (const Row<Launch>& row : rows) {
    if (row.name == name) return row.launch;
  }
  return nullptr;
}

}  // namespace

Unary unary(std::string_view name) { return find(kUnary, name); }
Binary binary(std::string_view name) { return find(kBinary, name); }
Channel channel(std::string_view name) { return find(kChannel, name); }

std::vector<int> operand_axes(const std::vector<int>& sizes, std::vector<int> first_steps,
                              std::vector<int> second_steps) {
  GCOMPRESS_CHECK(sizes.size() == first_steps.size() && sizes.size() == second_steps.size());
  std::vector<int> joined;
  std::vector<int> first;
  std::vector<int> second;
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
    if (sizes[axis] == 1) continue;
    const bool goes_on = !joined.empty() && first.back() == first_steps[axis] * sizes[axis] &&
                         second.back() == second_steps[axis] * sizes[axis];
    if (goes_on) {
      joined.back() *= sizes[axis];
      first.back() = first_steps[axis];
      second.back() = second_steps[axis];
    } else {
      joined.push_back(sizes[axis]);
      first.push_back(first_steps[axis]);
      second.push_back(second_steps[axis]);
    }
  }
  joined.insert(joined.end(), first.begin(), first.end());
  joined.insert(joined.end(), second.begin(), second.end());
  return joined;
}

void to_half(const float* x, std::uint16_t* y, int rows, int columns, std::int64_t x_stride,
             int y_columns, Stream stream) {
  const int count = rows * y_columns;
  if (count <= 0) return;
  launch_kernel<&elementwise_to_half>("elementwise_to_half", shape_of(count), stream, x, y, columns,
                                      y_columns, x_stride, count);
}

void finish(const FinishCall& c, Stream stream) {
  if (c.count <= 0) return;
  launch_kernel<&elementwise_finish>("elementwise_finish", shape_of(c.count), stream, c.y, c.bias,
                                     c.residual, c.channels, c.inner, c.count, c.low, c.high);
}

}  // namespace gcompress::cuda::elementwise
