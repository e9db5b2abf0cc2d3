// Evidence in files.
#include "gcompress/compress/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <ostream>
#include <sstream>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/file.h"
#include "gcompress/measure/experiment_json.h"

namespace gcompress::compress {
namespace {

namespace fs = std::filesystem;

std::string stem_of(const measure::ModelReport& model) {
  const bool several = model.role == measure::Role::kRival || model.role == measure::Role::kStage;
  const std::string role = measure::name_of(model.role);
  return file_stem(several ? role + " " + model.name : role);
}

fs::path samples_file(const measure::ModelReport& model, const fs::path& folder) {
  return folder / (stem_of(model) + ".csv");
}

fs::path times_file(const measure::ModelReport& model, std::int64_t batch, const fs::path& folder) {
  return folder / fmt::format("{}-milliseconds-{}.csv", stem_of(model), batch);
}

fs::path cold_starts_file(const measure::ModelReport& model, const fs::path& folder) {
  return folder / (stem_of(model) + "-cold-starts.csv");
}

fs::path windows_file(std::size_t number, const fs::path& folder) {
  return folder / fmt::format("windows-{}.json", number);
}

// One line a sample: its number, whether it was right (or its error), and what the columns name.
void write_samples(const measure::ModelReport& model, const fs::path& file) {
  if (model.per_sample.empty()) return;
  const std::size_t count = model.per_sample.size();
  const bool answers = model.answers.size() == count && model.labels.size() == count;
  const bool detail = model.detail.size() == count;
  write_file_atomically(file, [&](std::ostream& out) {
    out << "sample,result" << (answers ? ",answer,label" : "") << (detail ? ",detail" : "") << "\n";
    for (std::size_t i = 0; i < count; ++i) {
      out << i << ',' << fmt::format("{}", model.per_sample[i]);
      if (answers) out << ',' << model.answers[i] << ',' << model.labels[i];
      if (detail) out << ',' << fmt::format("{}", model.detail[i]);
      out << "\n";
    }
  });
}

void write_numbers(const std::string& head, const std::vector<double>& numbers,
                   const fs::path& file) {
  if (numbers.empty()) return;
  write_file_atomically(file, [&](std::ostream& out) {
    out << head << "\n";
    for (const double number : numbers) out << fmt::format("{}", number) << "\n";
  });
}

// A table of numbers with a line of names.
struct NumberTable {
  std::vector<std::string> names;
  std::vector<std::vector<double>> columns;

  const std::vector<double>* find(const std::string& name) const {
    const auto at = std::ranges::find(names, name);
    return at == names.end() ? nullptr : &columns[static_cast<std::size_t>(at - names.begin())];
  }
};

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream stream(line);
  for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
  return cells;
}

double number_in(const std::string& cell, const fs::path& file, std::size_t line) {
  double number = 0;
  const auto [stop, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
  if (error != std::errc() || stop != cell.data() + cell.size()) {
    throw_input(fmt::format("line {}: '{}' is no number", line, cell.substr(0, 40)),
                {.file = file.string()}, "evidence must stay as gcompress wrote it");
  }
  return number;
}

NumberTable read_table(const fs::path& file) {
  NumberTable table;
  std::ifstream in(file);
  std::string text;
  if (!std::getline(in, text)) return table;
  table.names = split(text);
  table.columns.resize(table.names.size());
  for (std::size_t line = 2; std::getline(in, text); ++line) {
    const std::vector<std::string> cells = split(text);
    if (cells.size() != table.names.size()) {
      throw_input(fmt::format("line {} has {} values, the first line {} names", line, cells.size(),
                              table.names.size()),
                  {.file = file.string()}, "evidence must stay as gcompress wrote it");
    }
    for (std::size_t i = 0; i < cells.size(); ++i) {
      table.columns[i].push_back(number_in(cells[i], file, line));
    }
  }
  return table;
}

template <typename T>
void take(const NumberTable& table, const std::string& name, std::vector<T>& values) {
  const std::vector<double>* column = table.find(name);
  if (column == nullptr) return;
  values.clear();
  for (const double number : *column) values.push_back(static_cast<T>(number));
}

}  // namespace

std::string file_stem(std::string name) {
  std::ranges::replace_if(
      name, [](unsigned char letter) { return std::isalnum(letter) == 0; }, '-');
  return name;
}

void write_evidence(const measure::Report& report, const fs::path& folder) {
  fs::create_directories(folder);
  for (const measure::ModelReport& model : report.models) {
    write_samples(model, samples_file(model, folder));
    for (const measure::LatencyResult& latency : model.latency) {
      write_numbers(fmt::format("milliseconds of a run; {} visits", latency.visits),
                    latency.milliseconds, times_file(model, latency.batch, folder));
    }
    if (!model.memory) continue;
    write_numbers("milliseconds to the first answer", model.memory->cold_starts,
                  cold_starts_file(model, folder));
  }
  for (std::size_t i = 0; i < report.experiments.size(); ++i) {
    write_file_atomically(windows_file(i, folder),
                          measure::evidence_to_json(report.experiments[i]));
  }
}

void read_evidence(const fs::path& folder, measure::ModelReport& model) {
  const NumberTable samples = read_table(samples_file(model, folder));
  take(samples, "result", model.per_sample);
  take(samples, "answer", model.answers);
  take(samples, "label", model.labels);
  take(samples, "detail", model.detail);
  for (measure::LatencyResult& latency : model.latency) {
    const NumberTable times = read_table(times_file(model, latency.batch, folder));
    if (times.names.size() != 1) continue;
    latency.milliseconds = times.columns.front();
    std::istringstream head(times.names.front().substr(times.names.front().find(';') + 1));
    head >> latency.visits;
  }
  const NumberTable starts = read_table(cold_starts_file(model, folder));
  if (starts.columns.size() == 1) {
    if (!model.memory) model.memory.emplace();
    model.memory->cold_starts = starts.columns.front();
  }
}

std::vector<measure::Experiment> read_experiments(const fs::path& folder) {
  std::vector<measure::Experiment> experiments;
  for (std::size_t i = 0; fs::exists(windows_file(i, folder)); ++i) {
    const fs::path file = windows_file(i, folder);
    const Bytes bytes = map_file(file);
    experiments.push_back(measure::evidence_from_json(as_text(bytes), file.string()));
  }
  return experiments;
}

}  // namespace gcompress::compress
