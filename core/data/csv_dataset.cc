// csv:FILE,label=NAME: a header line, numbers, and perhaps a column of labels.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "gcompress/core/data/csv.h"
#include "gcompress/core/data/formats.h"
#include "gcompress/core/data/memory_source.h"
#include "gcompress/core/data/splits.h"

namespace gcompress::data {
namespace {

namespace fs = std::filesystem;

// Whole numbers with more different values than this are quantities, not classes.
constexpr std::size_t kMostNumberedClasses = 100;

struct Layout {
  char separator = ',';
  std::string label;  // "": none
  std::vector<std::string> dropped;
};

struct Table {
  fs::path file;
  std::vector<std::string> features;  // column names
  std::vector<float> values;          // [rows, features]
  std::vector<std::string> labels;    // [rows], or empty
  std::vector<std::int64_t> lines;    // [rows]
};

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

enum class Role { kFeature, kLabel, kDropped };

std::vector<Role> roles_of(const std::vector<std::string>& header, const Layout& layout,
                           const CsvReader& reader, Table& table) {
  std::vector<std::string> wanted = layout.dropped;
  if (!layout.label.empty()) wanted.push_back(layout.label);
  for (const std::string& name : wanted) {
    if (std::find(header.begin(), header.end(), name) == header.end()) {
      reader.fail("there is no column \"" + name + "\"", {}, "there are " + joined(header));
    }
  }
  std::vector<Role> roles;
  for (const std::string& name : header) {
    if (std::count(header.begin(), header.end(), name) > 1) reader.fail("is there twice", name);
    const auto& dropped = layout.dropped;
    if (!layout.label.empty() && name == layout.label) {
      roles.push_back(Role::kLabel);
    } else if (std::find(dropped.begin(), dropped.end(), name) != dropped.end()) {
      roles.push_back(Role::kDropped);
    } else {
      roles.push_back(Role::kFeature);
      table.features.push_back(name);
    }
  }
  if (table.features.empty()) reader.fail("no column is left to learn from");
  return roles;
}

Table read_table(const fs::path& file, const Layout& layout) {
  Table table;
  table.file = file;
  CsvReader reader(file, layout.separator);
  std::vector<std::string> header;
  if (!reader.next(header)) {
    throw_input("is empty", {.file = file.string(), .node = {}, .value = {}});
  }
  const std::vector<Role> roles = roles_of(header, layout, reader, table);
  std::vector<std::string> fields;
  while (reader.next(fields)) {
    if (fields.size() != header.size()) {
      reader.fail("has " + std::to_string(fields.size()) + " fields, the header has " +
                  std::to_string(header.size()));
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (roles[i] == Role::kLabel) {
        if (fields[i].empty()) reader.fail("is empty", header[i], "remove samples without label");
        table.labels.push_back(fields[i]);
      }
      if (roles[i] != Role::kFeature) continue;
      double value = 0;
      if (!parse_number(fields[i], value) || !std::isfinite(static_cast<float>(value))) {
        reader.fail("\"" + fields[i] + "\" is no number", header[i],
                    "name it with label=" + header[i] +
                        " if it is the label, leave it out with drop=" + header[i] +
                        ", or fill it in");
      }
      table.values.push_back(static_cast<float>(value));
    }
    table.lines.push_back(reader.line());
  }
  return table;
}

// Classes in order: by number where all are whole numbers, else by text.
std::vector<std::string> classes_of(const std::vector<std::string>& labels) {
  std::set<std::string> texts(labels.begin(), labels.end());
  std::vector<std::string> classes(texts.begin(), texts.end());
  std::int64_t ignored = 0;
  if (std::all_of(classes.begin(), classes.end(),
                  [&](const std::string& text) { return parse_integer(text, ignored); })) {
    std::sort(classes.begin(), classes.end(), [](const std::string& a, const std::string& b) {
      std::int64_t x = 0;
      std::int64_t y = 0;
      parse_integer(a, x);
      parse_integer(b, y);
      return x < y;
    });
  }
  return classes;
}

std::string task_of(const std::vector<std::string>& labels) {
  std::set<std::string> different(labels.begin(), labels.end());
  bool numbers = true;
  bool whole = true;
  for (const std::string& text : different) {
    double number = 0;
    std::int64_t integer = 0;
    numbers = numbers && parse_number(text, number);
    whole = whole && parse_integer(text, integer);
  }
  return numbers && (!whole || different.size() > kMostNumberedClasses) ? "regression"
                                                                        : "classification";
}

[[noreturn]] void fail_at(const Table& table, std::size_t row, const std::string& message) {
  throw_input("line " + std::to_string(table.lines[row]) + ": " + message,
              {.file = table.file.string(), .node = {}, .value = {}});
}

Tensor class_numbers(const Table& table, const std::vector<std::string>& classes) {
  std::map<std::string, std::int64_t> numbers;
  for (const std::string& name : classes) {
    numbers.emplace(name, static_cast<std::int64_t>(numbers.size()));
  }
  std::vector<std::int64_t> labels;
  for (std::size_t row = 0; row < table.labels.size(); ++row) {
    const auto found = numbers.find(table.labels[row]);
    if (found == numbers.end()) {
      fail_at(table, row, "the label \"" + table.labels[row] + "\" does not occur in training");
    }
    labels.push_back(found->second);
  }
  const auto count = static_cast<std::int64_t>(labels.size());
  return Tensor::from({count}, std::move(labels));
}

Tensor label_values(const Table& table) {
  std::vector<float> labels;
  for (std::size_t row = 0; row < table.labels.size(); ++row) {
    double value = 0;
    if (!parse_number(table.labels[row], value)) {
      fail_at(table, row, "the label \"" + table.labels[row] + "\" is no number");
    }
    labels.push_back(static_cast<float>(value));
  }
  const auto count = static_cast<std::int64_t>(labels.size());
  return Tensor::from({count, 1}, std::move(labels));
}

std::shared_ptr<const Source> source_of(const Table& table, const std::string& task,
                                        const std::vector<std::string>& classes) {
  const auto width = static_cast<std::int64_t>(table.features.size());
  const auto rows = static_cast<std::int64_t>(table.lines.size());
  std::optional<MemorySource::Part> labels;
  if (!task.empty()) {
    labels = MemorySource::Part{
        "labels", task == "regression" ? label_values(table) : class_numbers(table, classes)};
  }
  return std::make_shared<MemorySource>(
      std::vector<MemorySource::Part>{{"", Tensor::from({rows, width}, table.values)}},
      std::move(labels));
}

// Mean 0 and deviation 1 over these rows; a constant feature only loses its mean.
Preprocessing standardising(const Table& table, const std::vector<std::int64_t>& rows) {
  const std::size_t width = table.features.size();
  Preprocessing result;
  for (std::size_t feature = 0; feature < width; ++feature) {
    const auto value = [&](std::int64_t row) {
      return static_cast<double>(table.values[static_cast<std::size_t>(row) * width + feature]);
    };
    const auto count = static_cast<double>(std::max<std::size_t>(1, rows.size()));
    double mean = 0;
    for (const std::int64_t row : rows) mean += value(row) / count;
    double variance = 0;
    for (const std::int64_t row : rows)
      variance += (value(row) - mean) * (value(row) - mean) / count;
    const auto deviation = static_cast<float>(std::sqrt(variance));
    result.mean.push_back(static_cast<float>(mean));
    result.standard_deviation.push_back(deviation > 0 ? deviation : 1);
  }
  return result;
}

std::vector<std::string> split_names(const std::string& text) {
  std::vector<std::string> names;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('/', start), text.size());
    names.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return names;
}

Layout read_layout(Specification& specification) {
  Layout layout;
  layout.label = specification.text_of("label", "");
  layout.dropped = split_names(specification.text_of("drop", ""));
  const std::string separator =
      specification.choice("separator", "comma", {"comma", "semicolon", "tab"});
  layout.separator = separator == "comma" ? ',' : separator == "tab" ? '\t' : ';';
  return layout;
}

}  // namespace

