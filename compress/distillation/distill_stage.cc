// The row of the stage "distill".
#include "gcompress/compress/distillation/distill_stage.h"

#include <algorithm>

#include "gcompress/compress/distillation/losses.h"
#include "gcompress/compress/fit_options.h"
#include "gcompress/compress/load.h"
#include "gcompress/core/base/error.h"

namespace gcompress::compress {
namespace {

std::string loss_help() {
  std::string text = "what the student learns by, NAME[:WEIGHT],... of";
  for (const DistillLoss& row : distill_losses()) {
    text += "\n  " + row.name + ":" + to_string(SettingValue(row.weight)) + "  " + row.summary;
  }
  return text + "\n  (default: soft-targets, and labels where there are any)";
}

std::vector<OptionRow> options() {
  std::vector<OptionRow> rows = {
      {.name = "teacher",
       .fallback = std::vector<std::string>{},
       .help = "networks to learn from, A,B,...: answers of several are averaged; default: in a "
               "recipe the network before it was compressed"},
      {.name = "loss", .fallback = std::vector<std::string>{}, .help = loss_help()},
      {.name = "temperature",
       .fallback = 4.0,
       .help = "of the teacher's answers: higher shows more of the lesser classes",
       .least = 0.1,
       .most = 100},
      {.name = "trust",
       .fallback = std::string("right"),
       .help = "where the teacher's answers count: where it is right (elsewhere the label takes "
               "their place), or always",
       .choices = {"right", "always"}},
      {.name = "features",
       .fallback = std::vector<std::string>{},
       .help = "values that hint, attention, similarity and contrastive compare, "
               "STUDENT=TEACHER,...; default: maps of equal size, and what the last layer reads"},
      {.name = "width",
       .fallback = 1.0,
       .help = "make the student of the network given: keep this share of its channels, whole ones "
               "(for a built-in network: multiply its channels)",
       .least = 0.01,
       .most = 1},
      {.name = "generated",
       .fallback = std::int64_t{2048},
       .help = "without --data: inputs made to match the teacher's batch norms",
       .least = 16,
       .most = 1e6},
      {.name = "generate-steps",
       .fallback = std::int64_t{300},
       .help = "steps that those inputs take from noise",
       .least = 1,
       .most = 1e6},
      {.name = "cache",
       .fallback = std::string(),
       .help = "keep the teachers' answers in this folder, for other runs too (default: with the "
               "checkpoints of the run)"},
      {.name = "cache-megabytes",
       .fallback = std::int64_t{512},
       .help = "most that those answers may take; 0: none are kept",
       .least = 0,
       .most = 1e9},
  };
  const std::vector<OptionRow> fit = fit_options();
  rows.insert(rows.end(), fit.begin(), fit.end());
  return rows;
}

void validate(const Settings& settings, const Settings& common) {
  parse_features(settings.list("features"));
  const bool by_labels = std::ranges::any_of(
      parse_losses(settings.list("loss")), [](const auto& loss) { return loss.first == "labels"; });
  if (by_labels && common.text("data").empty()) {
    throw_usage("the loss 'labels' needs data", "add --data, or leave it out");
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> parse_features(
    const std::vector<std::string>& texts) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& text : texts) {
    const std::size_t equal = text.find('=');
    if (equal == std::string::npos || equal == 0 || equal + 1 == text.size()) {
      throw_usage("'" + text + "' is no pair of features", "write it as STUDENT=TEACHER");
    }
    pairs.emplace_back(text.substr(0, equal), text.substr(equal + 1));
  }
  return pairs;
}

StageRow distill_stage(void (*run)(Settings&, StageState&, const StageContext&)) {
  return {.name = "distill",
          .summary = "train a student from a teacher",
          .options = options(),
          .compresses = true,
          .before = [](const Settings& settings) -> std::optional<graph::Network> {
            if (settings.list("teacher").empty()) return std::nullopt;
            return load_network(settings.list("teacher").front());
          },
          .needs_training = [](const Settings&, const Settings&) { return true; },
          .validate = validate,
          .run = run};
}

}  // namespace gcompress::compress
