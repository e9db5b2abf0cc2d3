// Makes a plan: segments, layouts, kernels, memory.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gcompress/core/engine/arena.h"
#include "gcompress/core/engine/drafts.h"
#include "gcompress/core/engine/plan.h"

namespace gcompress::engine {

// Lives only while the plan is made.
class Planner {
 public:
  Planner(const graph::Network& network, const std::map<std::string, Shape>& inputs, int threads,
          std::int64_t cache_bytes, Plan& plan);
  void make();

 private:
  using Place = Plan::Place;

  // A value as steps write and read it; a change of layout makes another.
  struct Value {
    Place::Kind kind = Place::Kind::kShared;
    std::size_t index = 0;      // of an input or constant
    std::size_t segment = 0;    // that makes it
    std::int64_t elements = 0;  // of a sample where samples are apart, else of all
    std::int64_t samples = 1;   // that lie one after the other
    std::optional<PlaneLayout> layout;
    std::size_t first = 0, last = 0;  // steps of the plan between which it lives
    std::int64_t around = 0;          // elements before and behind it that are read for nothing
  };
  struct Reads {
    std::vector<std::size_t> values;  // by input of the step; kNothing: none
    std::size_t output = 0;
    std::size_t scratch = 0;
  };
  static constexpr std::size_t kNothing = ~std::size_t{0};
  static constexpr std::size_t kAlways = ~std::size_t{0};

  void take_inputs();
  void find_frames();
  void find_local_values();
  void add_steps(std::size_t segment);
  void add_step(const Draft& draft, std::size_t segment);
  Binding bind(const Draft& draft, std::size_t segment) const;
  std::size_t read_first(const Draft& draft, Binding& binding, bool planes, std::size_t segment);
  StepFacts facts_of(const Binding& binding, std::size_t segment) const;
  void miss(const Draft& draft, const Error& error, std::size_t segment);

  // Chains of layers (planner_chains.cc).
  void count_readers();
  bool may_be_chained(const Draft& draft, std::size_t segment) const;
  bool follows(std::size_t draft, std::size_t segment) const;
  ChainLayer chain_layer(const Draft& draft, std::size_t segment) const;
  std::vector<ChainCut> chains_of(std::size_t segment) const;  // of drafts
  void add_chain(const ChainCut& cut, std::size_t segment);
  std::vector<Binding> bind_chain(const ChainCut& cut, const Plan::Chain& chain,
                                  std::size_t segment, std::vector<Reads>& reads);
  void keep_for_chain(const Plan::Chain& chain, std::size_t output);
  Plan::Chain shape_chain(const ChainCut& cut, std::size_t segment) const;
  void place_chains(const std::vector<std::int64_t>& offsets);
  bool renames(const Draft& draft);
  bool in_planes(const Draft& draft, const Shape& view, std::size_t segment) const;
  std::size_t read(const Draft& draft, std::size_t input, std::size_t segment,
                   const std::optional<PlaneLayout>& layout);
  std::size_t converted(std::size_t value, const std::string& name, std::size_t segment,
                        const std::optional<PlaneLayout>& layout);
  std::size_t constant_value(const std::string& name);
  std::size_t new_value(const Value& value);
  void append(Kernel kernel, Reads reads, StepFacts facts);
  void place_values();
  Place place_of(std::size_t value, std::size_t segment,
                 const std::vector<std::int64_t>& offsets) const;
  Shape view(const Shape& shape, std::size_t segment) const;
  [[noreturn]] void throw_missing() const;

  const graph::Network& network_;
  const std::int64_t cache_bytes_;
  Plan& plan_;
  Drafts drafts_;
  std::vector<Segment> segments_;  // of drafts
  Frames frames_;
  std::int64_t network_taps_ = 0;
  std::set<std::string> local_;             // values that do not leave their segment
  std::map<std::string, int> readers_;      // by value: inputs of drafts that it is
  std::vector<std::size_t> chain_outputs_;  // values, by chain
  std::vector<std::size_t> chain_segments_;
  std::vector<Value> values_;
  std::vector<Reads> reads_;                  // by step of the plan
  std::map<std::string, std::size_t> known_;  // by name: as it was made
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> conversions_;  // by value, segment
};

}  // namespace gcompress::engine
