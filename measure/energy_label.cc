// Energy labels.
#include "gcompress/measure/energy_label.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "gcompress/measure/figure_json.h"

namespace gcompress::measure {
namespace {

using Json = nlohmann::ordered_json;

// Words of a foreign file go to a terminal: short and printable.
std::string printable(std::string text) {
  constexpr std::size_t kLongest = 80;
  text.resize(std::min(text.size(), kLongest));
  std::ranges::replace_if(
      text, [](unsigned char letter) { return letter < ' ' || letter > 126; }, '?');
  return text;
}

Figure read_figure(const Json& json) {
  Figure figure;
  figure.unit = "J";
  figure.value = json.at("value").get<double>();
  const Json& interval = json.at("interval");
  if (interval.is_array()) {
    figure.interval = {interval.at(0).get<double>(), interval.at(1).get<double>()};
  }
  if (json.at("provenance") == "estimated") figure.provenance = Provenance::kEstimated;
  if (json.at("provenance") == "quoted") figure.provenance = Provenance::kQuoted;
  return figure;
}

std::string text_in(const Json& json, const char* key) {
  return json.contains(key) && json.at(key).is_string() ? printable(json.at(key)) : "";
}

}  // namespace

std::optional<std::string> energy_label(const ModelReport& model, const Host& host,
                                        const std::string& date) {
  if (!model.energy || !model.energy->per_inference.value || model.latency.empty()) {
    return std::nullopt;
  }
  const LatencyResult& latency = model.latency.front();
  const Json json = {{"joules_per_inference", to_json_value(model.energy->per_inference)},
                     {"executor", latency.executor},
                     {"version", text_or_null(latency.runtime.version)},
                     {"precision", text_or_null(latency.runtime.precision)},
                     {"processor", host.processor},
                     {"batch", latency.batch},
                     {"threads", latency.threads},
                     {"date", date}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string label_in_words(const std::string& label) {
  const char* const damaged = "a label that cannot be read";
  const Json json = Json::parse(label, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return damaged;
  try {
    const std::string version = text_in(json, "version");
    return fmt::format("{} an inference by {}{} on {}, batch {}, {} threads, {}",
                       joules_text(read_figure(json.at("joules_per_inference"))),
                       text_in(json, "executor"), version.empty() ? "" : " " + version,
                       text_in(json, "processor"), json.at("batch").get<std::int64_t>(),
                       json.at("threads").get<std::int64_t>(), text_in(json, "date"));
  } catch (const Json::exception&) {
    return damaged;
  }
}

std::string joules_text(const Figure& figure) {
  if (!figure.value) return "not measured";
  struct Scale {
    double factor;
    const char* unit;
  };
  const double joules = *figure.value;
  const Scale scale = joules < 1e-3 ? Scale{1e6, "uJ"}
                      : joules < 1  ? Scale{1e3, "mJ"}
                                    : Scale{1, "J"};
  if (!figure.interval) return fmt::format("{:.3g} {}", scale.factor * joules, scale.unit);
  const double low = scale.factor * figure.interval->low;
  const double high = scale.factor * figure.interval->high;
  if (figure.provenance == Provenance::kEstimated) {
    return fmt::format("{:.3g} to {:.3g} {} (estimated)", low, high, scale.unit);
  }
  return fmt::format("{:.4g} {} [{:.4g}, {:.4g}]", scale.factor * joules, scale.unit, low, high);
}

}  // namespace gcompress::measure
