// MobileNetV1 for any image size.
#pragma once

#include <cstdint>

#include "gcompress/core/graph/network.h"

namespace gcompress::networks {

// Input "image" [N, 3, height, width]. Throws Error(kUsage) for a width outside (0, 4].
graph::Network mobilenet_v1_for(std::int64_t height, std::int64_t image_width, std::int64_t classes,
                                double width, std::uint64_t seed);

}  // namespace gcompress::networks
