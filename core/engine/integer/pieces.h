// A quantized network run in pieces: what can on integers, the rest in floating point.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gcompress/core/engine/integer/cut.h"
#include "gcompress/core/engine/integer/program.h"
#include "gcompress/core/engine/plan.h"
#include "gcompress/core/execute/executor.h"

namespace gcompress::engine::integer {

class Pieces {
 public:
  // Null where nothing runs on integers for inputs of these shapes. Their first axis counts images;
  // run() then takes any number of them. `network` must live as long. Throws Error(kUnsupported)
  // with what of the rest cannot run.
  static std::unique_ptr<Pieces> make(const graph::Network& network,
                                      const std::map<std::string, Shape>& inputs, int threads);

  // One thread at a time.
  execute::Values run(const execute::Values& inputs);

  // The same, and adds the seconds of each step to `seconds` [steps].
  execute::Values run_timed(const execute::Values& inputs, std::vector<double>& seconds);

  // Of all pieces, for inputs of these shapes, and bytes of the values in them.
  struct Facts {
    std::vector<StepFacts> steps;
    std::int64_t bytes = 0;
  };
  Facts facts(const std::map<std::string, Shape>& inputs);

  // How many run on integers, and in floating point.
  std::size_t integer_pieces() const;
  std::size_t float_pieces() const { return cut_.pieces.size() - integer_pieces(); }

 private:
  using Shapes = std::map<std::string, Shape>;
  // Of one piece: a program, or plans for the last shapes.
  struct Runner {
    std::unique_ptr<Program> program;
    std::deque<std::pair<Shapes, Plan>> plans;
  };

  Pieces(const graph::Network& network, int threads) : network_(network), threads_(threads) {}
  // False: some nodes were added to `refused`.
  bool prepare(const Shapes& inputs, std::set<std::size_t>& refused);
  void plan_floats(const Shapes& inputs);
  Plan& plan_of(std::size_t piece, const Shapes& inputs);
  execute::Values run_pieces(const execute::Values& inputs, std::vector<double>* seconds);

  const graph::Network& network_;
  int threads_;
  CutNetwork cut_;
  std::vector<Runner> runners_;  // by piece
};

}  // namespace gcompress::engine::integer
