// The engine's plan in inspect.
#include "gcompress/tools/inspect_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "gcompress/compress/input_shapes.h"
#include "gcompress/core/base/random.h"
#include "gcompress/core/engine/integer/pieces.h"
#include "gcompress/core/engine/plan.h"
#include "gcompress/core/engine/prepare.h"
#include "gcompress/core/graph/layers.h"
#include "gcompress/core/graph/qdq/pattern.h"
#include "gcompress/measure/text_table.h"

namespace gcompress::tools {
namespace {

using Json = nlohmann::ordered_json;

// Of one sample as elsewhere, and then as many samples as asked for.
std::map<std::string, Shape> input_shapes(const graph::Network& network, std::int64_t batch) {
  const graph::InferredShapes one = compress::shapes_of_one_sample(network, nullptr);
  std::map<std::string, Shape> shapes;
  for (const graph::Value& input : graph::runtime_inputs(network.graph)) {
    const auto found = one.find(input.name);
    const bool known =
        found != one.end() && found->second.shape &&
        std::ranges::all_of(*found->second.shape, [](const auto& size) { return size.known(); });
    if (!known) {
      throw Error(ErrorKind::kUnsupported, "the sizes of this input are not known",
                  {.file = {}, .node = {}, .value = input.name});
    }
    Shape& shape = shapes[input.name];
    for (const graph::Dimension& size : *found->second.shape) shape.push_back(size.size);
    if (!shape.empty() && input.shape && !input.shape->front().known()) shape[0] = batch;
  }
  return shapes;
}

execute::Values normal_inputs(const std::map<std::string, Shape>& shapes) {
  execute::Values inputs;
  for (const auto& [name, shape] : shapes) {
    RandomStream random(0, "inspect --plan: " + name);
    std::vector<float> values(static_cast<std::size_t>(element_count(shape)));
    for (float& value : values) value = random.normal();
    inputs.emplace(name, Tensor::from<float>(shape, std::move(values)));
  }
  return inputs;
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

// Nanoseconds of each step: at least three runs, the first left out.
template <typename Runner>
void measure(Runner& plan, const execute::Values& inputs, double seconds, PlanReport& report) {
  using Clock = std::chrono::steady_clock;
  std::vector<std::vector<double>> times(report.steps.size());
  plan.run(inputs);
  const auto start = Clock::now();
  const auto time_is_left = [&] {
    return std::chrono::duration<double>(Clock::now() - start).count() < seconds;
  };
  for (std::int64_t run = 0; run < 3 || (time_is_left() && run < 10'000); ++run) {
    std::vector<double> once;
    plan.run_timed(inputs, once);
    for (std::size_t s = 0; s < once.size(); ++s) times[s].push_back(1e9 * once[s]);
    ++report.runs;
  }
  for (std::size_t s = 0; s < times.size(); ++s) report.steps[s].measured = median(times[s]);
}

Json figure(double value, const char* provenance) {
  return {{"value", value < 0 ? Json(nullptr) : Json(value)},
          {"unit", "ns"},
          {"interval", nullptr},
          {"provenance", provenance}};
}

bool is_predicted(const PlanStep& step) { return step.work.nanoseconds > 0; }

std::string microseconds(double nanoseconds) { return fmt::format("{:.1f}", nanoseconds / 1000); }

}  // namespace

// Of a network that runs on integers, or nothing. Times are not predicted there.
std::optional<PlanReport> report_pieces(const graph::Network& network, const PlanQuestion& question,
                                        const std::map<std::string, Shape>& inputs) {
  const auto pieces = engine::integer::Pieces::make(network, inputs, question.threads);
  if (pieces == nullptr) return std::nullopt;
  const engine::integer::Pieces::Facts facts = pieces->facts(inputs);
  PlanReport report{.batch = question.batch,
                    .threads = question.threads,
                    .arena_bytes = facts.bytes,
                    .runs = 0,
                    .steps = {}};
  for (const engine::StepFacts& step : facts.steps) {
    PlanStep shown{.node = step.node, .op_type = step.op_type, .kernel = step.kernel.name};
    if (const auto weights = static_cast<double>(step.kernel.weights); weights > 0) {
      shown.density = static_cast<double>(step.kernel.taps) / weights;
      shown.flops = 2 * step.kernel.multiplications / step.kernel.weights * step.kernel.taps;
    }
    report.steps.push_back(std::move(shown));
  }
  if (question.measure_seconds > 0) {
    measure(*pieces, normal_inputs(inputs), question.measure_seconds, report);
  }
  return report;
}

PlanReport report_plan(const graph::Network& network, const PlanQuestion& question) {
  const std::map<std::string, Shape> inputs = input_shapes(network, question.batch);
  if (graph::is_quantized(network)) {
    const graph::Network prepared = engine::prepared(network);
    if (const auto report = report_pieces(prepared, question, inputs)) return *report;
  }
  const graph::InferredShapes shapes = graph::infer_shapes(network, inputs);
  const std::vector<graph::Weight> weights = graph::find_weights(network);
  std::map<std::string, graph::Layer> layers;
  for (graph::Layer& layer : graph::layer_table(network, weights, shapes).layers) {
    layers[layer.name] = std::move(layer);
  }
  std::map<std::string, engine::NodeWork> works;
  for (engine::NodeWork& work : engine::predict_nodes(network, weights, shapes)) {
    works[work.node] = std::move(work);
  }
  engine::Plan plan(engine::prepared(network), inputs, question.threads);
  PlanReport report{.batch = question.batch,
                    .threads = question.threads,
                    .arena_bytes = plan.arena_bytes(),
                    .runs = 0,
                    .steps = {}};
  for (const engine::StepFacts& facts : plan.steps()) {
    PlanStep step{.node = facts.node, .op_type = facts.op_type, .kernel = facts.kernel.name};
    if (const auto layer = layers.find(facts.node);
        layer != layers.end() && !step.op_type.empty()) {
      step.flops = layer->second.nonzero_flops;
      if (layer->second.parameters > 0) step.density = layer->second.density();
    }
    if (const auto work = works.find(facts.node); work != works.end() && !step.op_type.empty()) {
      step.work = work->second;
    }
    report.steps.push_back(std::move(step));
  }
  if (question.measure_seconds > 0) {
    measure(plan, normal_inputs(inputs), question.measure_seconds, report);
  }
  return report;
}

std::string plan_to_text(const PlanReport& report) {
  double predicted = 0;
  double measured = 0;
  for (const PlanStep& step : report.steps) {
    predicted += step.work.nanoseconds;
    measured += std::max(step.measured, 0.0);
  }
  std::vector<std::vector<std::string>> rows = {
      {"step", "operator", "kernel", "density", "FLOPs", "predicted us", "measured us", "share"}};
  for (const PlanStep& step : report.steps) {
    const bool is_measured = step.measured >= 0;
    rows.push_back({step.node, step.op_type.empty() ? "change of layout" : step.op_type,
                    step.kernel, step.density < 0 ? "" : fmt::format("{:.3f}", step.density),
                    step.flops < 0 ? "" : measure::with_commas(step.flops),
                    is_predicted(step) ? microseconds(step.work.nanoseconds) : "",
                    is_measured ? microseconds(step.measured) : "",
                    is_measured ? fmt::format("{:.1f}%", 100 * step.measured / measured) : ""});
  }
  std::string text = measure::align(rows, 3);
  text += fmt::format("\nBatch {}, {} thread{}; memory for values {} bytes.", report.batch,
                      report.threads, report.threads == 1 ? "" : "s",
                      measure::with_commas(report.arena_bytes));
  if (predicted > 0) {
    text += fmt::format(" Predicted {} us (estimated, one thread).", microseconds(predicted));
  }
  if (report.runs > 0) {
    text += fmt::format(" Measured {} us: medians of {} runs, steps one after the other.",
                        microseconds(measured), report.runs);
  }
  return text + "\n";
}

Json plan_to_json(const PlanReport& report) {
  Json steps = Json::array();
  for (const PlanStep& step : report.steps) {
    steps.push_back(
        {{"node", step.node},
         {"operator", step.op_type},
         {"kernel", step.kernel},
         {"density", step.density < 0 ? Json(nullptr) : Json(step.density)},
         {"flops_nonzero", step.flops < 0 ? Json(nullptr) : Json(step.flops)},
         {"work",
          {{"kind", engine::name_of(step.work.kind)},
           {"amount", step.work.amount},
           {"outputs", step.work.outputs}}},
         {"predicted", figure(is_predicted(step) ? step.work.nanoseconds : -1, "estimated")},
         {"measured", figure(step.measured, "measured")}});
  }
  return {{"batch", report.batch},
          {"threads", report.threads},
          {"arena_bytes", report.arena_bytes},
          {"runs", report.runs},
          {"steps", steps}};
}

}  // namespace gcompress::tools
