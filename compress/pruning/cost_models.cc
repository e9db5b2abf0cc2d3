// Cost models by name.
#include "gcompress/compress/pruning/cost_models.h"

#include <nlohmann/json.hpp>

#include "gcompress/compress/input_shapes.h"
#include "gcompress/compress/json_file.h"
#include "gcompress/core/base/error.h"
#include "gcompress/core/engine/predict.h"
#include "gcompress/core/graph/costs.h"

namespace gcompress::compress {
namespace {

constexpr std::size_t kMostLayers = 100'000;

graph::CostModel flops_of(const StageState& state, const std::vector<graph::Weight>& weights) {
  const graph::InferredShapes shapes =
      shapes_of_one_sample(state.network, state.data ? &state.data->train : nullptr);
  const graph::NetworkCost cost = graph::cost(state.network, weights, shapes);
  if (cost.flops <= 0) {
    throw Error(ErrorKind::kUnsupported, "the operations of this network are not known", {},
                "give --data, so that its shapes are, or count parameters");
  }
  return graph::flop_cost(state.network, weights, shapes);
}

// What our engine is expected to take for one sample.
graph::CostModel predicted(const StageState& state, const std::vector<graph::Weight>& weights) {
  return engine::predict(
      state.network, weights,
      shapes_of_one_sample(state.network, state.data ? &state.data->train : nullptr));
}

graph::CostModel latency_of(const std::string& file, const std::vector<graph::Weight>& weights) {
  const nlohmann::json json = read_json_file(file, "gcompress-cost/1");
  std::map<graph::WeightId, graph::LinearCost> lines;
  for (const nlohmann::json& line : array_in(json, "layers", kMostLayers, file)) {
    const std::string tensor = text_in(line, "tensor", file);
    const auto found = std::ranges::find_if(
        weights, [&](const auto& weight) { return graph::to_string(weight.id) == tensor; });
    if (found == weights.end()) {
      throw_input("the network has no such weight", {.file = file, .node = {}, .value = tensor},
                  "gcompress inspect lists the weights of a network");
    }
    lines[found->id] = {.fixed = number_in(line, "fixed", 0, file),
                        .per_element = number_in(line, "per_weight", 0, file)};
  }
  return graph::linear_cost(text_in(json, "unit", file), std::move(lines),
                            number_in(json, "rest", 0, file));
}

}  // namespace

void check_cost_model(const Settings& settings) {
  const bool latency = settings.text("target-of") == "latency";
  if (!latency && !settings.text("cost-model").empty()) {
    throw_usage("--cost-model is read only for --target-of latency", "add that, or leave it out");
  }
}

graph::CostModel cost_model_of(const Settings& settings, const StageState& state) {
  const std::string& what = settings.text("target-of");
  if (what == "params") return graph::parameter_cost();
  const std::vector<graph::Weight> weights = graph::find_weights(state.network);
  if (what == "bytes") return graph::byte_cost(weights);
  if (what == "latency") {
    const std::string& file = settings.text("cost-model");
    return file.empty() ? predicted(state, weights) : latency_of(file, weights);
  }
  return flops_of(state, weights);
}

}  // namespace gcompress::compress
