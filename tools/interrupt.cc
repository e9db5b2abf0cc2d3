// Signals.
#include "gcompress/tools/interrupt.h"

#include <signal.h>

#include <array>

namespace gcompress::tools {
namespace {

std::atomic<bool> interrupted{false};
std::atomic<pid_t> receiver{0};
std::atomic<int> waiting{0};  // a signal that came before its receiver
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free &&
              std::atomic<pid_t>::is_always_lock_free);

constexpr std::array kForwarded = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};

void on_signal(int number) {
  interrupted.store(true);
  signal(number, SIG_DFL);
}

void forward(int number, siginfo_t* info, void*) {
  const pid_t process = receiver.load();
  if (process == 0) {
    waiting.store(number);
  } else if (info->si_code != SI_KERNEL) {
    kill(process, number);
  }
}

}  // namespace

void install_interrupt_handler() {
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
}

const std::atomic<bool>& interrupt_flag() { return interrupted; }

void keep_signals() {
  for (const int number : kForwarded) {
    struct sigaction now{};
    if (sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN) continue;
    struct sigaction action{};
    action.sa_sigaction = forward;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigaction(number, &action, nullptr);
  }
}

void forward_signals_to(pid_t process) {
  receiver.store(process);
  const int number = waiting.exchange(0);
  if (process != 0 && number != 0) kill(process, number);
}

}  // namespace gcompress::tools
