// The teachers at work.
#include "gcompress/distill/teachers.h"

#include <algorithm>
#include <array>
#include <span>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/hash.h"
#include "gcompress/core/train/learner.h"
#include "gcompress/core/train/losses.h"
#include "gcompress/core/train/run_identity.h"

namespace gcompress::distill {
namespace {

using execute::TaskKind;

std::string name_of(const graph::Network& teacher, std::size_t place) {
  return teacher.source.empty() ? "the teacher " + std::to_string(place + 1)
                                : "the teacher " + teacher.source.filename().string();
}

std::string list_of(const std::vector<graph::Value>& values) {
  std::string names;
  for (const graph::Value& value : values) names += (names.empty() ? "" : ", ") + value.name;
  return names;
}

std::string shown(const graph::Value& value) {
  if (!value.shape) return "any shape";
  std::string text;
  for (const graph::Dimension& dimension : *value.shape) {
    text += text.empty() ? "[" : ", ";
    text += dimension.known() ? std::to_string(dimension.size)
                              : (dimension.symbol.empty() ? "?" : dimension.symbol);
  }
  return text + "]";
}

bool same_samples(const graph::Value& a, const graph::Value& b) {
  if (!a.shape || !b.shape) return true;
  if (a.shape->size() != b.shape->size()) return false;
  for (std::size_t i = 1; i < a.shape->size(); ++i) {
    const graph::Dimension& one = (*a.shape)[i];
    const graph::Dimension& other = (*b.shape)[i];
    if (one.known() && other.known() && one.size != other.size) return false;
  }
  return true;
}

void check_inputs(const std::string& name, const std::vector<graph::Value>& teacher,
                  const std::vector<graph::Value>& student) {
  const bool single = teacher.size() == 1 && student.size() == 1;
  for (const graph::Value& input : teacher) {
    const auto found = std::ranges::find_if(
        student, [&](const graph::Value& value) { return single || value.name == input.name; });
    if (found == student.end()) {
      throw_usage(
          name + " takes the inputs " + list_of(teacher) + ", the student " + list_of(student),
          "give networks that take the same inputs");
    }
    if (!same_samples(input, *found)) {
      throw_usage(
          name + " takes samples of shape " + shown(input) + ", the student " + shown(*found),
          "give networks that take the same samples");
    }
    if (input.shape && !input.shape->empty() && input.shape->front().known()) {
      throw_usage(name + " takes batches of " + std::to_string(input.shape->front().size) + " only",
                  "export it with a symbolic batch dimension");
    }
  }
}

// The number of answers to a sample; -1 where the network does not say.
std::int64_t answers_of(const graph::Network& network) {
  if (network.graph.outputs.empty() || !network.graph.outputs.front().shape) return -1;
  std::int64_t count = 1;
  const auto& shape = *network.graph.outputs.front().shape;
  for (std::size_t i = 1; i < shape.size(); ++i) {
    if (!shape[i].known()) return -1;
    count *= shape[i].size;
  }
  return count;
}

void check_answers(const std::string& name, const graph::Network& teacher, const DistillJob& job) {
  const std::int64_t of_teacher = answers_of(teacher);
  const std::int64_t of_student = answers_of(job.student);
  if (of_teacher == of_student || of_teacher < 0 || of_student < 0) return;
  const char* what = job.task.kind == TaskKind::kClassification ? "classes" : "numbers";
  throw_usage(name + " answers with " + std::to_string(of_teacher) + " " + what +
                  ", the student with " + std::to_string(of_student),
              "give networks for the same answers");
}

}  // namespace

Teachers::Teachers(const DistillJob& job, const std::vector<std::string>& values,
                   torch::Device device)
    : labelled_(job.task.kind != TaskKind::kUnlabelled) {
  const auto of_student = graph::runtime_inputs(job.student.graph);
  for (std::size_t i = 0; i < job.teachers.size(); ++i) {
    const graph::Network& teacher = job.teachers[i];
    const std::string name = name_of(teacher, i);
    const auto inputs = graph::runtime_inputs(teacher.graph);
    check_inputs(name, inputs, of_student);
    inputs_.push_back(inputs.size() == 1 ? inputs.front().name : "");
    check_answers(name, teacher, job);
    tasks_.push_back(execute::make_task(teacher, job.train, execute::name_of(job.task.kind)));
    programs_.emplace_back(
        teacher, train::ProgramOptions{.device = device,
                                       .channels_last = train::has_convolutions(teacher),
                                       .values = i == 0 ? values : std::vector<std::string>{}});
    programs_.back().set_training(false);
  }
}

Answer Teachers::answer(const train::TorchValues& inputs) {
  const torch::NoGradGuard no_gradients;
  Answer answer;
  for (std::size_t i = 0; i < programs_.size(); ++i) {
    train::TorchValues named = inputs;
    if (!inputs_[i].empty() && inputs.size() == 1) named = {{inputs_[i], inputs.begin()->second}};
    std::vector<torch::Tensor> outputs =
        programs_[i].forward(named, i == 0 ? &answer.values : nullptr);
    if (labelled_) {
      const bool numbers = tasks_[i].kind == TaskKind::kRegression;
      outputs = {numbers ? outputs[0] : train::logits_of(tasks_[i], outputs[0])};
    }
    if (i == 0) {
      answer.outputs = std::move(outputs);
      continue;
    }
    if (outputs.size() != answer.outputs.size()) throw_usage("the teachers differ in outputs");
    for (std::size_t output = 0; output < outputs.size(); ++output) {
      answer.outputs[output] = answer.outputs[output] + outputs[output];
    }
  }
  if (programs_.size() > 1) {
    for (torch::Tensor& output : answer.outputs) {
      output = output / static_cast<double>(programs_.size());
    }
  }
  return answer;
}

std::uint64_t identity_of(const std::vector<graph::Network>& teachers) {
  std::uint64_t identity = 0;
  for (const graph::Network& teacher : teachers) {
    const std::array<std::uint64_t, 2> pair = {identity, train::identity_of(teacher)};
    identity = hash64(std::as_bytes(std::span(pair)));
  }
  return identity;
}

}  // namespace gcompress::distill
