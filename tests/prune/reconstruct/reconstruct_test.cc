// The walk: what is fitted, what stays, what is said.
#include "gcompress/prune/reconstruct/reconstruct.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>

#include "gcompress/core/data/memory_source.h"
#include "gcompress/core/data/splits.h"
#include "gcompress/core/graph/masks.h"
#include "gcompress/prune/reconstruct/staged_run.h"
#include "tests/prune/networks.h"
#include "tests/support/naive_executor.h"

namespace gcompress::prune {
namespace {

using testing::naive_factory;
using testing::normal_samples;

struct Case {
  graph::Network network;
  data::Dataset samples;

  Calibration calibration() const { return {.data = &samples, .make_executor = naive_factory()}; }
};

Case resnet() { return {testing::small_resnet(1), normal_samples(24, {2, 6, 6})}; }

// |a - b|^2 / |b|^2 of the last outputs on fresh samples.
double distance(const graph::Network& network, const graph::Network& dense, const Shape& sample) {
  Shape shape = {64};
  shape.insert(shape.end(), sample.begin(), sample.end());
  RandomStream random(77, "fresh samples");
  testing::NaiveTensor x{shape, {}};
  for (std::int64_t i = 0; i < element_count(shape); ++i) x.values.push_back(random.normal());
  const std::string out = dense.graph.outputs[0].name;
  const auto a = testing::run_naively(network, {{"x", x}}).at(out).values;
  const auto b = testing::run_naively(dense, {{"x", x}}).at(out).values;
  double difference = 0;
  double size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += (a[i] - b[i]) * (a[i] - b[i]);
    size += b[i] * b[i];
  }
  return difference / size;
}

PruneResult one_shot(const Case& given, const PruneOptions& options, const Plan& plan) {
  ScoreInputs evidence;
  if (options.criterion == "obs") {
    evidence.removal_costs = removal_costs(given.network, plan, given.calibration(), {}, {});
  }
  if (options.criterion == "wanda") {
    evidence.input_norms = input_norms(given.network, plan, given.calibration(), {}, {});
  }
  return prune_one_shot(given.network, plan, options, evidence);
}

TEST(Reconstruct, WithoutPruningNothingChanges) {
  const Case given = resnet();
  const Plan plan = make_plan(given.network, {.target = 1});
  const Reconstruction result =
      reconstruct(given.network, plan, {}, given.calibration(), {.batch_size = 5}, {});
  EXPECT_EQ(result.layers, 3);
  // Normal equations dampened towards the present weights; values are float32.
  EXPECT_LT(distance(result.network, given.network, {2, 6, 6}), 1e-9);
}

TEST(Reconstruct, KeepsMasksExactlyAndComesNearerToTheDenseNetwork) {
  const Case given = resnet();
  const PruneOptions options = {.target = 0.6};
  const Plan plan = make_plan(given.network, options);
  const PruneResult cut = one_shot(given, options, plan);
  const Reconstruction fitted =
      reconstruct(given.network, plan, cut.masks, given.calibration(), {}, {});
  for (const auto& [id, mask] : cut.masks) {
    const Tensor& value = fitted.network.graph.initializer(id.tensor)->value;
    const std::vector<float> values = to_float32(value);
    for (std::int64_t i = 0; i < mask.size(); ++i) {
      EXPECT_TRUE(mask.test(i) || values[static_cast<std::size_t>(i)] == 0) << id.tensor;
    }
  }
  EXPECT_LT(distance(fitted.network, given.network, {2, 6, 6}),
            0.5 * distance(cut.network, given.network, {2, 6, 6}));
  const PruneResult result = finish(fitted.network, plan, cut.masks);
  EXPECT_LE(result.kept, plan.budget);
}

TEST(Reconstruct, OneLayerIsTheLeastSquaresFit) {
  // x -> Gemm alone: the fitted row must be that of the normal equations with the mask.
  testing::NetworkBuilder b({2, 5}, 8);
  b.gemm("g", "x", 5, 2);
  const Case given{b.finish("g", {2, 2}), normal_samples(40, {5})};
  const Plan plan = make_plan(given.network, {.target = 0.9});
  graph::Mask mask({2, 5}, true);
  mask.set(0, false);
  mask.set(7, false);
  const graph::Masks masks = {{{{}, "g.weight"}, mask}};
  const Reconstruction result =
      reconstruct(given.network, plan, masks, given.calibration(), {.damping = 1e-12}, {});
  const data::Batch batch = given.samples.batch(data::all_indices(40));
  const auto x = batch.inputs[0].second.as<float>();
  const auto dense = to_float32(given.network.graph.initializer("g.weight")->value);
  const auto fitted = to_float32(result.network.graph.initializer("g.weight")->value);
  const auto bias = to_float32(given.network.graph.initializer("g.bias")->value);
  const auto shifted = to_float32(result.network.graph.initializer("g.bias")->value);
  // Residuals of a least-squares fit with a constant are orthogonal to every kept input, and sum
  // to 0.
  for (std::size_t row = 0; row < 2; ++row) {
    for (std::size_t feature = 0; feature <= 5; ++feature) {
      if (feature < 5 && !mask.test(static_cast<std::int64_t>(row * 5 + feature))) continue;
      double product = 0;
      for (std::size_t n = 0; n < 40; ++n) {
        double residual = shifted[row] - bias[row];
        for (std::size_t i = 0; i < 5; ++i) {
          residual += double{x[n * 5 + i]} * (fitted[row * 5 + i] - dense[row * 5 + i]);
        }
        product += residual * (feature < 5 ? x[n * 5 + feature] : 1);
      }
      EXPECT_NEAR(product, 0, 1e-4);  // sums of 40 float32 products
    }
  }
}

TEST(Reconstruct, LaterLayersMakeUpForEarlierOnes) {
  // The second layer's targets are the dense network's: fed by a pruned first layer it moves, even
  // where it keeps all its own weights.
  const Case given{testing::medium_mlp(3), normal_samples(600, {100})};
  const PruneOptions options = {.target = 0.5, .only = {"l1"}};
  const Plan plan = make_plan(given.network, options);
  const PruneResult cut = one_shot(given, options, plan);
  const Reconstruction fitted =
      reconstruct(given.network, plan, cut.masks, given.calibration(), {}, {});
  EXPECT_FALSE(identical(fitted.network.graph.initializer("l2.weight")->value,
                         given.network.graph.initializer("l2.weight")->value));
  EXPECT_LT(distance(fitted.network, given.network, {100}),
            distance(cut.network, given.network, {100}));
}

TEST(Reconstruct, ObsBeatsMagnitudeWhereInputsGoTogether) {
  // Inputs 0 and 1 are nearly the same: either can carry both. Magnitude keeps both big weights.
  testing::NetworkBuilder b({2, 4}, 9);
  b.constant("w", Tensor::from<float>({4, 1}, {2.0F, 2.0F, 1.0F, 0.9F}));
  b.node("MatMul", "m", {"x", "w"});
  const graph::Network network = b.finish("m", {2, 1});
  RandomStream random(4, "twins");
  std::vector<float> values;
  for (int i = 0; i < 100; ++i) {
    const float twin = random.normal();
    values.insert(values.end(),
                  {twin, twin + 0.01F * random.normal(), random.normal(), random.normal()});
  }
  const Case given{network, testing::samples_of(Tensor::from<float>({100, 4}, values))};
  PruneOptions options = {.target = 0.75};
  const Plan plan = make_plan(network, options);
  options.criterion = "obs";
  const graph::Mask obs = one_shot(given, options, plan).masks.at({{}, "w"});
  EXPECT_EQ(obs.kept(), 3);
  EXPECT_TRUE(obs.test(2) && obs.test(3));
}

TEST(Reconstruct, InputNormsAreRootMeanSquaresPerGroup) {
  testing::NetworkBuilder b({2, 4, 3, 3}, 10);
  b.conv("c", "x", {4, 2, 1, 1}, false, 0, 2);
  const Case given{b.finish("c", {2, 4, 3, 3}), normal_samples(16, {4, 3, 3})};
  const Plan plan = make_plan(given.network, {.target = 0.9});
  const auto norms = input_norms(given.network, plan, given.calibration(), {}, {});
  const std::vector<float>& found = norms.at({{}, "c.weight"});
  ASSERT_EQ(found.size(), 4U);
  const auto x = given.samples.batch(data::all_indices(16)).inputs[0].second;
  for (std::size_t channel = 0; channel < 4; ++channel) {
    double squares = 0;
    for (std::size_t n = 0; n < 16; ++n) {
      for (std::size_t place = 0; place < 9; ++place) {
        const double value = x.as<float>()[(n * 4 + channel) * 9 + place];
        squares += value * value;
      }
    }
    EXPECT_NEAR(found[channel], std::sqrt(squares / 144), 1e-5);
  }
}

TEST(Reconstruct, PatternsAreKept) {
  const Case given{testing::medium_mlp(5), normal_samples(150, {100})};
  const PruneOptions options = {
      .target = 0.55, .criterion = "obs", .pattern = graph::parse_pattern("2:4")};
  const Plan plan = make_plan(given.network, options);
  const PruneResult cut = one_shot(given, options, plan);
  const Reconstruction fitted =
      reconstruct(given.network, plan, cut.masks, given.calibration(), {}, {});
  const std::vector<float> values =
      to_float32(fitted.network.graph.initializer("l1.weight")->value);
  for (std::size_t first = 0; first < values.size(); first += 4) {
    int kept = 0;
    for (std::size_t i = 0; i < 4; ++i) kept += values[first + i] != 0 ? 1 : 0;
    EXPECT_LE(kept, 2);
  }
  EXPECT_LT(distance(fitted.network, given.network, {100}),
            distance(cut.network, given.network, {100}));
}

TEST(Reconstruct, SameSeedSameBitsWhateverTheThreads) {
  const Case given = resnet();
  const PruneOptions options = {.target = 0.6};
  const Plan plan = make_plan(given.network, options);
  const graph::Masks masks = one_shot(given, options, plan).masks;
  RunContext one;
  one.threads = 1;
  RunContext three;
  three.threads = 3;
  const auto values = [&](const RunContext& context) {
    return reconstruct(given.network, plan, masks, given.calibration(), {.samples = 10}, context)
        .network.graph.initializer("c2.weight")
        ->value;
  };
  EXPECT_TRUE(identical(values(one), values(three)));
  RunContext other = one;
  other.seed = 1;
  EXPECT_FALSE(identical(values(one), values(other)));  // other samples
}

TEST(Reconstruct, HoldsNoMoreThanItsBudgetAndFitsTheSame) {
  const Case given = resnet();
  const Plan plan = make_plan(given.network, {.target = 0.6});
  const graph::Masks masks = one_shot(given, {.target = 0.6}, plan).masks;
  const auto value = [&](std::int64_t held) {
    return reconstruct(given.network, plan, masks, given.calibration(),
                       {.batch_size = 4, .held_bytes = held}, {})
        .network.graph.initializer("fc.weight")
        ->value;
  };
  // What is held is float32; the naive runner's values on the way are float64.
  const std::vector<float> held = to_float32(value(1 << 20));
  const std::vector<float> again = to_float32(value(0));
  for (std::size_t i = 0; i < held.size(); ++i) EXPECT_NEAR(held[i], again[i], 1e-4);

  const execute::ExecutorFactory factory = naive_factory();
  const SampleBatches batches = choose_samples(given.network, factory, given.samples, 24, 4, 0);
  ASSERT_EQ(batches.positions.size(), 12U);  // the network declares batches of 2
  // r1 is 4 x 6 x 6 floats: 576 bytes a sample.
  for (const std::int64_t budget : {std::int64_t{24 * 576}, std::int64_t{24 * 576 - 1}}) {
    const RunContext context;
    StagedRun run(factory, batches, budget, context);
    run.begin(given.network, 3, {"r1"});
    for (std::size_t i = 0; i < 12; ++i) run.next_batch();
    EXPECT_EQ(run.most_held_bytes(), budget == 24 * 576 ? budget : 0);
    run.begin(given.network, 7, {"r2"});
    EXPECT_EQ(run.next_batch().at("r2").shape(), (Shape{2, 4, 6, 6}));
  }
}

TEST(Reconstruct, FewerSamplesThanAskedAreAllTaken) {
  const Case given = resnet();
  const SampleBatches batches =
      choose_samples(given.network, naive_factory(), given.samples, 1000, 7, 0);
  std::size_t count = 0;
  for (const auto& positions : batches.positions) count += positions.size();
  // A network that declares a batch of 2 gets full batches of 2.
  EXPECT_EQ(count, 24U);
  EXPECT_EQ(batches.positions.front().size(), 2U);
}

TEST(Reconstruct, TooFewSamplesAreDampenedAndStillFit) {
  const Case given{testing::medium_mlp(6), normal_samples(2, {100})};
  const PruneOptions options = {.target = 0.5};
  const Plan plan = make_plan(given.network, options);
  const graph::Masks masks = one_shot(given, options, plan).masks;
  const Reconstruction result =
      reconstruct(given.network, plan, masks, given.calibration(), {.damping = 1e-12}, {});
  ASSERT_FALSE(result.notes.empty());
  EXPECT_NE(result.notes.front().find("singular"), std::string::npos) << result.notes.front();
  for (const float value : to_float32(result.network.graph.initializer("l1.weight")->value)) {
    EXPECT_TRUE(std::isfinite(value));
  }
}

TEST(Reconstruct, ValuesThatAreNotFiniteAreNamed) {
  testing::NetworkBuilder b({2, 3}, 11);
  b.node("Add", "shifted",
         {"x", b.constant("infinity",
                          Tensor::from<float>({1}, {std::numeric_limits<float>::infinity()}))});
  b.gemm("g", "shifted", 3, 3);
  Case given{b.finish("g", {2, 3}), normal_samples(4, {3})};
  given.network.graph.initializer("infinity")->value = Tensor::from<float>({1}, {0});
  const Plan plan = make_plan(given.network, {.target = 0.9});
  given.network.graph.initializer("infinity")->value =
      Tensor::from<float>({1}, {std::numeric_limits<float>::infinity()});
  try {
    reconstruct(given.network, plan, {}, given.calibration(), {}, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_EQ(error.place().node, "g");
    EXPECT_EQ(error.place().value, "shifted");
  }
}

TEST(Reconstruct, ANetworkWithoutALayerToFitIsAUsageError) {
  testing::NetworkBuilder b({2, 4}, 12);
  b.node("MatMul", "a", {"x", b.floats("w", {4, 4})});
  b.node("MatMul", "c", {"a", "w"});  // shared: not one layer's own
  const Case given{b.finish("c", {2, 4}), normal_samples(4, {4})};
  const Plan plan = make_plan(given.network, {.target = 0.5});
  try {
    reconstruct(given.network, plan, {}, given.calibration(), {}, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
  }
}

TEST(Reconstruct, StopsWhenAsked) {
  const Case given = resnet();
  const Plan plan = make_plan(given.network, {.target = 0.6});
  const std::atomic<bool> cancel = true;
  RunContext context;
  context.cancel = &cancel;
  EXPECT_THROW(reconstruct(given.network, plan, {}, given.calibration(), {}, context), Error);
}

}  // namespace
}  // namespace gcompress::prune
