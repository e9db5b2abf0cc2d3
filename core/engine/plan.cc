// Running a plan.
#include "gcompress/core/engine/plan.h"

#include <algorithm>
#include <chrono>

#include "gcompress/core/engine/planner.h"
#include "gcompress/core/engine/threads.h"

namespace gcompress::engine {

Plan::Plan(const graph::Network& network, const std::map<std::string, Shape>& inputs, int threads,
           std::int64_t cache_bytes) {
  Planner(network, inputs, threads, cache_bytes > 0 ? cache_bytes : near_cache_bytes(), *this)
      .make();
}

std::int64_t Plan::arena_bytes() const {
  std::size_t elements = shared_.size();
  for (const std::vector<float>& local : local_) elements += local.size();
  return static_cast<std::int64_t>(elements * sizeof(float));
}

float* Plan::memory(const Place& place, std::int64_t sample, int thread) {
  std::vector<float>& arena =
      place.kind == Place::Kind::kLocal ? local_[static_cast<std::size_t>(thread)] : shared_;
  return aligned(arena) + place.index + sample * place.sample;
}

const float* Plan::pointer(const Place& place, std::int64_t sample, int thread) {
  switch (place.kind) {
    case Place::Kind::kShared:
    case Place::Kind::kLocal:
      return memory(place, sample, thread);
    case Place::Kind::kInput:
      return inputs_[place.index] + sample * place.sample;
    case Place::Kind::kConstant:
      return constants_[place.index].data();
    case Place::Kind::kNone:
      return nullptr;
  }
  return nullptr;
}

void Plan::run_step(const Step& step, std::int64_t sample, int thread) {
  std::vector<const float*>& inputs = pointers_[static_cast<std::size_t>(thread)];
  for (std::size_t i = 0; i < step.inputs.size(); ++i) {
    inputs[i] = pointer(step.inputs[i], sample, thread);
  }
  float* output = memory(step.output, sample, thread);
  const bool has_scratch = step.scratch.kind != Place::Kind::kNone;
  step.kernel.run({.inputs = {inputs.data(), step.inputs.size()},
                   .outputs = {&output, 1},
                   .scratch = has_scratch ? memory(step.scratch, 0, thread) : nullptr});
}

void Plan::take_inputs(const execute::Values& inputs) {
  inputs_.clear();
  for (const std::string& name : input_names_) {
    inputs_.push_back(inputs.at(name).as<float>().data());
  }
}

execute::Values Plan::give_outputs() {
  execute::Values outputs;
  for (const Output& output : outputs_) {
    const float* from = pointer(output.place, 0, 0);
    const auto count = element_count(output.shape);
    outputs[output.name] =
        Tensor::from<float>(output.shape, std::vector<float>(from, from + count));
  }
  return outputs;
}

void Plan::run_steps(const Segment& segment, std::int64_t sample, int thread) {
  for (std::size_t s = segment.begin; s < segment.end;) {
    if (const Chain* chain = chain_at(s)) {
      run_chain(*chain, sample, thread);
      s = chain->end;
    } else {
      run_step(steps_[s++], sample, thread);
    }
  }
}

execute::Values Plan::run(const execute::Values& inputs) {
  take_inputs(inputs);
  for (const Segment& segment : segments_) {
    parallel(segment.samples, segment.alone ? threads_ : 1,
             [&](std::int64_t sample, int thread) { run_steps(segment, sample, thread); });
  }
  return give_outputs();
}

execute::Values Plan::run_timed(const execute::Values& inputs, std::vector<double>& seconds) {
  using Clock = std::chrono::steady_clock;
  take_inputs(inputs);
  seconds.resize(steps_.size());
  for (const Segment& segment : segments_) {
    for (std::int64_t sample = 0; sample < segment.samples; ++sample) {
      for (std::size_t s = segment.begin; s < segment.end;) {
        if (const Chain* chain = chain_at(s)) {
          for (std::int64_t part = 0; part < chain->parts; ++part) {
            run_part(*chain, part, {.sample = sample, .seconds = &seconds});
          }
          s = chain->end;
          continue;
        }
        const auto begin = Clock::now();
        run_step(steps_[s], sample, 0);
        seconds[s] += std::chrono::duration<double>(Clock::now() - begin).count();
        ++s;
      }
    }
  }
  return give_outputs();
}

}  // namespace gcompress::engine
