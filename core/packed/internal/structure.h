// The network without its tensors' bulk as bytes, and back. Internal to core/packed.
#pragma once

#include <functional>

#include "gcompress/core/graph/network.h"
#include "gcompress/core/packed/internal/byte_stream.h"

namespace gcompress::packed::internal {

// Where tensors go to and come from; they are met in the same order both ways.
using PutTensor = std::function<void(const Tensor&, ByteWriter&)>;
using TakeTensor = std::function<Tensor(ByteReader&)>;

void write_structure(const graph::Network& network, ByteWriter& writer, const PutTensor& put);

// Throws Error(kInput) if the bytes are damaged.
graph::Network read_structure(ByteReader& reader, const TakeTensor& take);

}  // namespace gcompress::packed::internal
