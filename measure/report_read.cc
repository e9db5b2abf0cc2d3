// Reading report.json, schema gcompress-report/1.
#include "gcompress/measure/report_read.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/file.h"

namespace gcompress::measure {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kSchema = "gcompress-report/1";
constexpr std::size_t kMostBytes = std::size_t{64} << 20;
constexpr int kMostDepth = 32;
constexpr std::size_t kMostItems = 10'000;
constexpr std::size_t kLongestText = 4096;
// Nothing that is counted or measured here comes near it, and products of two stay finite.
constexpr double kMostValue = 1e18;

[[noreturn]] void refuse(const std::string& file, const std::string& entry,
                         const std::string& message) {
  throw_input(message, {.file = file, .value = entry},
              "it is to be a report.json of gcompress, as in docs/formats.md");
}

// A part of the file and where it stands: "models[0].sizes.flops".
class Entry {
 public:
  Entry(const Json& json, std::string path, const std::string& file)
      : json_(&json), path_(std::move(path)), file_(&file) {}

  [[noreturn]] void fail(const std::string& message) const { refuse(*file_, path_, message); }

  // Nothing where it is missing or null.
  std::optional<Entry> find(const char* key) const {
    if (!json_->is_object()) fail("this is no object");
    const auto found = json_->find(key);
    if (found == json_->end() || found->is_null()) return std::nullopt;
    return Entry(*found, path_.empty() ? key : path_ + "." + key, *file_);
  }
  Entry at(const char* key) const {
    std::optional<Entry> found = find(key);
    if (!found) fail(fmt::format("\"{}\" is missing", key));
    return *std::move(found);
  }

  std::vector<Entry> items() const {
    if (!json_->is_array()) fail("this is no list");
    if (json_->size() > kMostItems) fail(fmt::format("more than {} items", kMostItems));
    std::vector<Entry> entries;
    entries.reserve(json_->size());
    for (std::size_t i = 0; i < json_->size(); ++i) {
      entries.emplace_back((*json_)[i], fmt::format("{}[{}]", path_, i), *file_);
    }
    return entries;
  }

  std::string text() const {
    if (!json_->is_string()) fail("this is no text");
    auto text = json_->get<std::string>();
    if (text.size() > kLongestText) fail(fmt::format("longer than {} bytes", kLongestText));
    std::ranges::replace_if(text, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, '?');
    return text;
  }

  double number() const {
    if (!json_->is_number()) fail("this is no number");
    const auto value = json_->get<double>();
    if (!(std::abs(value) <= kMostValue)) fail("no such number can be real");
    return value;
  }

  std::int64_t count() const {
    if (!json_->is_number_unsigned()) fail("this is no whole number from 0 on");
    number();  // refuses what is too large
    return json_->get<std::int64_t>();
  }

  std::uint64_t seed() const {
    if (!json_->is_number_unsigned()) fail("this is no seed");
    return json_->get<std::uint64_t>();
  }

