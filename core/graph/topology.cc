// Checking names and order, graph by graph from the outside in.
#include "gcompress/core/graph/topology.h"

#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "gcompress/core/base/error.h"
#include "gcompress/core/graph/sparse_initializers.h"

namespace gcompress::graph {
namespace {

ErrorPlace at(const std::string& node, const std::string& value) {
  return {.file = {}, .node = node, .value = value};
}

// The values that a graph can see: its own and those of the graphs around it.
struct Scope {
  const Scope* outer = nullptr;
  std::unordered_set<std::string> given;                     // inputs and initializers
  std::unordered_map<std::string, std::size_t> produced_by;  // outputs of nodes

  bool has(const std::string& name) const {
    return given.contains(name) || produced_by.contains(name);
  }
  bool outer_has(const std::string& name) const {
    for (const Scope* scope = outer; scope != nullptr; scope = scope->outer) {
      if (scope->has(name)) return true;
    }
    return false;
  }
};

using Names = std::set<std::string>;

Names check_graph(Graph& graph, const Scope* outer);

void give(Scope& scope, const std::string& name, const char* what) {
  if (name.empty()) throw_input(std::string("an ") + what + " has no name");
  if (!scope.given.insert(name).second) {
    throw_input(std::string("there are two ") + what + "s of this name", at({}, name));
  }
}

void add_outputs(Scope& scope, const std::vector<Node>& nodes) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const std::string& output : nodes[i].outputs) {
      if (output.empty()) continue;  // an optional output left out
      if (scope.given.contains(output)) {
        throw_input("the node writes to an input or initializer", at(label_of(nodes[i]), output));
      }
      const auto [place, fresh] = scope.produced_by.emplace(output, i);
      if (!fresh) {
        throw_input(
            "the value is produced twice, also by node '" + label_of(nodes[place->second]) + "'",
            at(label_of(nodes[i]), output));
      }
    }
  }
}

// A subgraph is shared and immutable: it is replaced only if its nodes had to be sorted.
Names check_subgraph(GraphPtr& graph, const Scope& scope) {
  if (graph == nullptr) throw_input("a subgraph is missing");
  Graph copy = *graph;
  Names captured = check_graph(copy, &scope);
  const auto same_place = [](const Node& a, const Node& b) {
    return a.outputs == b.outputs && a.name == b.name;
  };
  const bool moved = !std::equal(copy.nodes.begin(), copy.nodes.end(), graph->nodes.begin(),
                                 graph->nodes.end(), same_place);
  if (moved) graph = std::make_shared<const Graph>(std::move(copy));
  return captured;
}

// All values that a node needs before it can run.
Names needs_of(Node& node, const Scope& scope) {
  Names needs;
  for (const std::string& input : node.inputs) {
    if (!input.empty()) needs.insert(input);
  }
  for (Attribute& attribute : node.attributes) {
    if (auto* one = std::get_if<GraphPtr>(&attribute.data)) {
      needs.merge(check_subgraph(*one, scope));
    } else if (auto* many = std::get_if<std::vector<GraphPtr>>(&attribute.data)) {
      for (GraphPtr& each : *many) needs.merge(check_subgraph(each, scope));
    }
  }
  return needs;
}

using Edges = std::vector<std::vector<std::size_t>>;  // of each node: the nodes it waits for

// Walks from a node that never became ready to one that it waits for, until one comes twice: that
// one lies on the cycle.
std::size_t node_on_cycle(const Edges& waits_for, const std::vector<std::size_t>& missing) {
  std::size_t node = 0;
  while (missing[node] == 0) ++node;
  std::vector<bool> seen(missing.size(), false);
  while (!seen[node]) {
    seen[node] = true;
    for (const std::size_t next : waits_for[node]) {
      if (missing[next] > 0) {
        node = next;
        break;
      }
    }
  }
  return node;
}

// Topological order; of the nodes that are ready, the first in the old order comes first.
void sort_nodes(std::vector<Node>& nodes, const Edges& waits_for) {
  std::vector<std::size_t> missing(nodes.size(), 0);
  Edges releases(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    missing[i] = waits_for[i].size();
    for (const std::size_t producer : waits_for[i]) releases[producer].push_back(i);
  }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (missing[i] == 0) ready.push(i);
  }
  std::vector<Node> sorted;
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    const std::size_t node = ready.top();
    ready.pop();
    order.push_back(node);
    for (const std::size_t next : releases[node]) {
      if (--missing[next] == 0) ready.push(next);
    }
  }
  if (order.size() < nodes.size()) {
    throw_input("the node lies on a cycle: it needs its own output",
                at(label_of(nodes[node_on_cycle(waits_for, missing)]), {}));
  }
  if (std::is_sorted(order.begin(), order.end())) return;
  sorted.reserve(nodes.size());
  for (const std::size_t node : order) sorted.push_back(std::move(nodes[node]));
  nodes = std::move(sorted);
}

