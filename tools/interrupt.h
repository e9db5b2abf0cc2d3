// Ctrl-C and SIGTERM: the first asks for an orderly stop, the second ends at once. And signals for
// a command that runs in our place.
#pragma once

#include <sys/types.h>

#include <atomic>

namespace gcompress::tools {

void install_interrupt_handler();
const std::atomic<bool>& interrupt_flag();

// From here on signals that ask a program to end or to do something are passed on, and none of them
// ends us. Those that came before forward_signals_to() wait for it. Signals that were ignored stay
// so.
void keep_signals();
// To this process; 0: to none. What the terminal sends (Ctrl-C) it got already, being in our group.
void forward_signals_to(pid_t process);

}  // namespace gcompress::tools
