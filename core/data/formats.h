// One function a format: what --data KIND:... calls.
#pragma once

#include "gcompress/core/base/specification.h"
#include "gcompress/core/data/dataset.h"

namespace gcompress::data {

DataParts open_life(Specification& specification, const OpenOptions& options,
                    const RunContext& context);
DataParts open_mnist(Specification& specification, const OpenOptions& options,
                     const RunContext& context);
DataParts open_npz(Specification& specification, const OpenOptions& options,
                   const RunContext& context);
DataParts open_csv(Specification& specification, const OpenOptions& options,
                   const RunContext& context);
DataParts open_images(Specification& specification, const OpenOptions& options,
                      const RunContext& context);

// What all formats share: options.preprocessing where the caller brings one, else the format's own;
// "scale", "mean" and "std" of the specification win over both.
Preprocessing read_preprocessing(Specification& specification, const OpenOptions& options,
                                 const Preprocessing& own);

// The path of the specification. Throws Error(kUsage) where there is none.
std::string required_path(const Specification& specification);

}  // namespace gcompress::data
