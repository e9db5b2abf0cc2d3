// A small report.json with everything that is read back, and changed copies of it.
#pragma once

#include <gtest/gtest.h>

#include <string>

namespace gcompress::testing {

inline const std::string kReportText = R"({
  "schema": "gcompress-report/1", "seed": 7,
  "host": { "processor": "Fake 9000", "instruction_sets": ["avx2"], "cores": 2, "system": "Linux 6" },
  "models": [
    { "role": "before", "name": "before", "path": "a.onnx", "sha256": "aa",
      "sizes": { "parameters": 1000, "parameters_nonzero": 1000, "parameters_outside_target": 0,
                 "dense_bytes": 4000, "packed_bytes": null, "flops": 2000, "flops_nonzero": 2000 },
      "accuracy": { "metric": "top1", "correct": 980, "total": 1000,
                    "figure": { "value": 0.98, "unit": "proportion", "interval": [0.97, 0.987],
                                "provenance": "measured" } },
      "latency": [ { "executor": "torch", "version": "2.0", "precision": "float", "batch": 1,
                     "threads": 2, "runs": 100,
                     "median": { "value": 2.5, "unit": "ms", "interval": [2.4, 2.6],
                                 "provenance": "measured" },
                     "p90": { "value": 2.8, "unit": "ms", "interval": null,
                              "provenance": "measured" } } ],
      "memory": { "peak": { "value": 7000000, "unit": "bytes", "interval": null,
                            "provenance": "measured" }, "cold_start": null },
      "energy": { "per_inference": { "value": 1.0, "unit": "J", "interval": [1.0, 1.0],
                                     "provenance": "measured" },
                  "marginal": null, "sensors": ["fake"] } },
    { "role": "after", "name": "after", "path": "b.onnx", "sha256": "bb",
      "sizes": { "parameters": 1000, "parameters_nonzero": 100, "parameters_outside_target": 0,
                 "dense_bytes": 4000, "packed_bytes": 500, "flops": 2000, "flops_nonzero": 200 },
      "accuracy": { "metric": "top1", "correct": 970, "total": 1000,
                    "figure": { "value": 0.97, "unit": "proportion", "interval": [0.957, 0.979],
                                "provenance": "measured" } },
      "latency": [ { "executor": "torch", "version": "2.0", "precision": "float", "batch": 1,
                     "threads": 2, "runs": 100,
                     "median": { "value": 2.0, "unit": "ms", "interval": [1.9, 2.1],
                                 "provenance": "measured" },
                     "p90": { "value": 2.2, "unit": "ms", "interval": [2.1, 2.4],
                              "provenance": "measured" } } ],
      "memory": { "peak": { "value": 7000000, "unit": "bytes", "interval": null,
                            "provenance": "measured" }, "cold_start": null },
      "energy": { "per_inference": { "value": 0.8, "unit": "J", "interval": [0.75, 0.85],
                                     "provenance": "measured" },
                  "marginal": null, "sensors": ["fake"] } } ],
  "comparison": { "accuracy_difference": null, "latency_ratio": null,
                  "energy_ratio": { "value": 0.75, "unit": "after / before", "interval": [0.7, 0.9],
                                    "provenance": "measured" },
                  "verdict": "a sentence" },
  "stages": [ { "name": "prune",
                "seconds": { "value": 60, "unit": "s", "interval": null, "provenance": "measured" },
                "energy": { "value": 3600, "unit": "J", "interval": [3500, 3700],
                            "provenance": "measured" } },
              { "name": "recover",
                "seconds": { "value": 5, "unit": "s", "interval": null, "provenance": "measured" },
                "energy": { "value": 400, "unit": "J", "interval": null,
                            "provenance": "measured" } },
              { "name": "measure",
                "seconds": { "value": 9, "unit": "s", "interval": null, "provenance": "measured" },
                "energy": { "value": 90, "unit": "J", "interval": [50, 130],
                            "provenance": "estimated" } } ],
  "layers": [], "notes": []
})";

// The same with every `from` replaced; `from` must be there.
inline std::string report_text_with(const std::string& from, const std::string& to) {
  std::string text = kReportText;
  std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  for (; at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace gcompress::testing
