// core/kernels/cuda/streams.h on the CPU: everything is done before a call returns.
#include "gcompress/core/kernels/cuda/streams.h"

#include <cstring>
#include <utility>

#include "tests/cuda_on_cpu/runtime.h"

namespace gcompress::cuda_on_cpu {
namespace {
std::function<std::optional<double>(const std::function<void()>&)> clock;
}  // namespace

void set_clock(std::function<std::optional<double>(const std::function<void()>&)> told) {
  clock = std::move(told);
}

}  // namespace gcompress::cuda_on_cpu

namespace gcompress::cuda {

OwnStream::OwnStream() = default;
OwnStream::~OwnStream() = default;

void copy_in(void* device, const void* host, std::size_t bytes, Stream) {
  if (bytes > 0) std::memcpy(device, host, bytes);
}

void copy_out(void* host, const void* device, std::size_t bytes, Stream) {
  if (bytes > 0) std::memcpy(host, device, bytes);
}

struct Recording::Parts {
  std::function<void()> launches;
};

Recording::Recording(std::function<void()> launches, Stream)
    : parts_(std::make_unique<Parts>(Parts{std::move(launches)})) {}
Recording::~Recording() = default;
Recording::Recording(Recording&& other) noexcept = default;
Recording& Recording::operator=(Recording&& other) noexcept = default;

void Recording::replay() const { parts_->launches(); }
bool Recording::is_graph() const { return false; }

std::optional<double> time_of(const std::function<void()>& launches, int, Stream) {
  if (!cuda_on_cpu::clock) return std::nullopt;
  return cuda_on_cpu::clock(launches);
}

}  // namespace gcompress::cuda
