// Sentences about quantizing.
#include "gcompress/compress/quantizing/notes.h"

#include <fmt/format.h>

#include <algorithm>

namespace gcompress::compress {
namespace {

std::string shortened(const std::string& name) {
  constexpr std::size_t kMost = 60;
  return name.size() <= kMost ? name : name.substr(0, kMost) + "...";
}

std::string stayed_float(const quantize::IntegerShare& share) {
  constexpr std::size_t kNamed = 8;
  std::string text = "Float stay";
  for (std::size_t i = 0; i < std::min(share.in_float.size(), kNamed); ++i) {
    const quantize::FloatLayer& layer = share.in_float[i];
    text += fmt::format("{} {} ({}, {:.1f}% of the multiply-adds: {})", i == 0 ? "" : ",",
                        shortened(layer.layer.node), layer.layer.op_type,
                        100 * static_cast<double>(layer.multiply_adds) /
                            static_cast<double>(std::max<std::int64_t>(share.all, 1)),
                        layer.layer.why);
  }
  if (share.in_float.size() > kNamed) {
    text += fmt::format(" and {} others", share.in_float.size() - kNamed);
  }
  return text + ".";
}

}  // namespace

std::vector<std::string> quantizing_notes(const graph::Network& before,
                                          const quantize::Found& found,
                                          const quantize::IntegerShare& share,
                                          const TargetRuntimeRow& runtime) {
  const quantize::Plan& plan = found.quantized.plan;
  const bool is_signed = runtime.activations == graph::ActivationType::kInt8Symmetric;
  std::vector<std::string> notes;
  notes.push_back(fmt::format(
      "{} of {} layers, {:.1f}% of the multiply-adds, run on integers: weights of {} bits, {} "
      "activations, for {}; calibrated on {} samples.",
      plan.layers.size(), plan.layers.size() + plan.stayed_float.size(), 100 * share.share(),
      runtime.reduced_range ? 7 : 8, is_signed ? "signed" : "unsigned", runtime.name,
      found.calibrated_on));
  if (!share.in_float.empty()) notes.push_back(stayed_float(share));
  if (found.prepared.opset() != before.opset()) {
    notes.push_back(fmt::format("The opset was raised from {} to {}, as quantizing needs.",
                                before.opset(), found.prepared.opset()));
  }
  return notes;
}

}  // namespace gcompress::compress
