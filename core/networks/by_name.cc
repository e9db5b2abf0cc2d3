// The table of built-in networks: names, options, what input they take.
#include <array>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/specification.h"
#include "gcompress/core/networks/mobilenet_v1.h"
#include "gcompress/core/networks/networks.h"
#include "gcompress/core/networks/perceptron.h"

namespace gcompress::networks {
namespace {

struct Wanted {
  Specification& specification;
  const Shape& input;  // of one sample
  std::int64_t classes;
  std::uint64_t seed;
};

struct Row {
  const char* name;
  const char* about;
  graph::Network (*make)(const Wanted&);
};

void require_input(const Wanted& wanted, const Shape& shape) {
  if (wanted.input.empty() || wanted.input == shape) return;
  throw_usage(wanted.specification.kind() + " takes samples of shape " + to_string(shape) +
                  ", the data has " + to_string(wanted.input),
              "choose another network, for example mlp:hidden=300x100");
}

graph::Network make_life(const Wanted& wanted) {
  LifeOptions options;
  options.steps = wanted.specification.integer("n", options.steps, 1, 64);
  options.overcompleteness = wanted.specification.integer("m", options.overcompleteness, 1, 1024);
  options.torus = wanted.specification.choice("border", "torus", {"torus", "dead"}) == "torus";
  if (!wanted.input.empty() && (wanted.input.size() != 3 || wanted.input[0] != 1)) {
    throw_usage("life takes boards of shape [1, H, W], the data has " + to_string(wanted.input),
                "use --data life:...");
  }
  return life(options, wanted.seed);
}

double width_of(const Wanted& wanted) { return wanted.specification.number("width", 1, 0.01, 4); }

template <graph::Network (*make)(std::uint64_t, std::int64_t, double)>
graph::Network make_lenet(const Wanted& wanted) {
  require_input(wanted, {1, 28, 28});
  return make(wanted.seed, wanted.classes > 0 ? wanted.classes : 10, width_of(wanted));
}

template <std::int64_t depth>
graph::Network make_resnet(const Wanted& wanted) {
  require_input(wanted, {3, 32, 32});
  constexpr std::int64_t kBlocks = (depth - 2) / 6;  // in each of three groups
  const std::int64_t blocks = scaled(kBlocks, wanted.specification.number("depth", 1, 0.01, 4));
  return resnet_cifar(6 * blocks + 2, wanted.seed, wanted.classes > 0 ? wanted.classes : 10,
                      width_of(wanted));
}

graph::Network make_mobilenet(const Wanted& wanted) {
  const Shape input = wanted.input.empty() ? Shape{3, 224, 224} : wanted.input;
  if (input.size() != 3 || input[0] != 3) {
    throw_usage("mobilenet-v1 takes images of shape [3, H, W], the data has " + to_string(input));
  }
  const std::int64_t classes = wanted.classes > 0 ? wanted.classes : 1000;
  return mobilenet_v1_for(input[1], input[2], classes, width_of(wanted), wanted.seed);
}

graph::Network make_mlp(const Wanted& wanted) {
  if (wanted.input.empty()) {
    throw_usage("mlp needs to know its input's shape", "name the data with --data");
  }
  auto hidden = wanted.specification.sizes("hidden", {64, 64});
  for (std::int64_t& size : hidden) size = scaled(size, width_of(wanted));
  const std::int64_t outputs = wanted.classes > 0 ? wanted.classes : 1;
  return perceptron("mlp", wanted.input, hidden, outputs, wanted.seed);
}

constexpr std::array<Row, 10> kNetworks = {{
    {"lenet-300-100", "784-300-100-10, fully connected, 266,610 parameters (28x28 grey images)",
     make_lenet<lenet_300_100>},
    {"lenet-5", "two convolutions, two linear layers, 431,080 parameters (28x28 grey images)",
     make_lenet<lenet_5>},
    {"resnet-20", "ResNet for CIFAR-10, 269,722 parameters (32x32 RGB)", make_resnet<20>},
    {"resnet-32", "ResNet for CIFAR-10, 464,154 parameters", make_resnet<32>},
    {"resnet-44", "ResNet for CIFAR-10, 658,586 parameters", make_resnet<44>},
    {"resnet-56", "ResNet for CIFAR-10, 853,018 parameters", make_resnet<56>},
    {"resnet-110", "ResNet for CIFAR-10, 1,727,962 parameters", make_resnet<110>},
    {"mobilenet-v1", "MobileNetV1, mobilenet-v1:width=0.5; 4,231,976 parameters at width 1",
     make_mobilenet},
    {"life", "Game of Life, life:n=1,m=7,border=torus: n steps, m-fold overcomplete", make_life},
    {"mlp", "fully connected, mlp:hidden=64x64, for any input", make_mlp},
}};

}  // namespace

graph::Network by_name(const std::string& name, const Shape& input, std::int64_t classes,
                       std::uint64_t seed) {
  Specification specification(name);
  for (const Row& row : kNetworks) {
    if (specification.kind() != row.name) continue;
    if (!specification.path().empty()) {
      throw_usage("\"" + name + "\": \"" + specification.path() + "\" is no option",
                  "options are KEY=VALUE");
    }
    graph::Network network = row.make({specification, input, classes, seed});
    specification.finish();
    return network;
  }
  std::string names;
  for (const Row& row : kNetworks) names += (names.empty() ? "" : ", ") + std::string(row.name);
  throw_usage("there is no built-in network \"" + specification.kind() + "\"",
              "choose one of " + names);
}

std::vector<std::pair<std::string, std::string>> list() {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Row& row : kNetworks) rows.emplace_back(row.name, row.about);
  return rows;
}

}  // namespace gcompress::networks
