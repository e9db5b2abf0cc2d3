// Sensitivities and cost models in files: what is read is what was written, and nothing else.
#include "gcompress/compress/pruning/sensitivity_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "gcompress/core/base/error.h"
#include "tests/support/scratch.h"

namespace gcompress::compress {
namespace {

using ::testing::HasSubstr;

class SensitivityFile : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& text) {
    const auto file = scratch_.path() / "sensitivity.json";
    std::ofstream(file) << text;
    return file;
  }
  std::string error_of(const std::string& text) {
    try {
      read_sensitivity(write(text), "x");
    } catch (const Error& error) {
      return error.what() + error.remedy();
    }
    return {};
  }
  testing::Scratch scratch_;
};

TEST_F(SensitivityFile, IsReadAsItWasWritten) {
  SensitivityStudy study{.identity = "x", .curves = {}};
  study.curves[{"", "a"}] = {{0.5, 0.125}, {0.1, 3}};
  study.curves[{"body/", "b"}] = {};
  const auto file = scratch_.path() / "s.json";
  write_sensitivity(file, study);
  const SensitivityStudy read = read_sensitivity(file, "x");
  ASSERT_EQ(read.curves.size(), 2U);
  EXPECT_EQ((read.curves.at({"", "a"}).at(1).density), 0.1);
  EXPECT_EQ((read.curves.at({"", "a"}).at(0).loss), 0.125);
}

TEST_F(SensitivityFile, OfAnotherStudyIsRefused) {
  EXPECT_THAT(error_of(R"({"schema": "gcompress-sensitivity/1", "identity": "y", "layers": []})"),
              HasSubstr("something else: y"));
}

TEST_F(SensitivityFile, WhatIsDamagedIsRefusedWithAReason) {
  EXPECT_THAT(error_of("{"), HasSubstr("not JSON"));
  EXPECT_THAT(error_of("[]"), HasSubstr("missing"));
  EXPECT_THAT(error_of(R"({"schema": "gcompress-report/1"})"), HasSubstr("no file of the schema"));
  const std::string head = R"({"schema": "gcompress-sensitivity/1", "identity": "x", "layers": )";
  EXPECT_THAT(error_of(head + "3}"), HasSubstr("no list"));
  EXPECT_THAT(error_of(head + "[{}]}"), HasSubstr("missing"));
  const std::string layer = head + R"([{"scope": "", "tensor": "a", "points": )";
  EXPECT_THAT(error_of(layer + R"([{"density": 0.1, "loss": -1}]}]})"), HasSubstr("range"));
  EXPECT_THAT(error_of(layer + R"([{"density": 1e999, "loss": 1}]}]})"), HasSubstr("JSON"));
  EXPECT_THAT(error_of(layer + R"([{"density": 0.1, "loss": 1}, {"density": 0.2, "loss": 1}]}]})"),
              HasSubstr("fall"));
  EXPECT_THAT(error_of(std::string(2000, '[')), HasSubstr("deep"));
}

}  // namespace
}  // namespace gcompress::compress
