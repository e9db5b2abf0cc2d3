// gcompress inspect MODEL: layers, shapes, densities, costs; what can be pruned, and why not.
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "gcompress/compress/input_shapes.h"
#include "gcompress/compress/load.h"
#include "gcompress/core/base/error.h"
#include "gcompress/core/graph/layers.h"
#include "gcompress/measure/energy_label.h"
#include "gcompress/measure/text_table.h"
#include "gcompress/tools/commands.h"
#include "gcompress/tools/inspect_channels.h"
#include "gcompress/tools/inspect_plan.h"

namespace gcompress::tools {
namespace {

using Json = nlohmann::ordered_json;

struct InspectArguments {
  std::string model;
  bool plan = false;
  PlanQuestion question;
};

std::string known(std::int64_t number) {
  return number < 0 ? "unknown" : measure::with_commas(number);
}

std::string prunable_text(const graph::Layer& layer) {
  return layer.why_not.empty() ? "yes" : "no: " + layer.why_not;
}

void print_table(const graph::LayerTable& table) {
  std::vector<std::vector<std::string>> rows = {
      {"layer", "operator", "output", "prunable", "parameters", "density", "FLOPs"}};
  for (const graph::Layer& layer : table.layers) {
    rows.push_back({layer.name, layer.op_type, layer.output_shape, prunable_text(layer),
                    measure::with_commas(layer.parameters),
                    layer.parameters > 0 ? fmt::format("{:.3f}", layer.density()) : "",
                    known(layer.flops)});
  }
  std::cout << measure::align(rows, 4);
}

void print_totals(const graph::LayerTable& table) {
  const graph::NetworkCost& cost = table.cost;
  std::cout << fmt::format(
      "\n{} parameters, {} not zero (density {:.4f}, sparsity {:.4f}); {} can be pruned.\n",
      measure::with_commas(cost.parameters), measure::with_commas(cost.nonzero_parameters),
      cost.parameters > 0
          ? static_cast<double>(cost.nonzero_parameters) / static_cast<double>(cost.parameters)
          : 1.0,
      cost.parameters > 0
          ? 1 - static_cast<double>(cost.nonzero_parameters) / static_cast<double>(cost.parameters)
          : 0.0,
      measure::with_commas(table.prunable_parameters));
  if (table.fixed_parameters > 0) {
    std::cout << fmt::format(
        "{} are likely fixed filter banks: prune leaves them out of the target on both sides, "
        "unless --include-fixed.\n",
        measure::with_commas(table.fixed_parameters));
  }
  std::cout << fmt::format(
      "{} bytes of parameters, {} FLOPs dense, {} on nonzero weights (batch 1).\n",
      measure::with_commas(cost.dense_bytes), measure::with_commas(cost.flops),
      measure::with_commas(cost.nonzero_flops));
  if (!cost.flops_unknown.empty()) {
    std::string names;
    for (const std::string& name : cost.flops_unknown) names += (names.empty() ? "" : ", ") + name;
    std::cout << "FLOPs leave out what cannot be counted: " << names << ".\n";
  }
}

Json to_json_value(const graph::LayerWeight& weight) {
  return {{"tensor", graph::to_string(weight.id)},
          {"role", weight.role},
          {"dtype", weight.dtype},
          {"shape", weight.shape},
          {"parameters", weight.parameters},
          {"nonzero", weight.nonzero},
          {"shared", weight.shared},
          {"prunable", weight.prunable},
          {"why_not", weight.why_not},
          {"fixed", weight.fixed}};
}

Json count_or_null(std::int64_t count) { return count < 0 ? Json(nullptr) : Json(count); }

void print_json(const std::string& model, const graph::LayerTable& table,
                const graph::ChannelGroups& channels) {
  Json layers = Json::array();
  for (const graph::Layer& layer : table.layers) {
    Json weights = Json::array();
    for (const graph::LayerWeight& weight : layer.weights) weights.push_back(to_json_value(weight));
    layers.push_back({{"name", layer.name},
                      {"operator", layer.op_type},
                      {"output_shape", layer.output_shape},
                      {"parameters", layer.parameters},
                      {"parameters_nonzero", layer.nonzero_parameters},
                      {"density", layer.density()},
                      {"flops", count_or_null(layer.flops)},
                      {"flops_nonzero", count_or_null(layer.nonzero_flops)},
                      {"prunable", layer.why_not.empty()},
                      {"why_not", layer.why_not},
                      {"weights", weights}});
  }
  const Json json = {{"model", model},
                     {"parameters", table.cost.parameters},
                     {"parameters_nonzero", table.cost.nonzero_parameters},
                     {"parameters_prunable", table.prunable_parameters},
                     {"parameters_fixed", table.fixed_parameters},
                     {"dense_bytes", table.cost.dense_bytes},
                     {"flops", table.cost.flops},
                     {"flops_nonzero", table.cost.nonzero_flops},
                     {"flops_unknown", table.cost.flops_unknown},
                     {"layers", layers},
                     {"channel_groups", channels_to_json(channels)}};
  std::cout << json.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

graph::LayerTable table_of(const std::string& model, const graph::Network& network) {
  try {
    return graph::layer_table(network, graph::find_weights(network),
                              compress::shapes_of_one_sample(network, nullptr));
  } catch (const Error& error) {
    throw error.in_file(model);
  }
}

void print_plan(const InspectArguments& given, const graph::Network& network, bool as_json) {
  try {
    const PlanReport report = report_plan(network, given.question);
    if (as_json) {
      Json json = {{"model", given.model}};
      json.update(plan_to_json(report));
      std::cout << json.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
    } else {
      std::cout << plan_to_text(report);
    }
  } catch (const Error& error) {
    throw error.in_file(given.model);
  }
}

}  // namespace

void setup_inspect(CLI::App& app, GlobalOptions& options, int&) {
  auto given = std::make_shared<InspectArguments>();
  app.add_option("model", given->model, "a network: .onnx or .gcz")->required();
  app.add_flag("--json", options.json, "print the table as JSON");
  app.add_flag(
      "--plan", given->plan,
      "show the steps that the engine runs instead: kernels, and what each takes, predicted "
      "and measured");
  app.add_option("--batch", given->question.batch, "of --plan: samples at a time [1]")
      ->check(CLI::Range(1, 65'536));
  app.add_option("--threads", given->question.threads, "of --plan: threads within a step [1]")
      ->check(CLI::Range(1, 1024));
  app.add_option("--measure", given->question.measure_seconds,
                 "of --plan: so many seconds of runs; 0 measures nothing [0.3]")
      ->check(CLI::Range(0.0, 600.0));
  app.callback([given, &options] {
    const graph::Network network = compress::load_network(given->model);
    if (given->plan) return print_plan(*given, network, options.json);
    const graph::LayerTable table = table_of(given->model, network);
    const graph::ChannelGroups channels = channels_of(network);
    if (options.json) {
      print_json(given->model, table, channels);
    } else {
      print_table(table);
      print_totals(table);
      std::cout << channels_to_text(channels);
      if (const std::string* label = network.find_metadata(measure::kEnergyLabelKey)) {
        std::cout << "Energy: " << measure::label_in_words(*label) << ".\n";
      }
    }
  });
}

}  // namespace gcompress::tools
