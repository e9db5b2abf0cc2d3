// A fit in the middle, as one file: everything that resuming with the same bits needs.
//
// File, little-endian: 8 bytes "GCFITCKP", uint32 version, uint64 payload size, payload, uint64
// XXH3 of the payload. Written atomically: a kill leaves the old file or the new one.
// Random numbers need no state: they are counted (seed, purpose, epoch, index).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gcompress/core/base/tensor.h"
#include "gcompress/core/graph/masks.h"
#include "gcompress/core/train/fit.h"
#include "gcompress/core/train/run_identity.h"

namespace gcompress::train {

// The network while it trains.
struct NetworkState {
  std::map<graph::WeightId, Tensor> parameters;
  std::map<graph::WeightId, Tensor> buffers;  // running statistics
  graph::Masks masks;
};

// What the optimiser remembers of a parameter; undefined where it keeps no such thing.
struct Moments {
  Tensor first;
  Tensor second;
  Tensor steps;
};

// What a learner keeps besides: nothing, unless the options or hooks want it.
struct Aside {
  std::map<graph::WeightId, Tensor> held;       // values of masked weights, 0 elsewhere
  std::map<graph::WeightId, Tensor> gradients;  // of the last step, for the masks due next
  std::map<graph::WeightId, Tensor> average;
  std::int64_t averaged = 0;  // steps in it
};

// Where a fit stands: between two steps.
struct Position {
  std::int64_t step = 0;          // steps done
  std::int64_t epoch = 0;         // epochs finished and judged
  std::int64_t batch = 0;         // batches done of the running epoch
  std::int64_t masks_asked = -1;  // the last step before which masks were asked for
  bool stopped_early = false;
};

// The running epoch so far.
struct EpochSoFar {
  double loss_sum = 0;
  std::int64_t steps = 0;
  double seconds = 0;
};

// The epoch that is best on the tuning split.
struct Best {
  bool seen = false;                  // false: selection has not begun
  std::optional<NetworkState> state;  // with restore_best
  double value = 0;
  std::int64_t epoch = 0;
  std::int64_t epochs_since = 0;  // without improvement
};

struct Checkpoint {
  RunIdentity identity;
  std::int32_t threads = 0;  // other numbers of threads give other rounding
  Position position;
  EpochSoFar running;
  NetworkState live;
  std::map<graph::WeightId, Moments> moments;
  Aside aside;
  Best best;
  std::vector<EpochResult> epochs;
};

// FOLDER/fit.checkpoint
std::filesystem::path checkpoint_file(const std::filesystem::path& folder);

// Makes the folder if need be. Throws Error(kInput) if it cannot be written.
void write_checkpoint(const std::filesystem::path& folder, const Checkpoint& checkpoint);

// nullopt if there is none. Throws Error(kInput) if it is damaged or of another version.
std::optional<Checkpoint> read_checkpoint(const std::filesystem::path& folder);

// Removes what writers that were killed left beside the checkpoint.
void remove_partial_checkpoints(const std::filesystem::path& folder);

}  // namespace gcompress::train
