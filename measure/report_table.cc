// The report as text: a row a figure, a column a network.
#include <fmt/format.h>

#include <algorithm>

#include "gcompress/measure/energy_label.h"
#include "gcompress/measure/report.h"
#include "gcompress/measure/text_table.h"

namespace gcompress::measure {
namespace {

using Row = std::vector<std::string>;

std::string with_share(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return with_commas(part);
  return fmt::format("{} ({:.1f}%)", with_commas(part),
                     100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string accuracy_text(const ModelReport& model) {
  if (!model.accuracy) return "not measured";
  const Accuracy& accuracy = *model.accuracy;
  if (!accuracy.figure.interval) return fmt::format("{:.5g}", *accuracy.figure.value);
  return fmt::format("{:.2f}% [{:.2f}, {:.2f}]", 100 * *accuracy.figure.value,
                     100 * accuracy.figure.interval->low, 100 * accuracy.figure.interval->high);
}

const LatencyResult* first_latency(const ModelReport& model) {
  return model.latency.empty() || !model.latency[0].median.value ? nullptr : &model.latency[0];
}

std::string latency_text(const ModelReport& model) {
  const LatencyResult* latency = first_latency(model);
  if (latency == nullptr) return "not measured";
  return fmt::format("{:.3g} ms (p90 {:.3g}, p99 {:.3g})", *latency->median.value,
                     *latency->p90.value, *latency->p99.value);
}

std::string throughput_text(const ModelReport& model) {
  std::string text;
  for (const LatencyResult& latency : model.latency) {
    if (!latency.throughput.value) continue;
    text += fmt::format("{}{:.4g} (batch {})", text.empty() ? "" : ", ", *latency.throughput.value,
                        latency.batch);
  }
  return text;
}

std::string memory_text(const ModelReport& model) {
  if (!model.memory || !model.memory->peak.value) return "";
  return fmt::format("{:.1f} MB", *model.memory->peak.value / 1e6);
}

std::string cold_start_text(const ModelReport& model) {
  if (!model.memory || !model.memory->cold_start.value) return "";
  return fmt::format("{:.0f} ms", *model.memory->cold_start.value);
}

// With its share of what the first network weighs unpacked: a rival in int8 has fewer dense bytes
// of its own.
std::string packed_text(const Report& report, const ModelReport& model) {
  if (!model.sizes.packed_bytes) return "not packed";
  return with_share(*model.sizes.packed_bytes, report.models.front().sizes.dense_bytes);
}

// Adds a row if any network has something to say.
template <typename Text>
void add_row(std::vector<Row>& rows, const Report& report, const std::string& label, Text&& text) {
  Row row = {label};
  for (const ModelReport& model : report.models) row.push_back(text(model));
  const bool empty =
      std::all_of(row.begin() + 1, row.end(), [](const std::string& cell) { return cell.empty(); });
  if (!empty) rows.push_back(std::move(row));
}

std::string accuracy_label(const Report& report) {
  for (const ModelReport& model : report.models) {
    if (model.accuracy) return model.accuracy->metric;
  }
  return "accuracy";
}

// "torch 2.11.0"
std::string runtime_text(const ModelReport& model) {
  if (model.latency.empty()) return "";
  const LatencyResult& latency = model.latency[0];
  const std::string& version = latency.runtime.version;
  return version.empty() ? latency.executor : latency.executor + " " + version;
}

bool differ_in_runtime(const Report& report) {
  return std::ranges::any_of(report.models, [&](const ModelReport& model) {
    return runtime_text(model) != runtime_text(report.models.front());
  });
}

// Names the runtime where it is the same for all.
std::string latency_label(const Report& report) {
  for (const ModelReport& model : report.models) {
    if (model.latency.empty()) continue;
    const std::string label = fmt::format("latency, batch {}", model.latency[0].batch);
    return differ_in_runtime(report) ? label : label + ", " + runtime_text(model);
  }
  return "latency";
}

std::vector<Row> table_rows(const Report& report) {
  std::vector<Row> rows;
  Row head = {""};
  for (const ModelReport& model : report.models) head.push_back(label_of(model));
  rows.push_back(std::move(head));
  add_row(rows, report, accuracy_label(report), accuracy_text);
  add_row(rows, report, "top5", [](const ModelReport& model) {
    return model.accuracy && model.accuracy->top5
               ? fmt::format("{:.2f}%", 100 * *model.accuracy->top5)
               : std::string();
  });
  add_row(rows, report, "cells right", [](const ModelReport& model) {
    return model.accuracy && model.accuracy->cell_accuracy
               ? fmt::format("{:.3f}%", 100 * *model.accuracy->cell_accuracy)
               : std::string();
  });
  add_row(rows, report, "of all 512 neighbourhoods", [](const ModelReport& model) {
    return model.neighbourhoods_right ? fmt::format("{} right", *model.neighbourhoods_right)
                                      : std::string();
  });
  add_row(rows, report, "same answer as before", [](const ModelReport& model) {
    return model.agreement ? fmt::format("{:.2f}%", 100 * *model.agreement) : std::string();
  });
  add_row(rows, report, "parameters, nonzero", [](const ModelReport& model) {
    return with_share(model.sizes.parameters_nonzero, model.sizes.parameters);
  });
  add_row(rows, report, "dense bytes",
          [](const ModelReport& model) { return with_commas(model.sizes.dense_bytes); });
  add_row(rows, report, "packed bytes",
          [&](const ModelReport& model) { return packed_text(report, model); });
  add_row(rows, report, "FLOPs, dense",
          [](const ModelReport& model) { return with_commas(model.sizes.flops); });
  add_row(rows, report, "FLOPs, nonzero", [](const ModelReport& model) {
    return with_share(model.sizes.flops_nonzero, model.sizes.flops);
  });
  add_row(rows, report, latency_label(report), latency_text);
  if (differ_in_runtime(report)) add_row(rows, report, "runtime", runtime_text);
  add_row(rows, report, "inferences/s", throughput_text);
  add_row(rows, report, "peak memory", memory_text);
  add_row(rows, report, "cold start", cold_start_text);
  add_row(rows, report, "energy per inference", [](const ModelReport& model) {
    return model.energy ? joules_text(model.energy->per_inference) : std::string();
  });
  add_row(rows, report, "energy above idle", [](const ModelReport& model) {
    return model.energy && model.energy->marginal.value ? joules_text(model.energy->marginal)
                                                        : std::string();
  });
  add_row(rows, report, "energy of its operations", [](const ModelReport& model) {
    if (!model.energy) return std::string();
    const auto& estimates = model.energy->estimates;
    const auto found = std::ranges::find(estimates, "operations", &NamedEstimate::model);
    return found == estimates.end() ? std::string() : joules_text(found->per_inference);
  });
  return rows;
}

// A name of a foreign file must not end its cell.
std::string markdown_cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.insert(at, 1, '\\');
  }
  std::ranges::replace_if(text, [](unsigned char letter) { return letter < ' '; }, ' ');
  return text;
}

}  // namespace

std::string to_table(const Report& report) {
  constexpr std::size_t kWidth = 140;  // a wide terminal
  return align_in_parts(table_rows(report), kWidth);
}

std::string to_markdown(const Report& report) {
  std::string text;
  const std::vector<Row> rows = table_rows(report);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const std::string& cell : rows[i]) text += "| " + markdown_cell(cell) + " ";
    text += "|\n";
    if (i > 0) continue;
    for (std::size_t column = 0; column < rows[i].size(); ++column) {
      text += column == 0 ? "|---" : "|---:";
    }
    text += "|\n";
  }
  if (report.comparison) text += "\n" + report.comparison->verdict + "\n";
  return text;
}

