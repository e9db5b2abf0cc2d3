// Union-find over labels.
#include "gcompress/core/graph/channels/axis_labels.h"

#include <algorithm>

#include "gcompress/core/base/error.h"

namespace gcompress::graph {

int AxisLabels::fresh(std::int64_t size) {
  std::vector<int> labels(static_cast<std::size_t>(size));
  for (int& label : labels) {
    label = static_cast<int>(parents_.size());
    parents_.push_back(label);
    pinned_.push_back(0);
    read_.push_back(false);
  }
  return table_of(std::move(labels));
}

int AxisLabels::table_of(std::vector<int> labels) {
  tables_.push_back(std::move(labels));
  return static_cast<int>(tables_.size()) - 1;
}

int AxisLabels::root(int label) const {
  const auto parent = [this](int of) -> int& { return parents_[static_cast<std::size_t>(of)]; };
  while (parent(label) != label) {
    parent(label) = parent(parent(label));
    label = parent(label);
  }
  return label;
}

void AxisLabels::unite(int first, int second) {
  first = root(first);
  second = root(second);
  if (first == second) return;
  const auto a = static_cast<std::size_t>(std::min(first, second));
  const auto b = static_cast<std::size_t>(std::max(first, second));
  parents_[b] = static_cast<int>(a);
  if (pinned_[a] == 0) pinned_[a] = pinned_[b];
  read_[a] = read_[a] || read_[b];
}

void AxisLabels::unite_tables(int first, int second) {
  if (first == second) return;
  const std::vector<int>& a = table(first);
  const std::vector<int>& b = table(second);
  GCOMPRESS_CHECK(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) unite(a[i], b[i]);
}

void AxisLabels::pin(int label, const std::string& why) {
  int& reason = pinned_[static_cast<std::size_t>(root(label))];
  if (reason != 0) return;
  if (reasons_.back() != why) reasons_.push_back(why);
  reason = static_cast<int>(reasons_.size()) - 1;
}

void AxisLabels::pin_table(int index, const std::string& why) {
  for (const int label : table(index)) pin(label, why);
}

}  // namespace gcompress::graph
