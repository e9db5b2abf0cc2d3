// Running a planned network on integers.
#include "gcompress/core/engine/integer/program.h"

#include <algorithm>
#include <chrono>

#include "gcompress/core/engine/threads.h"
#include "gcompress/core/kernels/cpu/quad_depthwise.h"
#include "gcompress/core/kernels/cpu/quad_tiles.h"

namespace gcompress::engine::integer {
namespace {

// Fewer images than `least` run faster with fewer lanes than with empty ones. 64 lanes are four
// vectors, for networks of vectors alone; 16 are one, for images, whose rows give several.
struct SideBySide {
  std::int64_t lanes, least, near_bytes;
};
constexpr SideBySide kSideBySide[] = {{64, 32, 1 << 20}, {16, 8, 4 << 20}};
constexpr std::size_t kAlignment = 64;
// What kernels may read behind the last value.
constexpr std::size_t kBeyond =
    std::max({kernels::kDepthwiseReadsBeyond, kernels::kTileReadsBeyond});

void run_and_time(const LanePlan& plan, const Batch& batch, std::vector<double>& seconds) {
  using Clock = std::chrono::steady_clock;
  for (std::size_t s = 0; s < plan.steps.size(); ++s) {
    const auto begin = Clock::now();
    plan.steps[s].run(batch);
    seconds[s] += std::chrono::duration<double>(Clock::now() - begin).count();
  }
}

}  // namespace

struct Program::Lanes {
  LanePlan plan;
  std::vector<std::vector<std::uint8_t>> memory;  // of each thread

  std::uint8_t* memory_of(int thread) {
    std::vector<std::uint8_t>& bytes = memory[static_cast<std::size_t>(thread)];
    if (bytes.empty()) bytes.resize(plan.bytes + kAlignment + kBeyond);
    const auto address = reinterpret_cast<std::uintptr_t>(bytes.data());
    return bytes.data() + (kAlignment - address % kAlignment) % kAlignment;
  }
};

Program::Program(const graph::Network& network, const graph::CodeNetwork& codes, const Piece& piece,
                 const std::map<std::string, Shape>& inputs, int threads,
                 std::vector<Refusal>& refusals)
    : network_(std::make_unique<ImageNetwork>(
          read_image_network(network, codes, piece, inputs, refusals))),
      threads_(threads) {
  if (!refusals.empty()) return;
  lanes_[1] = make_lanes(1, refusals);
}

Program::~Program() = default;
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;

std::unique_ptr<Program::Lanes> Program::make_lanes(std::int64_t lanes,
                                                    std::vector<Refusal>& refusals) const {
  auto made = std::make_unique<Lanes>();
  made->plan = plan_lanes(*network_, lanes, refusals);
  made->memory.resize(static_cast<std::size_t>(threads_));
  return made;
}

Program::Lanes& Program::lanes_for(std::int64_t lanes) {
  std::unique_ptr<Lanes>& found = lanes_[lanes];
  if (!found) {
    std::vector<Refusal> refusals;
    found = make_lanes(lanes, refusals);
    GCOMPRESS_CHECK(refusals.empty());  // as for one image
  }
  return *found;
}

// How many images are run side by side: as many as stay near together, if there are that many or
// nearly.
std::int64_t Program::lanes_to_use(std::int64_t images) {
  const auto bytes = static_cast<std::int64_t>(lanes_for(1).plan.bytes);
  for (const SideBySide& way : kSideBySide) {
    if (images >= way.least && bytes * way.lanes <= way.near_bytes) return way.lanes;
  }
  return 1;
}

// Groups of as many images as there are lanes. Threads take groups where there are enough of them,
// or share the work of each step.
void Program::run_images(Lanes& lanes, std::int64_t images, std::vector<const float*> inputs,
                         std::vector<float*> outputs) {
  const LanePlan& plan = lanes.plan;
  const std::int64_t groups = (images + plan.lanes - 1) / plan.lanes;
  const bool together = groups < threads_ || seconds_ != nullptr;
  const auto run_group = [&](std::int64_t group, int thread) {
    std::vector<const float*> from = inputs;
    std::vector<float*> to = outputs;
    const std::int64_t first = group * plan.lanes;
    for (std::size_t i = 0; i < from.size(); ++i) from[i] += first * plan.input_elements[i];
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += first * plan.output_elements[i];
    const Batch batch{.memory = lanes.memory_of(thread),
                      .offsets = plan.offsets,
                      .images = std::min(plan.lanes, images - first),
                      .threads = together ? threads_ : 1,
                      .inputs = from,
                      .outputs = to};
    if (seconds_ == nullptr) {
      for (const Work& work : plan.steps) work.run(batch);
    } else {
      run_and_time(plan, batch, *seconds_);
    }
  };
  if (together) {
    for (std::int64_t group = 0; group < groups; ++group) run_group(group, 0);
  } else {
    parallel(groups, threads_, run_group);
  }
}

execute::Values Program::run_timed(const execute::Values& inputs, std::vector<double>& seconds) {
  seconds.resize(lanes_for(1).plan.steps.size());
  seconds_ = &seconds;
  try {
    execute::Values outputs = run(inputs);
    seconds_ = nullptr;
    return outputs;
  } catch (...) {
    seconds_ = nullptr;
    throw;
  }
}

std::vector<StepFacts> Program::steps(std::int64_t images) {
  return lanes_for(lanes_to_use(images)).plan.facts;
}

std::size_t Program::memory_bytes(std::int64_t images) {
  return lanes_for(lanes_to_use(images)).plan.bytes;
}

execute::Values Program::run(const execute::Values& inputs) {
  const ImageNetwork& network = *network_;
  std::vector<const float*> from;
  std::int64_t images = 0;
  for (const std::string& name : network.inputs) {
    const Tensor& tensor = inputs.at(name);
    from.push_back(tensor.as<float>().data());
    images = tensor.shape()[0];
  }
  std::vector<std::vector<float>> results;
  for (const std::string& name : network.outputs) {
    results.emplace_back(static_cast<std::size_t>(images * element_count(network.shapes.at(name))));
  }
  const auto run_some = [&](std::int64_t lanes, std::int64_t first, std::int64_t count) {
    std::vector<const float*> some_from = from;
    std::vector<float*> to;
    for (std::size_t i = 0; i < from.size(); ++i) {
      some_from[i] += first * element_count(network.shapes.at(network.inputs[i]));
    }
    for (std::size_t i = 0; i < results.size(); ++i) {
      to.push_back(results[i].data() +
                   first * element_count(network.shapes.at(network.outputs[i])));
    }
    run_images(lanes_for(lanes), count, std::move(some_from), std::move(to));
  };
  for (std::int64_t first = 0; first < images;) {
    const std::int64_t lanes = lanes_to_use(images - first);
    const std::int64_t left = images - first;
    const std::int64_t whole = std::max(left / lanes * lanes, std::min(left, lanes));
    run_some(lanes, first, whole);
    first += whole;
  }
  execute::Values outputs;
  for (std::size_t i = 0; i < results.size(); ++i) {
    Shape shape = network.shapes.at(network.outputs[i]);
    shape.insert(shape.begin(), images);
    outputs[network.outputs[i]] = Tensor::from<float>(shape, std::move(results[i]));
  }
  return outputs;
}

}  // namespace gcompress::engine::integer
