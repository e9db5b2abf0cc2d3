// Errors: the sentence and the exit code.
#include "gcompress/core/base/error.h"

#include <string_view>
#include <utility>

namespace gcompress {
namespace {

std::string make_sentence(const std::string& message, const ErrorPlace& place,
                          const std::string& remedy) {
  std::string sentence;
  if (!place.file.empty()) sentence += place.file + ": ";
  if (!place.node.empty()) sentence += "node '" + place.node + "': ";
  if (!place.value.empty()) sentence += "value '" + place.value + "': ";
  sentence += message;
  if (!remedy.empty()) sentence += "; " + remedy;
  return sentence;
}

}  // namespace

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kBug:
      return 1;
    case ErrorKind::kUsage:
      return 2;
    case ErrorKind::kInput:
      return 3;
    case ErrorKind::kGoalMissed:
      return 4;
    case ErrorKind::kUnsupported:
      return 5;
    case ErrorKind::kInterrupted:
      return 130;
  }
  return 1;
}

Error::Error(ErrorKind kind, std::string message, ErrorPlace place, std::string remedy)
    : kind_(kind),
      message_(std::move(message)),
      place_(std::move(place)),
      remedy_(std::move(remedy)),
      sentence_(make_sentence(message_, place_, remedy_)) {}

Error Error::in_file(const std::string& file) const {
  ErrorPlace place = place_;
  if (place.file.empty()) place.file = file;
  return Error(kind_, message_, place, remedy_);
}

void throw_usage(const std::string& message, const std::string& remedy) {
  throw Error(ErrorKind::kUsage, message, {}, remedy);
}

void throw_input(const std::string& message, const ErrorPlace& place, const std::string& remedy) {
  throw Error(ErrorKind::kInput, message, place, remedy);
}

namespace internal {

void check_failed(const char* condition, const char* file, int line) {
  throw Error(ErrorKind::kBug,
              std::string("internal check failed: ") + condition + " at " + file + ":" +
                  std::to_string(line),
              {}, "please report this with the command that led to it");
}

}  // namespace internal
}  // namespace gcompress
