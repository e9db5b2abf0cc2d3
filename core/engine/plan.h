// A network made ready to run for fixed input shapes: steps in order, kernels with laid-out
// weights, memory shared by values that do not live at the same time. Running allocates nothing but
// the outputs.
//
// Steps form segments. A segment in which each sample is computed by itself runs sample by sample:
// what lies between its steps then stays near. A sample is computed by one thread, unless the
// weights exceed its cache: then threads share the work, and so the weights, of every step. Other
// segments run once, with all threads inside a step.
//
// Steps whose values would not stay in the cache form chains, computed by bands of rows
// (core/engine/bands.h); threads that share work take a part of the map each, and meet at the end.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "gcompress/core/engine/bands.h"
#include "gcompress/core/engine/samples.h"
#include "gcompress/core/execute/executor.h"

namespace gcompress::engine {

// What a step is, for those who look at a plan.
struct StepFacts {
  std::string node;          // its label; of a change of layout: the value's name
  std::string op_type;       // of the node that others follow; empty: a change of layout
  std::int64_t samples = 1;  // it runs once for each of so many
  KernelFacts kernel;        // counts are those of one run
};

class Plan {
 public:
  // Batch norms are to be folded before. Throws Error(kUnsupported) with everything that is
  // missing, all at once. `cache_bytes`: what a thread has near; 0: as the processor has.
  Plan(const graph::Network& network, const std::map<std::string, Shape>& inputs, int threads,
       std::int64_t cache_bytes = 0);

  // Inputs as planned, float32. One thread at a time.
  execute::Values run(const execute::Values& inputs);

  // The same, and adds the seconds of each step to `seconds` [steps]; samples one after the other.
  execute::Values run_timed(const execute::Values& inputs, std::vector<double>& seconds);

  // Of all memory that values share while running.
  std::int64_t arena_bytes() const;
  const std::vector<StepFacts>& steps() const { return facts_; }

 private:
  // Where a step finds a value while running, and how far apart its samples lie (0: they share it).
  struct Place {
    enum class Kind { kNone, kShared, kLocal, kInput, kConstant } kind = Kind::kNone;
    std::size_t index = 0;  // element of the arena; place among inputs_ or constants_
    std::int64_t sample = 0;
  };
  struct Step {
    Kernel kernel;
    std::vector<Place> inputs;
    Place output;
    Place scratch;
  };
  // Steps [begin, end) that run by bands.
  struct Chain {
    std::size_t begin = 0, end = 0;
    std::vector<Band> bands;           // of each step
    std::vector<PlaneLayout> layouts;  // of each step's output as it is computed
    Place output;                      // of the last
    PlaneLayout output_layout;
    bool gathers = false;    // the last step's rows go to a buffer, and from there to the output
    Fused fused;             // then: what is left to do on the way
    std::int64_t times = 0;  // bands of the last step
    std::int64_t parts = 1;  // of the map, for a thread each
  };
  // Of a call: a sample, the thread that has what lies between steps, and that which works.
  struct Turn {
    std::int64_t sample = 0;
    int owner = 0, worker = 0;
    std::vector<double>* seconds = nullptr;  // of each step, if they are wanted
  };
  friend class Planner;

  float* memory(const Place& place, std::int64_t sample, int thread);
  const float* pointer(const Place& place, std::int64_t sample, int thread);
  void run_step(const Step& step, std::int64_t sample, int thread);
  void run_steps(const Segment& segment, std::int64_t sample, int thread);
  const Chain* chain_at(std::size_t step) const;
  void run_chain(const Chain& chain, std::int64_t sample, int thread);
  void run_part(const Chain& chain, std::int64_t part, const Turn& turn);
  void run_band(const Chain& chain, std::size_t k, std::int64_t time, const Turn& turn);
  void begin_bands(const Chain& chain, const Turn& turn);
  void keep_halo(const Chain& chain, std::size_t k, const Turn& turn);
  void gather_band(const Chain& chain, std::int64_t time, const Turn& turn);
  float* band(const Chain& chain, std::size_t k, std::int64_t time, const Turn& turn);
  void take_inputs(const execute::Values& inputs);
  execute::Values give_outputs();

  int threads_ = 1;
  std::vector<Step> steps_;
  std::vector<StepFacts> facts_;
  std::vector<Segment> segments_;
  std::vector<Chain> chains_;  // in order
  std::vector<float> shared_;
  std::vector<std::vector<float>> local_;  // of each thread
  std::vector<std::vector<float>> constants_;
  std::vector<std::string> input_names_;
  std::vector<const float*> inputs_;                 // of the present run
  std::vector<std::vector<const float*>> pointers_;  // of each thread's present step
  struct Output {
    std::string name;
    Shape shape;
    Place place;
  };
  std::vector<Output> outputs_;
};

}  // namespace gcompress::engine
