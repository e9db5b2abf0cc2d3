// The options of training, shared by every stage that fits: train, and prune with recovery.
#pragma once

#include <string>
#include <vector>

#include "gcompress/compress/settings.h"

namespace gcompress::compress {

// Options as compress/training/fit_settings turns them into train::FitOptions. The defaults suit
// training from scratch with AdamW; a stage may overwrite them in its own table.
std::vector<OptionRow> fit_options();

// Options of being taught while fitting, "distill" and "temperature", by the network named:
// "dense".
std::vector<OptionRow> teacher_options(const std::string& network);

// The rows with the default of one of them replaced.
void set_default(std::vector<OptionRow>& rows, const std::string& name, SettingValue value);

}  // namespace gcompress::compress