DataParts open_csv(Specification& specification, const OpenOptions& options, const RunContext&) {
  const fs::path file = required_path(specification);
  const fs::path test_file = specification.text_of("test", "");
  const Layout layout = read_layout(specification);
  std::string task =
      specification.choice("task", "auto", {"auto", "classification", "binary", "regression"});
  const Table table = read_table(file, layout);
  if (layout.label.empty()) task.clear();
  if (task == "auto") task = task_of(table.labels);
  std::vector<std::string> classes;
  if (task == "classification" || task == "binary") classes = classes_of(table.labels);
  const auto rows = static_cast<std::int64_t>(table.lines.size());
  const Preprocessing own = standardising(
      table, test_file.empty() ? training_indices_of_one(rows, options.seed) : all_indices(rows));
  const Preprocessing preprocessing = read_preprocessing(specification, options, own);
  specification.finish();
  Sets sets = {.train = source_of(table, task, classes),
               .test = nullptr,
               .preprocessing = preprocessing,
               .classes = classes,
               .name = file.filename().string(),
               .task = task};
  if (test_file.empty()) return split_one(sets, options);
  const Table test = read_table(test_file, layout);
  if (test.features != table.features) {
    throw_input("has the columns " + joined(test.features) + ", the training file has " +
                    joined(table.features),
                {.file = test_file.string(), .node = {}, .value = {}});
  }
  sets.test = source_of(test, task, classes);
  return split(sets, options);
}

}  // namespace gcompress::data
