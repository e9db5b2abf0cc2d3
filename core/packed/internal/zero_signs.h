// The signs of floating zeros, where some are negative: a bit for each zero. Internal to
// core/packed; docs/formats.md describes the form.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "gcompress/core/packed/internal/positions.h"

namespace gcompress::packed::internal {

// What follows the positions.
std::string write_zero_signs(const Bytes& bytes, const ElementKind& kind, Way way);

// Positions that also set the signs of the zeros between them.
std::unique_ptr<PositionReader> with_zero_signs(std::unique_ptr<PositionReader> positions,
                                                std::span<const std::byte> signs,
                                                const ElementKind& kind);

}  // namespace gcompress::packed::internal
