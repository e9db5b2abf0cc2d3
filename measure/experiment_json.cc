// Experiments in JSON.
#include "gcompress/measure/experiment_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "gcompress/core/base/error.h"
#include "gcompress/measure/figure_json.h"

namespace gcompress::measure {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "gcompress-windows/1";

Json window_json(const Window& window) {
  return {{"kind", name_of(window.kind)},
          {"side",
           window.side ? Json(*window.side == Side::kBefore ? "before" : "after") : Json(nullptr)},
          {"block", window.block},
          {"position", window.position},
          {"begin", window.begin},
          {"seconds", window.seconds},
          {"inferences", window.inferences},
          {"joules", or_null(window.joules)},
          {"integrated_joules", or_null(window.integrated_joules)},
          {"beside", window.beside},
          {"cpu_seconds", or_null(window.cpu_seconds)},
          {"temperature", or_null(window.temperature)},
          {"megahertz", or_null(window.megahertz)},
          {"counters_disagree", window.counters_disagree},
          {"rejected", text_or_null(window.rejected)}};
}

Json windows_json(const Evidence& evidence) {
  Json windows = Json::array();
  for (const Window& window : evidence.windows) windows.push_back(window_json(window));
  return windows;
}

Json step_json(const std::optional<CounterStep>& step) {
  if (!step) return nullptr;
  return {{"seconds", step->seconds}, {"joules", step->joules}, {"changes", step->changes}};
}

// Ratio of each block, in time and in joules, and whether it was kept.
Json ratios_json(const Evidence& evidence) {
  const std::vector<BlockOutcome> seconds = block_outcomes(evidence, Unit::kSeconds);
  const std::vector<BlockOutcome> joules = block_outcomes(evidence, Unit::kJoules);
  const std::vector<BlockFate> fates = judge(evidence.step ? joules : seconds, evidence.rule);
  const auto ratio = [](const std::vector<BlockOutcome>& outcomes, std::size_t i) {
    const bool there = i < outcomes.size() && outcomes[i].has_value();
    return there ? Json(std::exp(log_ratio(*outcomes[i]))) : Json(nullptr);
  };
  Json rows = Json::array();
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    rows.push_back({{"block", i},
                    {"seconds", ratio(seconds, i)},
                    {"joules", ratio(joules, i)},
                    {"kept", i < fates.size() && fates[i] == BlockFate::kKept}});
  }
  return rows;
}

// Reads members of one file; its errors name file and entry.
class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  [[noreturn]] void fail(const std::string& entry, const std::string& message) const {
    throw_input(message, {.file = file_, .value = entry}, "the file must be as gcompress wrote it");
  }

  template <typename T>
  T get(const Json& json, const char* key) const {
    const Json* value = json.is_object() && json.contains(key) ? &json.at(key) : nullptr;
    if (value == nullptr) fail(key, "this is missing");
    try {
      return value->get<T>();
    } catch (const Json::exception&) {
      fail(key, "this has another type");
    }
  }

  template <typename T>
  std::optional<T> get_optional(const Json& json, const char* key) const {
    if (!json.is_object() || !json.contains(key) || json.at(key).is_null()) return std::nullopt;
    return get<T>(json, key);
  }

  Window window(const Json& json) const {
    Window window{.kind = kind(get<std::string>(json, "kind")),
                  .side = std::nullopt,
                  .block = get<std::int64_t>(json, "block"),
                  .position = get<std::int64_t>(json, "position"),
                  .begin = get<double>(json, "begin"),
                  .seconds = get<double>(json, "seconds"),
                  .inferences = get<std::int64_t>(json, "inferences")};
    if (const auto side = get_optional<std::string>(json, "side")) {
      window.side = *side == "before" ? Side::kBefore : Side::kAfter;
    }
    constexpr std::int64_t kMostBlocks = 1 << 20;  // or a damaged number would fill the memory
    if (window.block < -1 || window.block > kMostBlocks) fail("block", "no number of a block");
    window.joules = get_optional<double>(json, "joules");
    window.integrated_joules = get_optional<double>(json, "integrated_joules");
    window.beside = get<std::map<std::string, double>>(json, "beside");
    window.cpu_seconds = get_optional<double>(json, "cpu_seconds");
    window.temperature = get_optional<double>(json, "temperature");
    window.megahertz = get_optional<double>(json, "megahertz");
    window.counters_disagree = get<bool>(json, "counters_disagree");
    window.rejected = get_optional<std::string>(json, "rejected").value_or("");
    return window;
  }

 private:
  WindowKind kind(const std::string& name) const {
    for (const WindowKind kind : {WindowKind::kWarmUp, WindowKind::kIdle, WindowKind::kWork}) {
      if (name_of(kind) == name) return kind;
    }
    fail("kind", "'" + name + "' is no kind of window");
  }

  std::string file_;
};

Json rule_json(const StoppingRule& rule) {
  return {{"half_width", rule.half_width},
          {"pilot_blocks", rule.pilot_blocks},
          {"most_blocks", rule.most_blocks},
          {"discord_limit", rule.discord_limit},
          {"resolution", rule.resolution}};
}

