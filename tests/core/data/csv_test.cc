// CSV: quoting, classes, standardising, errors with file, line and column.
#include "gcompress/core/data/csv.h"

#include <gtest/gtest.h>

#include <cmath>

#include "gcompress/core/data/dataset.h"
#include "tests/support/scratch.h"

namespace gcompress::data {
namespace {

using testing::Scratch;
using testing::thrown_by;
using Fields = std::vector<std::string>;

std::vector<Fields> records(const std::string& text, char separator = ',') {
  const Scratch scratch;
  CsvReader reader(scratch.write("x.csv", text), separator);
  std::vector<Fields> all;
  for (Fields fields; reader.next(fields);) all.push_back(fields);
  return all;
}

TEST(Csv, SplitsRecordsAsTheRfcSays) {
  EXPECT_EQ(records("a,b\n1,2\n"), (std::vector<Fields>{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(records("a,b\r\n1,2"), (std::vector<Fields>{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(records("\xEF\xBB\xBF\"a\",\"b\"\r\n"), (std::vector<Fields>{{"a", "b"}}));
  EXPECT_EQ(records("\"a,\"\"b\"\"\nc\",d"), (std::vector<Fields>{{"a,\"b\"\nc", "d"}}));
  EXPECT_EQ(records("a,,\n,b,"), (std::vector<Fields>{{"a", "", ""}, {"", "b", ""}}));
  EXPECT_EQ(records("a;b\tc", ';'), (std::vector<Fields>{{"a", "b\tc"}}));
  EXPECT_EQ(records("\n\r\na\n\n\nb\n\n"), (std::vector<Fields>{{"a"}, {"b"}}));
  EXPECT_EQ(records("a b\"c"), (std::vector<Fields>{{"a b\"c"}}));
  EXPECT_TRUE(records("").empty());
}

TEST(Csv, BadQuotesNameTheLine) {
  EXPECT_NE(thrown_by([] { records("a\n\"b\nc"); }).find("x.csv: line 2:"), std::string::npos);
  EXPECT_NE(thrown_by([] { records("\"a\nb\"\n\"c\"d\n"); }).find("line 3:"), std::string::npos);
}

std::string flowers() {
  std::string text = "length,\"width, cm\",species\n";
  for (int i = 0; i < 30; ++i) {
    text += std::to_string(i) + "," + std::to_string(2 * i + 5) + "," +
            (i % 3 == 0   ? "rose"
             : i % 3 == 1 ? "aster"
                          : "\"tulip, red\"") +
            "\n";
  }
  return text;
}

TEST(CsvData, TextLabelsBecomeSortedClassesAndFeaturesAreStandardised) {
  const Scratch scratch;
  const auto file = scratch.write("f.csv", flowers());
  const auto parts = open("csv:" + file.string() + ",label=species", {.seed = 2}, {});
  EXPECT_EQ(parts.task, "classification");
  EXPECT_EQ(parts.train.classes, (Fields{"aster", "rose", "tulip, red"}));
  EXPECT_EQ(parts.test.size(), 6);
  const Batch all = parts.test.batch(std::vector<std::int64_t>{0});
  const std::int64_t row = parts.test.indices[0];
  EXPECT_EQ(all.labels.as<std::int64_t>()[0], row % 3 == 0 ? 1 : row % 3 == 1 ? 0 : 2);
  // Over the training and tuning parts together, mean 0 and deviation 1.
  std::vector<double> sum(2);
  std::vector<double> squares(2);
  for (const Dataset* part : {&parts.train, &parts.tune}) {
    for (std::int64_t i = 0; i < part->size(); ++i) {
      const Batch batch = part->batch(std::vector<std::int64_t>{i});
      for (std::size_t c = 0; c < 2; ++c) {
        const double value = batch.inputs.front().second.as<float>()[c];
        sum[c] += value / 24;
        squares[c] += value * value / 24;
      }
    }
  }
  for (std::size_t c = 0; c < 2; ++c) {
    EXPECT_NEAR(sum[c], 0, 1e-6);  // float32 rounding of 24 values near 1
    EXPECT_NEAR(squares[c], 1, 1e-6);
  }
}

TEST(CsvData, WholeNumbersAreClassesInNumericalOrderAndOthersValues) {
  const Scratch scratch;
  std::string text = "x,y,z\n";
  for (int i = 0; i < 12; ++i) {
    text += "1," + std::to_string(i % 2 == 0 ? 10 : 9) + "," + std::to_string(i) + ".5\n";
  }
  const std::string file = "csv:" + scratch.write("n.csv", text).string();
  const auto classes = open(file + ",label=y,drop=z", {}, {});
  EXPECT_EQ(classes.train.classes, (Fields{"9", "10"}));
  EXPECT_EQ(classes.train.source->inputs().front().shape, (Shape{1}));
  const auto values = open(file + ",label=z", {}, {});
  EXPECT_EQ(values.task, "regression");
  EXPECT_EQ(values.train.source->labels()->shape, (Shape{1}));
  EXPECT_EQ(open(file + ",label=y,task=regression", {}, {}).task, "regression");
  EXPECT_FALSE(open(file, {}, {}).train.labelled());
}

TEST(CsvData, ATestFileKeepsTheTrainingClasses) {
  const Scratch scratch;
  const auto train = scratch.write("train.csv", flowers());
  const auto test = scratch.write("test.csv", "length,\"width, cm\",species\n1,2,rose\n");
  const std::string text = "csv:" + train.string() + ",label=species,test=" + test.string();
  const auto parts = open(text, {}, {});
  EXPECT_EQ(parts.test.size(), 1);
  EXPECT_EQ(parts.test.batch(std::vector<std::int64_t>{0}).labels.as<std::int64_t>()[0], 1);
  scratch.write("test.csv", "length,\"width, cm\",species\n1,2,rose\n1,2,nettle\n");
  const std::string error = thrown_by([&] { open(text, {}, {}); });
  EXPECT_NE(error.find("test.csv: line 3: the label \"nettle\""), std::string::npos) << error;
  scratch.write("test.csv", "length,height,species\n1,2,rose\n");
  EXPECT_NE(thrown_by([&] { open(text, {}, {}); }).find("height"), std::string::npos);
}

TEST(CsvData, ErrorsNameFileLineAndColumn) {
  const Scratch scratch;
  const auto error = [&](const std::string& text, const std::string& options) {
    const auto file = scratch.write("bad.csv", text);
    return thrown_by([&] { open("csv:" + file.string() + options, {}, {}); });
  };
  EXPECT_NE(error("a,b\n1,2\n\n1,x\n", ",label=a").find("bad.csv: line 4, column b: \"x\""),
            std::string::npos);
  EXPECT_NE(error("a,b\n1,\n", ",label=a").find("line 2, column b"), std::string::npos);
  EXPECT_NE(error("a,b\n1,nan\n", ",label=a").find("line 2"), std::string::npos);
  EXPECT_NE(error("a,b\n1,1e39\n", ",label=a").find("line 2"), std::string::npos);
  EXPECT_NE(error("a,b\n,1\n", ",label=a").find("column a"), std::string::npos);
  EXPECT_NE(error("a,b\n1,2,3\n", "").find("3 fields"), std::string::npos);
  EXPECT_NE(error("a,b\n1,2\n", ",label=c").find("a, b"), std::string::npos);
  EXPECT_NE(error("a,a\n1,2\n", "").find("twice"), std::string::npos);
  EXPECT_NE(error("a\n1\n", ",label=a").find("no column is left"), std::string::npos);
  EXPECT_NE(error("", "").find("empty"), std::string::npos);
  EXPECT_NE(error("a,b\n1,2\n1,2\n", "").find("2 samples"), std::string::npos);
  EXPECT_NE(error("a,b\n1,2\n", ",lable=a").find("no option lable"), std::string::npos);
  EXPECT_THROW(open("csv:" + scratch.path().string(), {}, {}), Error);
}

}  // namespace
}  // namespace gcompress::data
