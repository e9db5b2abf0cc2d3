// gcompress distill --list-features: what can be named in --features.
#pragma once

#include "gcompress/compress/recipe.h"

namespace gcompress::tools {

// Prints the inner values of the recipe's network and of its first teacher, with shapes.
void list_features(const compress::Recipe& recipe);

}  // namespace gcompress::tools
