// Errors that a user can act on: what is wrong, where, and what would work.
#pragma once

#include <exception>
#include <string>

namespace gcompress {

// Each kind is an exit code of the program (docs/formats.md); see exit_code().
enum class ErrorKind {
  kBug,          // 1: our own mistake
  kUsage,        // 2: wrong options or arguments
  kInput,        // 3: a file is damaged, hostile or does not fit
  kGoalMissed,   // 4: the goal was missed; the best result so far was written
  kUnsupported,  // 5: the network needs something we do not have; all of it is listed
  kInterrupted,  // 130: stopped by the user; --resume goes on
};

// The process exit code that a kind stands for.
int exit_code(ErrorKind kind);

// Where an error lies. Empty fields are left out of the sentence.
struct ErrorPlace {
  std::string file = {};
  std::string node = {};
  std::string value = {};
};

// A mistake of the user or of an input file. what() is one sentence, made of the parts:
//   FILE: node NODE: value VALUE: MESSAGE; REMEDY
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message, ErrorPlace place = {}, std::string remedy = {});

  const char* what() const noexcept override { return sentence_.c_str(); }
  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }
  const ErrorPlace& place() const { return place_; }
  const std::string& remedy() const { return remedy_; }

  // The same error with the file filled in, for callers that know it. A file already named stays.
  Error in_file(const std::string& file) const;

 private:
  ErrorKind kind_;
  std::string message_;
  ErrorPlace place_;
  std::string remedy_;
  std::string sentence_;
};

// Short ways to throw the two commonest kinds.
[[noreturn]] void throw_usage(const std::string& message, const std::string& remedy = {});
[[noreturn]] void throw_input(const std::string& message, const ErrorPlace& place = {},
                              const std::string& remedy = {});

// An assertion about our own code, never about user input. Active in every build.
#define GCOMPRESS_CHECK(condition)                                                         \
  do {                                                                                     \
    if (!(condition)) ::gcompress::internal::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)

namespace internal {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}  // namespace internal

}  // namespace gcompress