// Checks and sorts nodes whose scope is filled. Gives the names that they take from outside.
Names check_nodes(std::vector<Node>& nodes, const Scope& scope) {
  Names captured;
  Edges waits_for(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const std::string& name : needs_of(nodes[i], scope)) {
      const auto producer = scope.produced_by.find(name);
      if (producer != scope.produced_by.end()) {
        waits_for[i].push_back(producer->second);
      } else if (!scope.given.contains(name)) {
        if (!scope.outer_has(name)) {
          throw_input("nothing produces this value: no node, input or initializer has its name",
                      at(label_of(nodes[i]), name));
        }
        captured.insert(name);
      }
    }
    std::sort(waits_for[i].begin(), waits_for[i].end());
    waits_for[i].erase(std::unique(waits_for[i].begin(), waits_for[i].end()), waits_for[i].end());
  }
  sort_nodes(nodes, waits_for);
  return captured;
}

void check_output(const Scope& scope, const std::string& name, Names& captured) {
  if (scope.has(name)) return;
  if (!scope.outer_has(name)) {
    throw_input("nothing produces this output: no node, input or initializer has its name",
                at({}, name));
  }
  captured.insert(name);
}

Names check_graph(Graph& graph, const Scope* outer) {
  Scope scope{.outer = outer, .given = {}, .produced_by = {}};
  for (const Initializer& initializer : graph.initializers) {
    give(scope, initializer.name, "initializer");
  }
  for (const SparseInitializer& sparse : graph.sparse_initializers) {
    give(scope, sparse.name, "initializer");
    check_sparse_initializer(sparse);
  }
  Scope inputs;
  for (const Value& input : graph.inputs) {
    give(inputs, input.name, "input");
    scope.given.insert(input.name);
  }
  add_outputs(scope, graph.nodes);
  Names captured = check_nodes(graph.nodes, scope);
  for (const Value& output : graph.outputs) check_output(scope, output.name, captured);
  return captured;
}

void check_function(Function& function) {
  Scope scope;
  for (const std::string& input : function.inputs) give(scope, input, "input");
  add_outputs(scope, function.nodes);
  Names captured = check_nodes(function.nodes, scope);
  for (const std::string& output : function.outputs) check_output(scope, output, captured);
}

using FunctionKey = std::pair<std::string, std::string>;  // domain, name

void collect_calls(const std::vector<Node>& nodes, std::set<FunctionKey>& calls) {
  for (const Node& node : nodes) {
    calls.emplace(node.domain, node.op_type);
    for (const Attribute& attribute : node.attributes) {
      if (const auto* one = std::get_if<GraphPtr>(&attribute.data)) {
        collect_calls((*one)->nodes, calls);
      } else if (const auto* many = std::get_if<std::vector<GraphPtr>>(&attribute.data)) {
        for (const GraphPtr& each : *many) collect_calls(each->nodes, calls);
      }
    }
  }
}

// Functions with overloads are left out: which one a node calls is not decoded.
void check_calls(const std::vector<Function>& functions) {
  std::map<FunctionKey, std::set<FunctionKey>> calls;
  std::set<FunctionKey> overloaded;
  for (const Function& function : functions) {
    const FunctionKey key{function.domain, function.name};
    if (!function.overload.empty()) overloaded.insert(key);
    collect_calls(function.nodes, calls[key]);
  }
  for (const FunctionKey& key : overloaded) calls.erase(key);
  // Functions that call no remaining function are removed until none is left, or only cycles are.
  std::map<FunctionKey, std::vector<FunctionKey>> callers;
  std::map<FunctionKey, std::size_t> open;
  std::vector<FunctionKey> done;
  for (const auto& [key, called] : calls) {
    for (const FunctionKey& each : called) {
      if (!calls.contains(each)) continue;
      callers[each].push_back(key);
      ++open[key];
    }
    if (open[key] == 0) done.push_back(key);
  }
  while (!done.empty()) {
    const FunctionKey key = done.back();
    done.pop_back();
    open.erase(key);
    for (const FunctionKey& caller : callers[key]) {
      if (--open[caller] == 0) done.push_back(caller);
    }
  }
  if (!open.empty()) {
    throw_input("functions call one another in a cycle, for instance '" +
                open.begin()->first.second + "'");
  }
}

}  // namespace

std::string label_of(const Node& node) {
  if (!node.name.empty()) return node.name;
  for (const std::string& output : node.outputs) {
    if (!output.empty()) return output;
  }
  return node.op_type;
}

void check_and_sort(Network& network) {
  check_graph(network.graph, nullptr);
  for (Function& function : network.functions) {
    try {
      check_function(function);
    } catch (const Error& error) {
      throw Error(error.kind(), "in function '" + function.name + "': " + error.message(),
                  error.place(), error.remedy());
    }
  }
  check_calls(network.functions);
}

}  // namespace gcompress::graph
