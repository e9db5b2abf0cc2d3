// From labels to groups: channels that appear on the same axes of the same values, side by side.
#include "gcompress/core/graph/channels/grouping.h"

#include <algorithm>
#include <map>

namespace gcompress::graph {
namespace {

using Signature = std::vector<int>;  // the tables that a channel appears in, once an appearance

class Grouping {
 public:
  Grouping(ChannelTrace& trace, const std::vector<Weight>& weights)
      : trace_(trace), weights_(weights), signatures_(trace.labels.labels()) {
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (weights[i].id.scope.empty()) weight_of_[weights[i].id.tensor] = i;
    }
    for (const auto& [name, axes] : trace.values) {
      for (const TracedAxis& axis : axes) {
        if (axis.table != kFixedAxis) tables_.insert(axis.table);
      }
    }
    for (const int table : tables_) {
      for (const int label : trace.labels.table(table)) {
        signatures_[static_cast<std::size_t>(trace.labels.root(label))].push_back(table);
      }
    }
  }

  ChannelGroups make() {
    group_of_root_.assign(signatures_.size(), -1);
    for (const Weight& weight : weights_) {
      if (!weight.id.scope.empty()) continue;
      const auto constant = trace_.constants.find(weight.id.tensor);
      if (constant == trace_.constants.end()) continue;
      const TracedAxes& axes = trace_.values.at(weight.id.tensor);
      for (std::size_t axis = 0; axis < axes.size(); ++axis) {
        if (constant->second.makes[axis] && axes[axis].table != kFixedAxis) {
          add_makers(weight, axes[axis].table);
        }
      }
    }
    number_channels();
    set_floors(tables_);
    add_members();
    return std::move(result_);
  }

 private:
  void add_makers(const Weight& weight, int table) {
    for (const int label : trace_.labels.table(table)) {
      const auto root = static_cast<std::size_t>(trace_.labels.root(label));
      if (group_of_root_[root] >= 0) continue;
      const std::string& why = trace_.labels.why(label);
      const auto [found, is_new] =
          groups_.emplace(std::pair(signatures_[root], why), result_.groups.size());
      if (is_new) {
        result_.groups.push_back({.name = weight.layer, .first = -1, .why_not = why});
        roots_.emplace_back();
      }
      group_of_root_[root] = static_cast<int>(found->second);
      roots_[found->second].push_back(root);
      ++result_.groups[found->second].channels;
    }
  }

  // An axis keeps an index. Groups beside which others or pinned channels stay everywhere can go
  // whole: what a residual stream gains halfway, for one.
  void set_floors(const std::set<int>& tables) {
    std::set<int> kept;  // tables that keep an index anyway
    std::vector<std::set<int>> of_group(result_.groups.size());
    for (const int table : tables) {
      for (const int label : trace_.labels.table(table)) {
        const int group = group_of_root_[static_cast<std::size_t>(trace_.labels.root(label))];
        if (group >= 0 && result_.groups[static_cast<std::size_t>(group)].removable()) {
          of_group[static_cast<std::size_t>(group)].insert(table);
        } else {
          kept.insert(table);
        }
      }
    }
    for (std::size_t i = 0; i < result_.groups.size(); ++i) {
      ChannelGroup& group = result_.groups[i];
      const bool covered = std::ranges::includes(kept, of_group[i]);
      group.floor = covered ? 0 : 1;
      if (!group.removable()) group.floor = group.channels;
      if (!covered) kept.insert(of_group[i].begin(), of_group[i].end());
    }
  }

  // A group of a single channel cannot go: each keeps one.
  void number_channels() {
    std::vector<std::int32_t> of_root(signatures_.size(), -1);
    for (std::size_t i = 0; i < result_.groups.size(); ++i) {
      ChannelGroup& group = result_.groups[i];
      if (group.removable() && group.channels == 1) group.why_not = "a single channel";
      if (!group.removable()) continue;
      group.first = result_.channels;
      for (const std::size_t root : roots_[i]) {
        of_root[root] = static_cast<std::int32_t>(result_.channels++);
        result_.read_elsewhere.push_back(trace_.labels.read(static_cast<int>(root)));
      }
    }
    trace_.channel_of.resize(trace_.labels.labels());
    for (std::size_t label = 0; label < trace_.channel_of.size(); ++label) {
      trace_.channel_of[label] =
          of_root[static_cast<std::size_t>(trace_.labels.root(static_cast<int>(label)))];
    }
  }

  void add_members() {
    for (const auto& [name, constant] : trace_.constants) {
      const TracedAxes& axes = trace_.values.at(name);
      for (std::size_t axis = 0; axis < axes.size(); ++axis) {
        if (axes[axis].table != kFixedAxis) add_member(name, constant, axis, axes[axis].table);
      }
    }
  }

  void add_member(const std::string& name, const TracedConstant& constant, std::size_t axis,
                  int table) {
    std::map<int, std::vector<std::int32_t>> parts;  // by group
    const std::vector<int>& labels = trace_.labels.table(table);
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const auto root = static_cast<std::size_t>(trace_.labels.root(labels[i]));
      const int group = group_of_root_[root];
      if (group < 0) continue;
      auto [part, is_new] = parts.try_emplace(group, std::vector<std::int32_t>());
      if (is_new) part->second.assign(labels.size(), -1);
      part->second[i] = trace_.channel_of[static_cast<std::size_t>(labels[i])];
    }
    const auto weight = weight_of_.find(name);
    for (auto& [group, channel_of] : parts) {
      ChannelMember member{
          .id = {.scope = {}, .tensor = name},
          .axis = static_cast<std::int64_t>(axis),
          .role = ChannelRole::kFollows,
          .parameter = constant.parameter && !constant.divides,
          .prunable = weight != weight_of_.end() && weights_[weight->second].prunable,
          .channel_of = std::move(channel_of)};
      std::vector<ChannelMember>& members = result_.groups[static_cast<std::size_t>(group)].members;
      if (constant.makes[axis]) {
        member.role = ChannelRole::kMakes;
        members.push_back(member);
      }
      if (constant.reads[axis]) {
        member.role = ChannelRole::kReads;
        members.push_back(member);
      }
      if (!constant.makes[axis] && !constant.reads[axis]) members.push_back(std::move(member));
    }
  }

  ChannelTrace& trace_;
  const std::vector<Weight>& weights_;
  std::set<int> tables_;               // of values
  std::vector<Signature> signatures_;  // by root
  std::map<std::string, std::size_t> weight_of_;
  std::map<std::pair<Signature, std::string>, std::size_t> groups_;
  std::vector<int> group_of_root_;
  std::vector<std::vector<std::size_t>> roots_;  // by group, in the order of its channels
  ChannelGroups result_;
};

}  // namespace

ChannelGroups group_channels(ChannelTrace& trace, const std::vector<Weight>& weights) {
  return Grouping(trace, weights).make();
}

}  // namespace gcompress::graph
