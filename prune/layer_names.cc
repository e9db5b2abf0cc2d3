// Wildcards, and near names for those that match nothing.
#include "gcompress/prune/layer_names.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace gcompress::prune {
namespace {

constexpr std::size_t kSuggestions = 3;

// Levenshtein distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

[[noreturn]] void throw_no_match(const std::vector<graph::Weight>& weights,
                                 const std::string& pattern) {
  std::set<std::pair<std::size_t, std::string>> near;
  for (const graph::Weight& weight : weights) {
    near.emplace(distance(pattern, weight.layer), weight.layer);
    near.emplace(distance(pattern, weight.id.tensor), weight.id.tensor);
  }
  std::string names;
  std::size_t left = kSuggestions;
  for (auto i = near.begin(); i != near.end() && left > 0; ++i, --left) {
    names += (names.empty() ? "'" : ", '") + i->second + "'";
  }
  throw_usage("no layer or tensor is called '" + pattern + "'",
              names.empty() ? "" : "the nearest names are " + names);
}

}  // namespace

bool matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;  // the last * met, and how far it reaches by now
  std::size_t reach = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      reach = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++reach;
    } else {
      return false;
    }
  }
  return pattern.substr(p).find_first_not_of('*') == std::string_view::npos;
}

std::vector<bool> matching(const std::vector<graph::Weight>& weights,
                           const std::vector<std::string>& patterns) {
  std::vector<bool> result(weights.size(), false);
  for (const std::string& pattern : patterns) {
    bool any = false;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const graph::WeightId& id = weights[i].id;
      if (matches(pattern, weights[i].layer) || matches(pattern, id.tensor) ||
          matches(pattern, graph::to_string(id))) {
        result[i] = true;
        any = true;
      }
    }
    if (!any) throw_no_match(weights, pattern);
  }
  return result;
}

}  // namespace gcompress::prune
