// .npz files: several named arrays in a zip archive, as numpy.savez writes them.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "gcompress/core/base/tensor.h"

namespace gcompress::data {

// All arrays by name (without ".npy"), stored or deflated. What headers claim is checked against
// the archive's size before it is allocated, and checksums are checked. Throws Error(kInput) naming
// file and array.
std::map<std::string, Tensor> read_npz(const std::filesystem::path& file);

// Writes arrays uncompressed, atomically, the same bytes for the same arrays. bfloat16 becomes
// float32, which holds it exactly. Throws Error(kUnsupported) for other types that NumPy does not
// have.
void write_npz(const std::filesystem::path& file, const std::map<std::string, Tensor>& arrays);

}  // namespace gcompress::data
