// Running a planned network on integers.
#include "gcompress/core/engine/integer/program.h"

#include <algorithm>

#include "gcompress/core/engine/threads.h"

namespace gcompress::engine::integer {
namespace {

constexpr std::int64_t kSideBySide = 16;
// Fewer images than this run faster one by one than with empty lanes beside them.
constexpr std::int64_t kWorthLanes = 8;
constexpr std::int64_t kNearBytes = 4 << 20;
constexpr std::size_t kAlignment = 64;

}  // namespace

struct Program::Lanes {
  LanePlan plan;
  std::vector<std::vector<std::uint8_t>> memory;  // of each thread

  std::uint8_t* memory_of(int thread) {
    std::vector<std::uint8_t>& bytes = memory[static_cast<std::size_t>(thread)];
    if (bytes.empty()) bytes.resize(plan.bytes + kAlignment);
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

// How many of the images are run side by side: whole groups, or nearly whole ones, of images that
// are small enough to stay in the second cache together.
std::int64_t Program::count_side_by_side(std::int64_t images) {
  if (static_cast<std::int64_t>(lanes_for(1).plan.bytes) * kSideBySide > kNearBytes) return 0;
  const std::int64_t whole = images / kSideBySide * kSideBySide;
  return images - whole >= kWorthLanes ? images : whole;
}

// Groups of as many images as there are lanes. Threads take groups where there are enough of them,
// or share the work of each step.
void Program::run_images(Lanes& lanes, std::int64_t images, std::vector<const float*> inputs,
                         std::vector<float*> outputs) {
  const LanePlan& plan = lanes.plan;
  const std::int64_t groups = (images + plan.lanes - 1) / plan.lanes;
  const bool together = groups < threads_;
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
    for (const Work& work : plan.steps) work(batch);
  };
  if (together) {
    for (std::int64_t group = 0; group < groups; ++group) run_group(group, 0);
  } else {
    parallel(groups, threads_, run_group);
  }
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
  const std::int64_t side_by_side = count_side_by_side(images);
  const auto run_some = [&](std::int64_t lanes, std::int64_t first, std::int64_t count) {
    if (count == 0) return;
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
  run_some(kSideBySide, 0, side_by_side);
  run_some(1, side_by_side, images - side_by_side);
  execute::Values outputs;
  for (std::size_t i = 0; i < results.size(); ++i) {
    Shape shape = network.shapes.at(network.outputs[i]);
    shape.insert(shape.begin(), images);
    outputs[network.outputs[i]] = Tensor::from<float>(shape, std::move(results[i]));
  }
  return outputs;
}

}  // namespace gcompress::engine::integer
