// Trials: means, differences, one sentence.
#include "gcompress/measure/trials.h"

#include <fmt/format.h>

#include <algorithm>

#include "gcompress/measure/intervals.h"
#include "gcompress/measure/report.h"
#include "gcompress/measure/statistics/mean_interval.h"
#include "gcompress/measure/text_table.h"

namespace gcompress::measure {
namespace {

const ModelReport* find(const std::vector<ModelReport>& models, const std::string& name) {
  const auto found = std::ranges::find(models, name, &ModelReport::name);
  return found == models.end() ? nullptr : &*found;
}

// The accuracy of each model of the arm; empty if one has none.
std::vector<double> values_of(const std::vector<ModelReport>& models, const TrialArm& arm) {
  std::vector<double> values;
  for (const std::string& name : arm.models) {
    const ModelReport* model = find(models, name);
    if (model == nullptr || !model->accuracy || !model->accuracy->figure.value) return {};
    values.push_back(*model->accuracy->figure.value);
  }
  return values;
}

void summarize(const std::vector<ModelReport>& models, const std::string& unit, TrialArm& arm) {
  const std::vector<double> values = values_of(models, arm);
  arm.mean = {.value = {}, .unit = unit};
  arm.deviation = {.value = {}, .unit = unit};
  if (values.empty()) return;
  const Moments both = moments(values);
  arm.mean.value = both.mean;
  if (values.size() < 2) return;
  arm.mean.interval = student_interval(values).interval;
  arm.deviation.value = both.deviation;
}

Figure difference(const std::vector<ModelReport>& models, const TrialArm& one,
                  const TrialArm& other, const std::string& unit) {
  Figure figure{.value = {}, .unit = unit};
  const std::vector<double> left = values_of(models, one);
  const std::vector<double> right = values_of(models, other);
  if (left.empty() || left.size() != right.size()) return figure;
  std::vector<double> differences;
  for (std::size_t i = 0; i < left.size(); ++i) differences.push_back(left[i] - right[i]);
  figure.value = moments(differences).mean;
  if (differences.size() > 1) {
    figure.interval = student_interval(differences).interval;
    return figure;
  }
  const ModelReport* mine = find(models, one.models.front());
  const ModelReport* theirs = find(models, other.models.front());
  if (counts_right_answers(*mine->accuracy) && !mine->per_sample.empty() &&
      mine->per_sample.size() == theirs->per_sample.size()) {
    figure.interval = paired_difference_interval(count_pairs(theirs->per_sample, mine->per_sample));
  }
  return figure;
}

std::string in_words(const std::string& other, const Figure& figure) {
  if (!figure.value || !figure.interval) return "cannot be compared with " + other;
  const std::string numbers = fmt::format("{:+.4f} (95% {:+.4f} to {:+.4f})", *figure.value,
                                          figure.interval->low, figure.interval->high);
  if (figure.interval->high < 0) return "falls short of " + other + ": " + numbers;
  if (figure.interval->low > 0) return "does better than " + other + ": " + numbers;
  return "is not told apart from " + other + ": " + numbers;
}

}  // namespace

void summarize(const std::vector<ModelReport>& models, Trials& trials) {
  const auto subject = std::ranges::find(trials.arms, trials.subject, &TrialArm::name);
  trials.differences.clear();
  trials.verdict.clear();
  if (subject == trials.arms.end() || subject->models.empty()) return;
  const ModelReport* first = find(models, subject->models.front());
  const std::string unit =
      first != nullptr && first->accuracy ? first->accuracy->figure.unit : std::string();
  for (TrialArm& arm : trials.arms) summarize(models, unit, arm);
  std::string sentences;
  for (const TrialArm& arm : trials.arms) {
    if (arm.name == trials.subject) continue;
    const Figure figure = difference(models, *subject, arm, unit);
    trials.differences.push_back({trials.subject + " - " + arm.name, figure});
    sentences += (sentences.empty() ? "" : "; it ") + in_words("'" + arm.name + "'", figure);
  }
  trials.verdict = fmt::format("Over {} seed{}, the {} {}.", subject->models.size(),
                               subject->models.size() == 1 ? "" : "s", trials.subject, sentences);
}

std::string to_table(const Trials& trials) {
  const auto number = [](const Figure& figure) {
    return figure.value ? fmt::format("{:.4f}", *figure.value) : std::string("-");
  };
  const auto interval = [](const Figure& figure, const char* sign) {
    if (!figure.interval) return std::string("-");
    return *sign == '+'
               ? fmt::format("{:+.4f} .. {:+.4f}", figure.interval->low, figure.interval->high)
               : fmt::format("{:.4f} .. {:.4f}", figure.interval->low, figure.interval->high);
  };
  std::vector<std::vector<std::string>> rows = {
      {"", "seeds", "mean", "sd", "95%", trials.subject + " - this", "95%"}};
  for (const TrialArm& arm : trials.arms) {
    std::vector<std::string> row = {arm.name, std::to_string(arm.models.size()), number(arm.mean),
                                    number(arm.deviation), interval(arm.mean, "")};
    const auto found = std::ranges::find(trials.differences, trials.subject + " - " + arm.name,
                                         &TrialDifference::name);
    if (found == trials.differences.end()) {
      row.insert(row.end(), {"", ""});
    } else {
      const Figure& figure = found->figure;
      row.push_back(figure.value ? fmt::format("{:+.4f}", *figure.value) : std::string("-"));
      row.push_back(interval(figure, "+"));
    }
    rows.push_back(std::move(row));
  }
  return align(rows, 1);
}

}  // namespace gcompress::measure
