// Labels on the indices of axes: indices with one label can only go together. Internal to
// channels/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gcompress::graph {

// Labels joined in classes; a class may be pinned: then none of its indices can go.
class AxisLabels {
 public:
  // A table holds one label for each index of an axis. Axes that must stay equal share a table.
  int fresh(std::int64_t size);
  int table_of(std::vector<int> labels);
  const std::vector<int>& table(int index) const {
    return tables_[static_cast<std::size_t>(index)];
  }
  std::size_t tables() const { return tables_.size(); }

  int root(int label) const;
  std::size_t labels() const { return parents_.size(); }
  void unite(int first, int second);
  void unite_tables(int first, int second);  // of one size, index by index

  // The first reason stays.
  void pin(int label, const std::string& why);
  void pin_table(int index, const std::string& why);
  bool pinned(int label) const { return reason_of(label) != 0; }
  const std::string& why(int label) const {
    return reasons_[static_cast<std::size_t>(reason_of(label))];
  }

  // Read by something whose share in the channel no weight shows (a product of two activations).
  void mark_read(int label) { read_[static_cast<std::size_t>(root(label))] = true; }
  bool read(int label) const { return read_[static_cast<std::size_t>(root(label))]; }

 private:
  int reason_of(int label) const { return pinned_[static_cast<std::size_t>(root(label))]; }

  std::vector<std::vector<int>> tables_;
  mutable std::vector<int> parents_;
  std::vector<int> pinned_;  // by root: index of the reason, 0 for none
  std::vector<bool> read_;   // by root
  std::vector<std::string> reasons_ = {""};
};

}  // namespace gcompress::graph
