// Handing a command over to the program that is linked with libtorch.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gcompress::tools {

// This program's own file.
std::filesystem::path this_program();

// Where the program that is linked with libtorch belongs, seen from this one; it need not be there.
std::filesystem::path training_program();

// The program that does not load libtorch unless it must: what workers are started with, so that
// one that runs another executor has none of libtorch's memory. This one where it is not there.
std::filesystem::path light_program();

// Replaces this process by libexec/gcompress/gcompress-train with the same arguments. Returns only
// by throwing Error(kUnsupported) when that program is not there.
[[noreturn]] void hand_over(const std::vector<std::string>& arguments);

}  // namespace gcompress::tools
