// Stages for tests of the chain: networks of one number, which a stage moves.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gcompress/compress/recipe.h"
#include "gcompress/compress/stage.h"
#include "gcompress/core/base/error.h"
#include "tests/support/naive_executor.h"
#include "tests/support/network_builder.h"

namespace gcompress::compress {

// Answers 1 where its input is above the threshold, else 0.
inline graph::Network threshold_network(float threshold) {
  testing::NetworkBuilder builder({-1, 1}, 1);
  builder.constant("w", Tensor::from<float>({1, 2}, {0, 1}));
  builder.constant("b", Tensor::from<float>({2}, {0, -threshold}));
  builder.node("Gemm", "y", {"x", "w", "b"});
  return builder.finish("y", {-1, 2});
}
inline float threshold_of(const graph::Network& network) {
  return -network.graph.initializer("b")->value.as<float>()[1];
}

// How often fake stages ran, all tests together.
inline int& runs() {
  static int count = 0;
  return count;
}

// Moves the threshold by 0.3 (1 - target), so that as large a share of the answers changes. With
// "interrupt" it stops as Ctrl-C does.
inline void run_move(Settings& settings, StageState& state, const StageContext&) {
  ++runs();
  if (settings.flag("interrupt")) throw Error(ErrorKind::kInterrupted, "interrupted");
  const auto target = static_cast<float>(settings.number("target"));
  const float moved = threshold_of(state.network) + 0.3F * (1 - target);
  state.network = threshold_network(moved);
  graph::Mask mask({1, 2}, true);
  mask.set(0, false);
  state.masks[{"", "w"}] = mask;
  state.layers = {{.layer = "y",
                   .tensor = "w",
                   .role = "matrix",
                   .size = 2,
                   .kept = 1,
                   .floored = true,
                   .sensitivity = {{.density = 0.5, .loss = 0.25}}}};
  state.parameters_outside = 7;
  state.notes.push_back("Moved to " + std::to_string(moved) + ".");
  state.rivals.push_back({.name = "unmoved", .network = *state.before});
  settings.resolve("chosen", std::string("by the stage"));
}

inline const Tables& fake_tables() {
  static const std::vector<OptionRow> options = {
      {.name = "target", .fallback = 0.5, .help = "", .least = 1e-6, .most = 1},
      {.name = "interrupt", .fallback = false, .help = ""},
      {.name = "chosen", .fallback = std::string(), .help = ""}};
  static const Tables tables = {
      .stages = {{.name = "move",
                  .summary = "",
                  .options = options,
                  .back_off = "target",
                  .run = run_move},
                 {.name = "keep",
                  .summary = "",
                  .options = {},
                  .run = [](Settings&, StageState&, const StageContext&) { ++runs(); }}},
      .executors = {}};
  return tables;
}

inline Recipe fake_recipe(const std::vector<std::string>& stages) {
  Recipe recipe{.common = Settings(common_options()), .stages = {}};
  for (const std::string& name : stages) {
    recipe.stages.push_back(
        {.name = name, .settings = Settings(fake_tables().stage(name).options)});
  }
  return recipe;
}

// A network with threshold 0.5 and a hundred inputs spread evenly over 0..1.
inline StageState fake_state() {
  StageState state;
  state.network = threshold_network(0.5F);
  std::vector<float> values;
  for (int i = 0; i < 100; ++i) values.push_back((static_cast<float>(i) + 0.5F) / 100);
  state.data = data::DataParts{};
  state.data->tune = testing::samples_of(Tensor::from<float>({100, 1}, std::move(values)));
  return state;
}

}  // namespace gcompress::compress
