// Prints the number of nodes of an .onnx file: count_nodes FILE. With --make it writes the file
// first.
#include <cstdio>
#include <cstring>

#include "gcompress/core/base/error.h"
#include "gcompress/core/graph/network.h"
#include "gcompress/core/onnx/onnx.h"
#include "gcompress/version.h"

namespace {

gcompress::graph::Network two_relus() {
  namespace graph = gcompress::graph;
  graph::Network network;
  network.ir_version = 8;
  network.opset_imports = {{.domain = "", .version = 13}};
  network.graph.name = "two_relus";
  network.graph.inputs = {graph::make_value("x", gcompress::DataType::kFloat32, {1, 4})};
  network.graph.outputs = {graph::make_value("z", gcompress::DataType::kFloat32, {1, 4})};
  network.graph.nodes = {graph::make_node("Relu", "first", {"x"}, {"y"}),
                         graph::make_node("Relu", "second", {"y"}, {"z"})};
  return network;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "gcompress %s; usage: count_nodes [--make] FILE\n", gcompress::kVersion);
    return 2;
  }
  const char* file = argv[argc - 1];
  try {
    if (std::strcmp(argv[1], "--make") == 0) gcompress::onnx::write(two_relus(), file);
    std::printf("%zu\n", gcompress::onnx::read(file).graph.nodes.size());
  } catch (const gcompress::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return gcompress::exit_code(error.kind());
  }
  return 0;
}
