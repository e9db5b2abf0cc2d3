// IDX files, the format of MNIST: a big-endian header, then the elements. Plain or gzipped.
#pragma once

#include <filesystem>

#include "gcompress/core/base/tensor.h"

namespace gcompress::data {

// A file of unsigned bytes of any shape (magic 0x000008NN, NN dimensions), gzipped or not. What the
// header claims is checked against the file's size before anything is allocated, and against the
// bytes that are really there. Throws Error(kInput) naming the file.
Tensor read_idx(const std::filesystem::path& file);

}  // namespace gcompress::data
