// Streams, graphs and events of CUDA (../streams.h).
#include "gcompress/core/kernels/cuda/streams.h"

#include <cuda_runtime.h>

#include <algorithm>
#include <utility>

#include "gcompress/core/base/error.h"
#include "gcompress/core/kernels/cuda/device/check.h"

namespace gcompress::cuda {

OwnStream::OwnStream() {
  check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "making a stream");
}
OwnStream::~OwnStream() { cudaStreamDestroy(stream_); }

void copy_in(void* device, const void* host, std::size_t bytes, Stream stream) {
  if (bytes == 0) return;
  check(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, stream), "a copy to the GPU");
}

void copy_out(void* host, const void* device, std::size_t bytes, Stream stream) {
  if (bytes == 0) return;
  check(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, stream),
        "a copy from the GPU");
}

struct Recording::Parts {
  std::function<void()> launches;
  Stream stream = nullptr;
  cudaGraphExec_t graph = nullptr;

  Parts(std::function<void()> work, Stream where) : launches(std::move(work)), stream(where) {}
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts() {
    if (graph != nullptr) cudaGraphExecDestroy(graph);
  }
};

namespace {

// Null where the launches cannot be captured. What they load, they load before: loading may not be
// captured.
cudaGraphExec_t capture(const std::function<void()>& launches, Stream stream) {
  launches();
  synchronize(stream);
  if (cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal) != cudaSuccess) {
    cudaGetLastError();  // or the next launch would report it again
    return nullptr;
  }
  bool launched = true;
  try {
    launches();
  } catch (const Error&) {
    launched = false;  // done one by one, it says so again
  }
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t made = nullptr;
  const bool captured = cudaStreamEndCapture(stream, &graph) == cudaSuccess && graph != nullptr;
  if (captured && launched && cudaGraphInstantiate(&made, graph, 0) != cudaSuccess) made = nullptr;
  if (graph != nullptr) cudaGraphDestroy(graph);
  if (made == nullptr) cudaGetLastError();
  return made;
}

}  // namespace

Recording::Recording(std::function<void()> launches, Stream stream)
    : parts_(std::make_unique<Parts>(std::move(launches), stream)) {
  parts_->graph = capture(parts_->launches, stream);
}
Recording::~Recording() = default;
Recording::Recording(Recording&& other) noexcept = default;
Recording& Recording::operator=(Recording&& other) noexcept = default;

void Recording::replay() const {
  if (parts_->graph == nullptr) return parts_->launches();
  check(cudaGraphLaunch(parts_->graph, parts_->stream), "launching a graph");
}

bool Recording::is_graph() const { return parts_->graph != nullptr; }

namespace {

class Event {
 public:
  Event() { check(cudaEventCreate(&event_), "making an event"); }
  ~Event() { cudaEventDestroy(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  cudaEvent_t get() const { return event_; }

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace

std::optional<double> time_of(const std::function<void()>& launches, int repeats, Stream stream) {
  launches();  // warm
  const Event begin;
  const Event end;
  double least = 0;
  for (int i = 0; i < repeats; ++i) {
    check(cudaEventRecord(begin.get(), stream), "recording an event");
    launches();
    check(cudaEventRecord(end.get(), stream), "recording an event");
    check(cudaEventSynchronize(end.get()), "work on the GPU");
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, begin.get(), end.get()), "timing");
    const double seconds = 1e-3 * double{milliseconds};
    least = i == 0 ? seconds : std::min(least, seconds);
  }
  return least;
}

}  // namespace gcompress::cuda
