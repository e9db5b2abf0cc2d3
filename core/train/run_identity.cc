// What a fit is a fit of.
#include "gcompress/core/train/run_identity.h"

#include <array>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "gcompress/core/base/hash.h"

namespace gcompress::train {
namespace {

// A running hash of unlike things; lengths are hashed too, so that neighbours do not run together.
class Digest {
 public:
  void add(std::string_view text) {
    add(text.size());
    value_ = hash64(text, value_);
  }
  template <typename T>
    requires std::is_arithmetic_v<T>
  void add(T number) {
    value_ = hash64(std::as_bytes(std::span(&number, 1)), value_);
  }
  template <typename T>
  void add(const std::vector<T>& items) {
    add(items.size());
    for (const T& item : items) add(item);
  }
  void add(const Tensor& tensor) {
    add(static_cast<std::int32_t>(tensor.dtype()));
    add(tensor.shape());
    value_ = hash64(tensor.bytes().view(), value_);
  }
  void add(const graph::Attribute& attribute) {
    add(attribute.name);
    std::visit([this](const auto& data) { add_data(data); }, attribute.data);
  }
  void add(const graph::Node& node) {
    add(node.op_type);
    add(node.domain);
    add(node.inputs);
    add(node.outputs);
    add(node.attributes);
  }
  void add(const graph::GraphPtr& graph) { add(*graph); }
  void add(const graph::Value& value) { add(value.name); }
  void add(const graph::Initializer& initializer) {
    add(initializer.name);
    add(initializer.value);
  }
  void add(const graph::Graph& graph) {
    add(graph.nodes);
    add(graph.initializers);
    add(graph.inputs);
    add(graph.outputs);
  }
  void add(const graph::Masks& masks) {
    add(masks.size());
    for (const auto& [id, mask] : masks) {
      add(id.scope);
      add(id.tensor);
      add(mask.shape());
      value_ = hash64(std::as_bytes(mask.words()), value_);
    }
  }

  std::uint64_t value() const { return value_; }

 private:
  void add_data(std::monostate) {}
  template <typename T>
  void add_data(const T& data) {
    add(data);
  }

  std::uint64_t value_ = 0;
};

// The first sample stands for the content: reading all would cost an epoch of decoding.
void add_data(Digest& digest, const data::Dataset& data) {
  digest.add(data.size());
  if (data.size() == 0) return;
  digest.add(data.source->size());
  digest.add(data.indices);
  digest.add(data.preprocessing.scale);
  digest.add(data.preprocessing.mean);
  digest.add(data.preprocessing.standard_deviation);
  digest.add(data.preprocessing.resize_height);
  digest.add(data.preprocessing.resize_width);
  const std::array<std::int64_t, 1> first = {0};
  const data::Batch batch = data.batch(first);
  for (const auto& [name, tensor] : batch.inputs) {
    digest.add(name);
    digest.add(tensor);
  }
  digest.add(batch.labels);
}

std::uint64_t digest_of(const FitOptions& options) {
  Digest digest;
  for (const std::int64_t number :
       {options.epochs, options.max_steps, options.batch_size,
        static_cast<std::int64_t>(options.optimizer), static_cast<std::int64_t>(options.schedule),
        options.warmup_steps, options.patience, options.augmentation.padded_crop,
        std::int64_t{options.augmentation.flip}, std::int64_t{options.restore_best},
        std::int64_t{options.channels_last}, std::int64_t{options.freeze_statistics},
        options.start_at, options.stop_after, static_cast<std::int64_t>(options.masked)}) {
    digest.add(number);
  }
  for (const double number :
       {options.learning_rate, options.momentum, options.weight_decay, options.l1, options.hold,
        options.step_factor, options.label_smoothing, options.clip_gradient, options.select_after,
        options.average, options.sharpness}) {
    digest.add(number);
  }
  digest.add(options.step_at);
  for (const auto& [id, tie] : options.ties) {
    digest.add(id.scope);
    digest.add(id.tensor);
    digest.add(tie);
  }
  return digest.value();
}

}  // namespace

std::uint64_t identity_of(const graph::Network& network) {
  Digest digest;
  digest.add(network.opset());
  digest.add(network.graph);
  return digest.value();
}

std::uint64_t identity_of(const data::Dataset& data) {
  Digest digest;
  add_data(digest, data);
  return digest.value();
}

RunIdentity identify(const graph::Network& network, const data::Dataset& train,
                     const data::Dataset& tune, const execute::Task& task,
                     const FitOptions& options, const graph::Masks& initial_masks,
                     const std::optional<Teacher>& teacher, const std::string& hooks,
                     std::uint64_t seed) {
  RunIdentity identity;
  identity.network = identity_of(network);
  Digest data;
  add_data(data, train);
  add_data(data, tune);
  data.add(static_cast<std::int64_t>(task.kind));
  data.add(task.output);
  identity.data = data.value();
  identity.options = digest_of(options);
  identity.seed = seed;
  Digest masks;
  masks.add(initial_masks);
  identity.masks = masks.value();
  if (teacher) {
    Digest digest;
    digest.add(identity_of(teacher->network));
    digest.add(teacher->temperature);
    digest.add(teacher->weight);
    identity.teacher = digest.value();
  }
  identity.hooks = hash64(hooks);
  return identity;
}

std::string differences(const RunIdentity& a, const RunIdentity& b) {
  const std::array<std::pair<bool, const char*>, 7> parts = {{
      {a.network == b.network, "the network"},
      {a.data == b.data, "the data or the task"},
      {a.options == b.options, "the options"},
      {a.seed == b.seed, "the seed"},
      {a.masks == b.masks, "the masks"},
      {a.teacher == b.teacher, "the teacher"},
      {a.hooks == b.hooks, "the way of pruning or distilling"},
  }};
  std::string text;
  for (const auto& [same, name] : parts) {
    if (!same) text += (text.empty() ? "" : " and ") + std::string(name);
  }
  return text;
}

}  // namespace gcompress::train
