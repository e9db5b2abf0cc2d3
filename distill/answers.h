// The teachers' answers to a batch of training samples: computed, or read from the cache.
// Internal to distill: this header includes torch.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gcompress/core/train/loss.h"
#include "gcompress/distill/answer_cache.h"
#include "gcompress/distill/teachers.h"

namespace gcompress::distill {

class Answers {
 public:
  // `sample` is what the teachers answer to some batch: its shapes count.
  Answers(Teachers teachers, const Answer& sample);

  // From now on answers come from the cache in the options' folder, which is filled if need be, in
  // evaluation order. Returns what was decided, in a sentence: samples that are augmented are not
  // cached, nor what takes more bytes than allowed.
  std::string use_cache(const DistillJob& job, const DistillOptions& options,
                        const std::vector<std::string>& values, bool augmented,
                        torch::Device device, const RunContext& context);

  Answer of(const train::LossInputs& step);

 private:
  // A tensor in a row of the cache.
  struct Part {
    std::string value;                // "": the next output
    std::vector<std::int64_t> shape;  // without the batch
    torch::ScalarType type = torch::kFloat32;
    std::int64_t size = 0;  // floats
  };
  Answer cached(const data::Batch& batch, torch::Device device) const;

  Teachers teachers_;
  std::vector<Part> parts_;
  bool has_rows_ = true;  // every part has one for each sample
  std::optional<AnswerCache> cache_;
  std::vector<std::int64_t> row_of_;  // by the sample's number in the source
};

}  // namespace gcompress::distill
