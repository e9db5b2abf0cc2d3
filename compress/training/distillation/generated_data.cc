// Data for distilling where there is none.
#include "gcompress/compress/training/distillation/generated_data.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include "gcompress/core/data/memory_source.h"
#include "gcompress/core/train/generate.h"

namespace gcompress::compress {

data::DataParts generate_data(const graph::Network& teacher, const Settings& settings,
                              const RunContext& context) {
  constexpr std::int64_t kTuneShare = 8;
  train::GenerateOptions options;
  options.samples = settings.integer("generated");
  options.steps = settings.integer("generate-steps");
  options.batch_size = std::min(options.batch_size, options.samples);
  data::Dataset all;
  all.source = std::make_shared<data::MemorySource>(
      std::vector<data::MemorySource::Part>{
          {"", train::generate_inputs(teacher, options, context)}},
      std::nullopt);
  all.name = "generated inputs";
  all.indices.resize(static_cast<std::size_t>(options.samples));
  std::iota(all.indices.begin(), all.indices.end(), 0);
  const auto first_for_tuning =
      all.indices.begin() +
      static_cast<std::ptrdiff_t>(options.samples -
                                  std::max<std::int64_t>(options.samples / kTuneShare, 1));
  data::DataParts parts{.train = all, .tune = all, .test = all};
  parts.train.indices.assign(all.indices.begin(), first_for_tuning);
  parts.tune.indices.assign(first_for_tuning, all.indices.end());
  parts.test.indices.clear();
  return parts;
}

}  // namespace gcompress::compress
