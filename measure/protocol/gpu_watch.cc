// Watching GPUs.
#include "gcompress/measure/protocol/gpu_watch.h"

#include <algorithm>
#include <utility>

namespace gcompress::measure {
namespace {

std::string trouble_of(const GpuState& state, std::span<const unsigned> known) {
  // A divided GPU first: nothing that its meter says is of one process.
  if (state.mig.value_or(false)) return "a GPU is divided into instances (MIG)";
  const std::vector<std::string> reasons = slowed_by(state);
  if (!reasons.empty()) return "a GPU was slowed down: " + reasons.front();
  if (!foreign_processes(state, known).empty()) return "another process used a GPU";
  return "";
}

}  // namespace

GpuWatch::GpuWatch(std::vector<Gpu> gpus) : gpus_(std::move(gpus)) {
  for (const Gpu& gpu : gpus_) {
    known_.push_back(state_of(gpu).processes.value_or(std::vector<unsigned>()));
  }
}

void GpuWatch::sample() {
  for (std::size_t i = 0; i < gpus_.size(); ++i) {
    std::string found = trouble_of(state_of(gpus_[i]), known_[i]);
    const std::lock_guard guard(lock_);
    if (found_.empty()) found_ = std::move(found);
  }
}

std::string GpuWatch::trouble() {
  sample();
  const std::lock_guard guard(lock_);
  return std::exchange(found_, {});
}

std::optional<double> GpuWatch::temperature() const {
  std::optional<double> hottest;
  for (const Gpu& gpu : gpus_) {
    const std::optional<double> celsius = state_of(gpu).temperature_celsius;
    if (celsius) hottest = std::max(hottest.value_or(*celsius), *celsius);
  }
  return hottest;
}

std::optional<double> GpuWatch::megahertz() const {
  return gpus_.empty() ? std::nullopt : state_of(gpus_.front()).sm_megahertz;
}

}  // namespace gcompress::measure