std::string changes_text(const Report& report) {
  if (!report.comparison || !report.comparison->changed) return "";
  const PairedCounts& changed = *report.comparison->changed;
  const Figure& difference = report.comparison->accuracy_difference;
  std::string text = fmt::format("Samples whose answer became wrong: {}; became right: {}.",
                                 with_commas(changed.only_before), with_commas(changed.only_after));
  if (difference.value && difference.interval) {
    text += fmt::format(" Difference: {:+.2f} points [{:+.2f}, {:+.2f}].", 100 * *difference.value,
                        100 * difference.interval->low, 100 * difference.interval->high);
  }
  return text + "\n";
}

std::string layers_table(const Report& report) {
  std::vector<Row> rows = {{"layer", "tensor", "role", "parameters", "kept", "density"}};
  for (const LayerReport& layer : report.layers) {
    const double density =
        layer.size > 0 ? static_cast<double>(layer.kept) / static_cast<double>(layer.size) : 0;
    rows.push_back({layer.layer, layer.tensor, layer.role, with_commas(layer.size),
                    with_commas(layer.kept),
                    fmt::format("{:.4f}{}{}", density, layer.floored ? " (floor)" : "",
                                layer.outside ? " (outside)" : "")});
  }
  return align(rows, 3);
}

}  // namespace gcompress::measure
