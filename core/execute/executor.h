// Something that runs a network: libtorch, the engine, ONNX Runtime, an external command.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gcompress/core/base/tensor.h"
#include "gcompress/core/graph/network.h"

namespace gcompress::execute {

using Values = std::map<std::string, Tensor>;

// What is known of what really runs a network, for the record. Empty: unknown.
struct Runtime {
  std::string version;    // "1.31.1"
  std::string precision;  // the types it computes in: "float", "float and int8"
  std::string remark;     // a sentence for reports: what its times contain besides the network
};

class Executor {
 public:
  virtual ~Executor() = default;
  virtual std::string name() const = 0;
  // The values a caller must give, and those that come back, as the network declares them.
  virtual const std::vector<graph::Value>& inputs() const = 0;
  virtual const std::vector<graph::Value>& outputs() const = 0;
  // Runs once. Inputs by name; a missing or misshaped one throws Error(kInput) with both shapes.
  virtual Values run(const Values& inputs) = 0;
  virtual Runtime runtime() const { return {}; }
};

// Makes an executor of a network: how siblings and compress/ get one without knowing which.
using ExecutorFactory = std::function<std::unique_ptr<Executor>(const graph::Network&)>;

}  // namespace gcompress::execute