 private:
  const Json* json_;
  std::string path_;
  const std::string* file_;
};

std::string text_in(const Entry& entry, const char* key) {
  const std::optional<Entry> found = entry.find(key);
  return found ? found->text() : std::string();
}

std::vector<std::string> texts_in(const Entry& entry, const char* key) {
  std::vector<std::string> texts;
  const std::optional<Entry> found = entry.find(key);
  if (!found) return texts;
  for (const Entry& item : found->items()) texts.push_back(item.text());
  return texts;
}

Provenance provenance_of(const Entry& entry) {
  const std::string name = entry.text();
  for (const Provenance each :
       {Provenance::kMeasured, Provenance::kEstimated, Provenance::kQuoted}) {
    if (name == name_of(each)) return each;
  }
  entry.fail("this is none of measured, estimated, quoted");
}

Figure figure_of(const Entry& entry) {
  Figure figure;
  if (const auto value = entry.find("value")) figure.value = value->number();
  figure.unit = entry.at("unit").text();
  figure.provenance = provenance_of(entry.at("provenance"));
  if (const auto interval = entry.find("interval")) {
    const std::vector<Entry> ends = interval->items();
    if (ends.size() != 2) interval->fail("an interval has two ends");
    figure.interval = {ends[0].number(), ends[1].number()};
    if (figure.interval->low > figure.interval->high) interval->fail("its ends are interchanged");
  }
  return figure;
}

// A figure without a value where there is none.
Figure figure_in(const Entry& entry, const char* key) {
  const std::optional<Entry> found = entry.find(key);
  return found ? figure_of(*found) : Figure{};
}

// Energy or time, which nothing gives back: an interval that reaches below 0 is cut there.
Figure spent_in(const Entry& entry, const char* key, std::string_view unit) {
  Figure figure = figure_in(entry, key);
  if (!figure.value) return figure;
  const bool negative = *figure.value < 0 || (figure.interval && figure.interval->high < 0);
  if (negative) entry.at(key).fail("this cannot be negative");
  if (figure.unit != unit) entry.at(key).fail(fmt::format("the unit is not {}", unit));
  if (figure.interval) figure.interval->low = std::max(0.0, figure.interval->low);
  return figure;
}

Sizes sizes_of(const Entry& entry) {
  Sizes sizes;
  sizes.parameters = entry.at("parameters").count();
  sizes.parameters_nonzero = entry.at("parameters_nonzero").count();
  if (const auto outside = entry.find("parameters_outside_target")) {
    sizes.parameters_outside = outside->count();
  }
  sizes.dense_bytes = entry.at("dense_bytes").count();
  if (const auto packed = entry.find("packed_bytes")) sizes.packed_bytes = packed->count();
  sizes.flops = entry.at("flops").count();
  sizes.flops_nonzero = entry.at("flops_nonzero").count();
  if (sizes.parameters_nonzero > sizes.parameters || sizes.parameters_outside > sizes.parameters ||
      sizes.flops_nonzero > sizes.flops) {
    entry.fail("a part is larger than the whole");
  }
  return sizes;
}

Accuracy accuracy_of(const Entry& entry) {
  Accuracy accuracy;
  accuracy.metric = entry.at("metric").text();
  accuracy.correct = entry.at("correct").count();
  accuracy.total = entry.at("total").count();
  if (accuracy.correct > accuracy.total) entry.fail("more correct than there are in all");
  accuracy.figure = figure_of(entry.at("figure"));
  if (const auto top5 = entry.find("top5")) accuracy.top5 = top5->number();
  if (const auto cells = entry.find("cell_accuracy")) accuracy.cell_accuracy = cells->number();
  return accuracy;
}

StoredLatency latency_of(const Entry& entry) {
  return {.executor = entry.at("executor").text(),
          .version = text_in(entry, "version"),
          .precision = text_in(entry, "precision"),
          .batch = entry.at("batch").count(),
          .threads = entry.at("threads").count(),
          .median = spent_in(entry, "median", "ms"),
          .p90 = spent_in(entry, "p90", "ms"),
          .p99 = spent_in(entry, "p99", "ms")};
}

Role role_of(const Entry& entry) {
  const std::string name = entry.text();
  for (const Role role : {Role::kBefore, Role::kAfter, Role::kStage, Role::kRival}) {
    if (name == name_of(role)) return role;
  }
  entry.fail("this is none of before, after, stage, rival");
}

StoredModel model_of(const Entry& entry) {
  StoredModel model;
  model.role = role_of(entry.at("role"));
  model.name = text_in(entry, "name");
  model.path = text_in(entry, "path");
  model.sha256 = text_in(entry, "sha256");
  model.sizes = sizes_of(entry.at("sizes"));
  if (const auto accuracy = entry.find("accuracy")) model.accuracy = accuracy_of(*accuracy);
  if (const auto latency = entry.find("latency")) {
    for (const Entry& item : latency->items()) model.latency.push_back(latency_of(item));
  }
  if (const auto memory = entry.find("memory")) {
    model.peak_memory = figure_in(*memory, "peak");
    model.cold_start = figure_in(*memory, "cold_start");
  }
  if (const auto energy = entry.find("energy")) {
    model.joules_per_inference = spent_in(*energy, "per_inference", "J");
    model.joules_marginal = figure_in(*energy, "marginal");
    model.sensors = texts_in(*energy, "sensors");
  }
  return model;
}

Host host_of(const Entry& entry) {
  return {.processor = entry.at("processor").text(),
          .instruction_sets = texts_in(entry, "instruction_sets"),
          .cores = static_cast<int>(std::min<std::int64_t>(entry.at("cores").count(), INT32_MAX)),
          .system = text_in(entry, "system")};
}

void read_comparison(const Entry& entry, StoredReport& report) {
  report.energy_ratio = figure_in(entry, "energy_ratio");
  if (const auto break_even = entry.find("break_even")) {
    report.saving = figure_in(*break_even, "saving");
    if (report.saving.value && report.saving.unit != "J") entry.fail("the saving is not in J");
  }
}

// Refuses depth while parsing, before anything walks through it.
Json parse(std::string_view text, const std::string& file) {
  if (text.size() > kMostBytes) refuse(file, "", "larger than any report");
  const auto depth_guard = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > kMostDepth) refuse(file, "", "nested deeper than any report");
    return true;
  };
  Json json = Json::parse(text, depth_guard, false);
  if (json.is_discarded()) refuse(file, "", "this is not JSON");
  return json;
}

}  // namespace

const StoredModel* StoredReport::find(Role role) const {
  const auto found = std::ranges::find(models, role, &StoredModel::role);
  return found == models.end() ? nullptr : &*found;
}

StoredReport parse_report(std::string_view text, const std::string& file) {
  const Json json = parse(text, file);
  const Entry whole(json, "", file);
  const Entry schema = whole.at("schema");
  if (schema.text() != kSchema) schema.fail(fmt::format("another schema than {}", kSchema));
  StoredReport report;
  report.file = file;
  report.seed = whole.at("seed").seed();
  report.host = host_of(whole.at("host"));
  for (const Entry& item : whole.at("models").items()) report.models.push_back(model_of(item));
  if (const auto comparison = whole.find("comparison")) read_comparison(*comparison, report);
  if (const auto stages = whole.find("stages")) {
    for (const Entry& item : stages->items()) {
      report.stages.push_back({.name = item.at("name").text(),
                               .seconds = spent_in(item, "seconds", "s"),
                               .energy = spent_in(item, "energy", "J")});
    }
  }
  if (const auto trials = whole.find("trials")) {
    report.trials.emplace();
    report.trials->subject = trials->at("subject").text();
    for (const Entry& item : trials->at("arms").items()) {
      TrialArm arm{.name = item.at("name").text(), .models = {}};
      for (const Entry& model : item.at("models").items()) arm.models.push_back(model.text());
      report.trials->arms.push_back(std::move(arm));
    }
  }
  return report;
}

StoredReport read_report(const std::filesystem::path& given) {
  std::error_code ignored;
  const bool folder = std::filesystem::is_directory(given, ignored);
  const std::filesystem::path file = folder ? given / "report.json" : given;
  const Bytes bytes = map_file(file);
  return parse_report(as_text(bytes), file.string());
}

}  // namespace gcompress::measure
