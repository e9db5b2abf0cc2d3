// Turning a CUDA status into an error. Only for the .cc files of this folder.
#pragma once

#include <string>

namespace gcompress::cuda {

// `status` is a cudaError_t; 0 is success. Throws Error(kBug) with CUDA's own words.
void check(int status, const char* what);

}  // namespace gcompress::cuda
