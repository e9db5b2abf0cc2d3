// Streams, copies that join them, launches recorded once and put in again as a whole, and their
// times. Two definitions exist, as of runtime.h: device/streams.cc and
// tests/cuda_on_cpu/streams.cc.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include "gcompress/core/kernels/cuda/runtime.h"

namespace gcompress::cuda {

// A stream of one's own, which waits for no other.
class OwnStream {
 public:
  OwnStream();
  ~OwnStream();
  OwnStream(const OwnStream&) = delete;
  OwnStream& operator=(const OwnStream&) = delete;
  Stream get() const { return stream_; }

 private:
  Stream stream_ = nullptr;
};

// Asynchronous. What is copied in may be changed when the call returns; what is copied out is there
// after synchronize(stream).
void copy_in(void* device, const void* host, std::size_t bytes, Stream stream);
void copy_out(void* host, const void* device, std::size_t bytes, Stream stream);

// Launches with fixed arguments. On a device they are captured once as a CUDA graph, whose launch
// costs a few microseconds for all of them together; on the CPU, and where capturing fails, they
// are done again one by one.
class Recording {
 public:
  // `launches` puts work into the stream and does nothing else. It is called now, or at each
  // replay.
  Recording(std::function<void()> launches, Stream stream);
  ~Recording();
  Recording(Recording&& other) noexcept;
  Recording& operator=(Recording&& other) noexcept;

  void replay() const;  // asynchronous
  bool is_graph() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Seconds that the launches take, once they are warm: the least of `repeats`. Waits. Nothing where
// time does not pass as on a device.
std::optional<double> time_of(const std::function<void()>& launches, int repeats, Stream stream);

}  // namespace gcompress::cuda
