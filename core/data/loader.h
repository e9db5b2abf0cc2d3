// Walks a data set in batches, in a seeded order, prepared ahead by a thread of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "gcompress/core/data/dataset.h"

namespace gcompress::data {

struct LoaderOptions {
  std::int64_t batch_size = 128;
  bool shuffle = false;
  bool drop_last = false;  // leave out a last batch that is not full
  Augmentation augmentation;
  int prefetch = 2;  // batches prepared ahead; 0: none, no thread
};

// One epoch. The same (seed, epoch) gives the same batches with the same bits, however many
// threads prepare them. Not thread-safe.
class Loader {
 public:
  // `first_batch` skips batches without reading them (resuming inside an epoch).
  Loader(const Dataset& dataset, const LoaderOptions& options, std::uint64_t seed,
         std::uint64_t epoch, std::int64_t first_batch = 0);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  std::int64_t batches() const;  // in the whole epoch
  std::optional<Batch> next();   // nullopt at the end; rethrows what reading threw

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gcompress::data
