// From settings (compress/fit_options.h) to train::FitOptions.
#pragma once

#include <optional>

#include "gcompress/compress/settings.h"
#include "gcompress/compress/stage.h"
#include "gcompress/core/train/fit.h"

namespace gcompress::compress {

train::FitOptions fit_options_of(const Settings& settings);

// The same with the checkpoint folder `name` of the stage.
train::FitOptions fit_options_of(const Settings& settings, const StageContext& context,
                                 const std::string& name);

// The network that teaches, by teacher_options: its answers join the loss for classes, and are all
// there is without labels.
std::optional<train::Teacher> teacher_of(const Settings& settings, const execute::Task& task,
                                         const graph::Network& network);

}  // namespace gcompress::compress
