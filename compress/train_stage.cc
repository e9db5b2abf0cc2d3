// The row of the stage "train".
#include "gcompress/compress/train_stage.h"

#include "gcompress/compress/fit_options.h"
#include "gcompress/core/base/error.h"

namespace gcompress::compress {

StageRow train_stage(void (*run)(Settings&, StageState&, const StageContext&)) {
  return {.name = "train",
          .summary = "train a network",
          .options = fit_options(),
          .compresses = false,
          .needs_training = [](const Settings&, const Settings&) { return true; },
          .validate =
              [](const Settings&, const Settings& common) {
                if (common.text("data").empty()) {
                  throw_usage("training needs data", "add --data, as in --data mnist:DIR");
                }
              },
          .run = run};
}

}  // namespace gcompress::compress
