// Which tensors of a model being written go to its data file, and where in it. Internal to
// core/onnx.
#pragma once

#include <string>
#include <vector>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/onnx/internal/message.h"

namespace gcompress::onnx::internal {

class ExternalPlan {
 public:
  struct Placed {
    Bytes bytes;
    std::size_t offset = 0;
  };

  // `location` is the data file's name as the model spells it; empty keeps everything inside.
  // Besides the tensors that were external before, those above `above_bytes` go outside.
  ExternalPlan(std::string location, std::size_t above_bytes)
      : location_(std::move(location)), above_bytes_(above_bytes) {}

  bool wants(const Tensor& tensor, graph::Storage storage) const;

  // Gives the tensor a place and writes it into the message's external_data, whose other entries
  // stay (but for the checksum, which was of the old file).
  void place(const Tensor& tensor, ::onnx::TensorProto& message);

  const std::vector<Placed>& placed() const { return placed_; }

 private:
  std::string location_;
  std::size_t above_bytes_;
  std::size_t end_ = 0;
  std::vector<Placed> placed_;
};

}  // namespace gcompress::onnx::internal