StoppingRule read_rule(const Reader& reader, const Json& json) {
  const StoppingRule rule{.half_width = reader.get<double>(json, "half_width"),
                          .pilot_blocks = reader.get<int>(json, "pilot_blocks"),
                          .most_blocks = reader.get<int>(json, "most_blocks"),
                          .discord_limit = reader.get<double>(json, "discord_limit"),
                          .resolution = reader.get<double>(json, "resolution")};
  if (rule.pilot_blocks < 3 || !(rule.half_width > 0) || !(rule.discord_limit >= 1)) {
    reader.fail("rule", "this is no stopping rule");
  }
  return rule;
}

Json power_json(const PowerAssumptions& assumptions) {
  const ProcessorPower& power = assumptions.power;
  return {{"tdp_watts", {power.tdp_watts.low, power.tdp_watts.high}},
          {"idle_watts", {power.idle_watts.low, power.idle_watts.high}},
          {"processors", assumptions.processors},
          {"assumptions", power.assumptions}};
}

Interval read_interval(const Reader& reader, const Json& json, const char* key) {
  const auto ends = reader.get<std::vector<double>>(json, key);
  if (ends.size() != 2 || !(ends[0] <= ends[1])) reader.fail(key, "this is no interval");
  return {ends[0], ends[1]};
}

PowerAssumptions read_power(const Reader& reader, const Json& json) {
  PowerAssumptions assumptions;
  assumptions.power.tdp_watts = read_interval(reader, json, "tdp_watts");
  assumptions.power.idle_watts = read_interval(reader, json, "idle_watts");
  assumptions.power.assumptions = reader.get<std::vector<std::string>>(json, "assumptions");
  assumptions.processors = reader.get<int>(json, "processors");
  return assumptions;
}

}  // namespace

Json to_json_value(const Experiment& experiment) {
  const Evidence& evidence = experiment.evidence;
  const ProtocolResult& result = experiment.result;
  const RatioResult& headline = result.joules ? *result.joules : result.seconds;
  return {
      {"before", experiment.before},
      {"after", experiment.after},
      {"conclusive", headline.conclusive},
      {"half_width", headline.half_width},
      {"seconds_ratio", to_json_value(ratio_figure(result.seconds))},
      {"joules_ratio", result.joules ? to_json_value(ratio_figure(*result.joules)) : Json(nullptr)},
      {"blocks",
       {{"kept", headline.kept},
        {"rejected_outside", headline.rejected_outside},
        {"rejected_discord", headline.rejected_discord}}},
      {"rejected", result.rejected},
      {"step_seconds", evidence.step ? Json(evidence.step->seconds) : Json(nullptr)},
      {"window_seconds", experiment.window_seconds},
      {"counters_disagree", result.counters_disagree},
      {"ratios", ratios_json(evidence)},
      {"windows", windows_json(evidence)},
      {"notes", result.notes}};
}

std::string evidence_to_json(const Experiment& experiment) {
  const Evidence& evidence = experiment.evidence;
  const Json json = {{"schema", kSchema},
                     {"before", experiment.before},
                     {"after", experiment.after},
                     {"seed", evidence.seed},
                     {"rule", rule_json(evidence.rule)},
                     {"step", step_json(evidence.step)},
                     {"window_seconds", experiment.window_seconds},
                     {"sensors", experiment.sensors},
                     {"gain_error", experiment.gain_error},
                     {"power", power_json(experiment.power)},
                     {"windows", windows_json(evidence)},
                     {"notes", evidence.notes}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Experiment evidence_from_json(std::string_view text, const std::string& file) {
  const Reader reader(file);
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) reader.fail("", "this is no JSON");
  if (reader.get<std::string>(json, "schema") != kSchema) {
    reader.fail("schema", "this is not " + std::string(kSchema));
  }
  Experiment experiment{.before = reader.get<std::string>(json, "before"),
                        .after = reader.get<std::string>(json, "after"),
                        .evidence = {},
                        .result = {},
                        .window_seconds = reader.get<double>(json, "window_seconds"),
                        .sensors = reader.get<std::vector<std::string>>(json, "sensors"),
                        .gain_error = reader.get<double>(json, "gain_error"),
                        .power = read_power(reader, reader.get<Json>(json, "power"))};
  Evidence& evidence = experiment.evidence;
  evidence.seed = reader.get<std::uint64_t>(json, "seed");
  evidence.rule = read_rule(reader, reader.get<Json>(json, "rule"));
  if (const auto step = reader.get_optional<Json>(json, "step")) {
    evidence.step = CounterStep{.seconds = reader.get<double>(*step, "seconds"),
                                .joules = reader.get<double>(*step, "joules"),
                                .changes = reader.get<int>(*step, "changes")};
  }
  for (const Json& window : reader.get<Json>(json, "windows")) {
    evidence.windows.push_back(reader.window(window));
  }
  evidence.notes = reader.get<std::vector<std::string>>(json, "notes");
  experiment.result = summarize(evidence);
  return experiment;
}

}  // namespace gcompress::measure
