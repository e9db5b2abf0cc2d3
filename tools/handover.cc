// Handing over by exec.
#include "gcompress/tools/handover.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "gcompress/core/base/error.h"
#include "gcompress/tools/command.h"

namespace gcompress::tools {

std::filesystem::path this_program() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error);
}

std::filesystem::path training_program() {
  return this_program().parent_path().parent_path() / "libexec" / "gcompress" / "gcompress-train";
}

std::filesystem::path light_program() {
  const std::filesystem::path light =
      this_program().parent_path().parent_path().parent_path() / "bin" / "gcompress";
  std::error_code error;
  return program_trains() && std::filesystem::exists(light, error) ? light : this_program();
}

void hand_over(const std::vector<std::string>& arguments) {
  const std::filesystem::path program = training_program();
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execv(program.c_str(), argv.data());
  throw Error(ErrorKind::kUnsupported,
              "this work runs networks, and '" + program.string() +
                  "' cannot be started: " + std::strerror(errno),
              {}, "build with libtorch (make deps build), or leave --data out");
}

}  // namespace gcompress::tools
