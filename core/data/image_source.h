// Image files as a source, decoded when they are read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "gcompress/core/data/dataset.h"

namespace gcompress::data {

struct ImageSourceOptions {
  std::int64_t channels = 3;  // or 1
  bool resize = false;  // to shorter_side, then cut to height x width, as Preprocessing has it
  std::int64_t shorter_side = 0;
  std::int64_t height = 0;  // without resize: what all images must have; 0: the first one's
  std::int64_t width = 0;
  std::int64_t cache_bytes = std::int64_t{512} << 20;
  int threads = 0;  // that decode one batch; 0: as many as the machine has
};

struct ImageFile {
  std::filesystem::path file;
  std::int64_t label = 0;
};

// Column "" uint8 [channels, height, width] and int64 labels. Decoded images are kept as bytes as
// long as cache_bytes holds them: the first so many files, whatever the order of reading. read()
// throws Error(kInput) naming a file that is damaged or, without resize, of another size.
std::shared_ptr<const Source> image_source(std::vector<ImageFile> files,
                                           const ImageSourceOptions& options);

}  // namespace gcompress::data
