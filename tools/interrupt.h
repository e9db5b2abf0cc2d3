// Ctrl-C and SIGTERM: the first asks for an orderly stop, the second ends at once.
#pragma once

#include <atomic>

namespace gcompress::tools {

void install_interrupt_handler();
const std::atomic<bool>& interrupt_flag();

}  // namespace gcompress::tools
