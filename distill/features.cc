// Which values inside student and teacher are compared.
#include "gcompress/distill/features.h"

#include <algorithm>
#include <map>
#include <utility>

#include "gcompress/core/base/error.h"
#include "gcompress/core/base/nearest.h"
#include "gcompress/core/graph/inner_values.h"

namespace gcompress::distill {
namespace {

using Size = std::pair<std::int64_t, std::int64_t>;  // height, width

std::map<Size, std::string> last_of_each_size(const std::vector<graph::InnerValue>& values) {
  std::map<Size, std::string> last;
  for (const graph::InnerValue& value : values) {
    if (value.shape.size() != 3) continue;
    const Size size = {value.shape[1], value.shape[2]};
    if (size.first * size.second > 1) last[size] = value.name;
  }
  return last;
}

std::string last_maps(const std::vector<graph::InnerValue>& values) {
  for (auto value = values.rbegin(); value != values.rend(); ++value) {
    if (value->shape.size() == 3 && value->shape[1] * value->shape[2] > 1) return value->name;
  }
  return "";
}

bool holds(const std::vector<graph::InnerValue>& values, const std::string& name) {
  return std::ranges::any_of(values, [&](const auto& value) { return value.name == name; });
}

void check_name(const std::vector<graph::InnerValue>& values, const std::string& name,
                const char* network) {
  if (holds(values, name)) return;
  std::vector<std::string> names;
  for (const graph::InnerValue& value : values) names.push_back(value.name);
  const std::string near = nearest(name, names);
  throw_usage(std::string("the ") + network + " has no feature '" + name + "'",
              near.empty() ? "--list-features shows those of both networks"
                           : "did you mean '" + near + "'?");
}

}  // namespace

ChosenFeatures choose_features(const DistillJob& job) {
  const graph::Network& teacher = job.teachers.front();
  const auto of_student = graph::inner_values(job.student, job.student_shapes);
  const auto of_teacher = graph::inner_values(teacher, job.teacher_shapes);
  ChosenFeatures chosen;
  const auto student_maps = last_of_each_size(of_student);
  const auto teacher_maps = last_of_each_size(of_teacher);
  for (auto size = student_maps.rbegin(); size != student_maps.rend(); ++size) {
    const auto found = teacher_maps.find(size->first);
    if (found != teacher_maps.end()) chosen.maps.push_back({size->second, found->second});
  }
  if (chosen.maps.empty() && !student_maps.empty() && !teacher_maps.empty()) {
    chosen.maps.push_back({last_maps(of_student), last_maps(of_teacher)});
  }
  const FeaturePair last = {
      graph::last_features(job.student, job.student.graph.outputs.front().name),
      graph::last_features(teacher, teacher.graph.outputs.front().name)};
  if (holds(of_student, last.student) && holds(of_teacher, last.teacher)) {
    chosen.last.push_back(last);
  }
  return chosen;
}

void check_features(const DistillJob& job, const std::vector<FeaturePair>& pairs) {
  const auto of_student = graph::inner_values(job.student, job.student_shapes);
  const auto of_teacher = graph::inner_values(job.teachers.front(), job.teacher_shapes);
  for (const FeaturePair& pair : pairs) {
    check_name(of_student, pair.student, "student");
    check_name(of_teacher, pair.teacher, "teacher");
  }
}

}  // namespace gcompress::distill
