// From a quantized network to steps with laid-out weights.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "gcompress/core/engine/integer/cut.h"
#include "gcompress/core/engine/integer/step.h"
#include "gcompress/core/engine/plan.h"
#include "gcompress/core/graph/qdq/reader.h"

namespace gcompress::engine::integer {

// A step of the network, with the addition that is computed within it.
struct PlannedStep {
  graph::CodeStep step;
  std::string added;    // codes that are added; empty: none
  graph::CodeType own;  // of the layer's codes before the addition
  std::uint8_t add_low = 0, add_high = 255;
};

// A piece of a network that runs on codes, an image at a time. Refers to the network.
struct ImageNetwork {
  const graph::Network* network = nullptr;
  std::map<std::string, graph::CodeType> codes;
  std::vector<PlannedStep> steps;
  std::map<std::string, Shape> shapes;  // of one image: of codes, inputs and outputs
  std::vector<std::string> inputs, outputs;
};

// What of a piece cannot run on codes after all.
struct Refusal {
  std::size_t node = 0;
  std::string why;
};

// `inputs`: shapes of the whole network's. Adds nodes whose values are no vectors or images.
ImageNetwork read_image_network(const graph::Network& network, const graph::CodeNetwork& codes,
                                const Piece& piece, const std::map<std::string, Shape>& inputs,
                                std::vector<Refusal>& refusals);

// Ready to run.
struct LanePlan {
  std::int64_t lanes = 1;
  std::vector<Work> steps;
  std::vector<StepFacts> facts;                               // of the steps
  std::vector<std::size_t> offsets;                           // of blocks, in bytes
  std::size_t bytes = 0;                                      // of all
  std::vector<std::int64_t> input_elements, output_elements;  // of an image
};

// Adds nodes that no kernel takes; the plan is then of no use.
LanePlan plan_lanes(const ImageNetwork& network, std::int64_t lanes,
                    std::vector<Refusal>& refusals);

}  // namespace gcompress::engine::integer
