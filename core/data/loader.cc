// An epoch of batches. A thread prepares some ahead; each batch depends on its number alone.
#include "gcompress/core/data/loader.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <span>
#include <thread>
#include <utility>

#include "gcompress/core/base/random.h"
#include "gcompress/core/data/augment.h"
#include "gcompress/core/data/splits.h"

namespace gcompress::data {

struct Loader::State {
  Dataset dataset;
  LoaderOptions options;
  std::uint64_t seed = 0;
  std::uint64_t epoch = 0;
  std::vector<std::int64_t> order;
  std::int64_t batches = 0;
  std::int64_t next_batch = 0;  // that next() hands out

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Batch> ready;  // guarded by mutex, like the next two
  std::exception_ptr failure;
  bool stopping = false;
  std::thread thread;

  Batch make(std::int64_t number) const;
  void prepare_ahead(std::int64_t first);
};

Batch Loader::State::make(std::int64_t number) const {
  const std::int64_t first = number * options.batch_size;
  const auto total = static_cast<std::int64_t>(order.size());
  const std::int64_t count = std::min(options.batch_size, total - first);
  const std::span<const std::int64_t> positions(order.data() + first,
                                                static_cast<std::size_t>(count));
  Batch batch = dataset.batch(positions);
  augment(batch, options.augmentation, seed, epoch);
  return batch;
}

void Loader::State::prepare_ahead(std::int64_t first) {
  try {
    for (std::int64_t number = first; number < batches; ++number) {
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] {
          return stopping || ready.size() < static_cast<std::size_t>(options.prefetch);
        });
        if (stopping) return;
      }
      Batch batch = make(number);
      const std::lock_guard lock(mutex);
      ready.push_back(std::move(batch));
      changed.notify_all();
    }
  } catch (...) {
    const std::lock_guard lock(mutex);
    failure = std::current_exception();
    changed.notify_all();
  }
}

Loader::Loader(const Dataset& dataset, const LoaderOptions& options, std::uint64_t seed,
               std::uint64_t epoch, std::int64_t first_batch)
    : state_(std::make_unique<State>()) {
  if (options.batch_size < 1) {
    throw_usage("a batch of " + std::to_string(options.batch_size) + " samples",
                "ask for at least 1");
  }
  GCOMPRESS_CHECK(first_batch >= 0);
  State& state = *state_;
  state.dataset = dataset;
  state.options = options;
  state.seed = seed;
  state.epoch = epoch;
  const std::int64_t samples = dataset.size();
  if (options.shuffle) {
    RandomStream random(seed, "shuffle", epoch);
    state.order = permutation(samples, random);
  } else {
    state.order = all_indices(samples);
  }
  const std::int64_t rounding = options.drop_last ? 0 : options.batch_size - 1;
  state.batches = (samples + rounding) / options.batch_size;
  state.next_batch = first_batch;
  if (options.prefetch > 0 && first_batch < state.batches) {
    state.thread = std::thread([&state, first_batch] { state.prepare_ahead(first_batch); });
  }
}

Loader::~Loader() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
}

std::int64_t Loader::batches() const { return state_->batches; }

std::optional<Batch> Loader::next() {
  State& state = *state_;
  if (state.next_batch >= state.batches) return std::nullopt;
  if (!state.thread.joinable()) {
    Batch batch = state.make(state.next_batch);
    ++state.next_batch;
    return batch;
  }
  std::unique_lock lock(state.mutex);
  state.changed.wait(lock, [&state] { return !state.ready.empty() || state.failure; });
  if (state.ready.empty()) std::rethrow_exception(state.failure);
  Batch batch = std::move(state.ready.front());
  state.ready.pop_front();
  ++state.next_batch;
  state.changed.notify_all();
  return batch;
}

}  // namespace gcompress::data
