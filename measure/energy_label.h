// The energy label that travels with a network: what an inference took, on what, and when.
#pragma once

#include <optional>
#include <string>

#include "gcompress/measure/report.h"

namespace gcompress::measure {

// The key of the label in a network's metadata.
inline constexpr const char* kEnergyLabelKey = "gcompress.energy";

// JSON: executor, version, processor, batch, threads, joules_per_inference with interval and
// provenance, date. nullopt where the network's energy is not known. `date` is "2026-11-22".
std::optional<std::string> energy_label(const ModelReport& model, const Host& host,
                                        const std::string& date);

// The label in words: "0.21 to 0.35 mJ an inference (estimated) by torch 2.11.0 on ..., batch 1, 2
// threads, 2026-11-22". A label of a foreign or damaged file reads "a label that cannot be read".
std::string label_in_words(const std::string& label);

// "1.23 mJ [1.2, 1.26]", "0.8 to 1.9 mJ (estimated)", "not measured".
std::string joules_text(const Figure& figure);

}  // namespace gcompress::measure
