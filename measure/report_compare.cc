// Comparing two reports.
#include "gcompress/measure/report_compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "gcompress/core/base/error.h"
#include "gcompress/measure/report_change.h"

namespace gcompress::measure {
namespace {

class Comparer {
 public:
  Comparer(const StoredReport& first, const StoredReport& second, const CompareLimits& limits)
      : first_(first), second_(second), limits_(limits) {}

  ReportComparison run();

 private:
  void compare_hosts();
  void compare_models(Role role);
  void compare_sizes(const Sizes& first, const Sizes& second);
  void compare_latency(const StoredModel& first, const StoredModel& second);
  void compare_energy(const StoredModel& first, const StoredModel& second);
  std::string process_fault(const StoredModel& first, const StoredModel& second) const;
  void note_same_file(const StoredModel& first, const StoredModel& second);

  void add_noisy(const std::string& what, const Figure& first, const Figure& second,
                 const std::string& fault);
  void add(FigureChange figure);

  const StoredReport& first_;
  const StoredReport& second_;
  const CompareLimits& limits_;
  ReportComparison result_;
  std::string host_fault_;  // why times and energies of the two hosts say nothing together
  Role role_ = Role::kAfter;
};

void Comparer::add(FigureChange figure) {
  figure.role = role_;
  figure.regression = figure.regression && role_ == Role::kAfter;
  result_.regressed |= figure.regression;
  result_.figures.push_back(std::move(figure));
}

void Comparer::add_noisy(const std::string& what, const Figure& first, const Figure& second,
                         const std::string& fault) {
  if (!first.value && !second.value) return;
  add(noisy_change(what, first, second, fault, limits_));
}

void Comparer::compare_sizes(const Sizes& first, const Sizes& second) {
  const auto add_count = [&](const char* what, std::int64_t one, std::int64_t other,
                             const char* unit) {
    add(exact_change(what, static_cast<double>(one), static_cast<double>(other), unit, limits_));
  };
  add_count("parameters", first.parameters, second.parameters, "parameters");
  add_count("parameters, nonzero", first.parameters_nonzero, second.parameters_nonzero,
            "parameters");
  add_count("dense bytes", first.dense_bytes, second.dense_bytes, "bytes");
  if (first.packed_bytes && second.packed_bytes) {
    add_count("packed bytes", *first.packed_bytes, *second.packed_bytes, "bytes");
  }
  add_count("FLOPs, dense", first.flops, second.flops, "FLOPs");
  add_count("FLOPs, nonzero", first.flops_nonzero, second.flops_nonzero, "FLOPs");
}

void Comparer::compare_latency(const StoredModel& first, const StoredModel& second) {
  const auto same_way = [](const StoredLatency& one, const StoredLatency& other) {
    return one.executor == other.executor && one.batch == other.batch &&
           one.threads == other.threads;
  };
  const auto name = [](const StoredLatency& each) {
    return fmt::format("{}, batch {}, threads {}", each.executor, each.batch, each.threads);
  };
  const auto find = [&](const StoredModel& model, const StoredLatency& wanted) {
    return std::ranges::find_if(model.latency,
                                [&](const StoredLatency& each) { return same_way(each, wanted); });
  };
  const auto note_only_in = [&](const char* report, const StoredLatency& each) {
    result_.notes.push_back(
        fmt::format("Latency of the network {} by {} is only in the {} report, so not compared.",
                    name_of(role_), name(each), report));
  };
  for (const StoredLatency& one : first.latency) {
    const auto other = find(second, one);
    if (other == second.latency.end()) {
      note_only_in("first", one);
      continue;
    }
    add_noisy("median ms, " + name(one), one.median, other->median, host_fault_);
    add_noisy("p90 ms, " + name(one), one.p90, other->p90, host_fault_);
    add_noisy("p99 ms, " + name(one), one.p99, other->p99, host_fault_);
    if (one.version != other->version || one.precision != other->precision) {
      result_.notes.push_back(fmt::format("{} ran as {} {} and as {} {}.", one.executor,
                                          one.version, one.precision, other->version,
                                          other->precision));
    }
  }
  for (const StoredLatency& other : second.latency) {
    if (find(first, other) == first.latency.end()) note_only_in("second", other);
  }
}

std::string Comparer::process_fault(const StoredModel& first, const StoredModel& second) const {
  if (!host_fault_.empty()) return host_fault_;
  if (first.latency.empty() || second.latency.empty()) return {};
  const StoredLatency& one = first.latency[0];
  const StoredLatency& other = second.latency[0];
  if (one.executor != other.executor) return "other executors";
  return one.threads != other.threads ? "other numbers of threads" : "";
}

void Comparer::compare_energy(const StoredModel& first, const StoredModel& second) {
  const std::string fault = process_fault(first, second);
  add_noisy("peak memory", first.peak_memory, second.peak_memory, fault);
  add_noisy("cold start", first.cold_start, second.cold_start, fault);
  const bool other_sensors = fault.empty() && first.sensors != second.sensors;
  const std::string metering = other_sensors ? "metered by other sensors" : fault;
  add_noisy("energy of an inference", first.joules_per_inference, second.joules_per_inference,
            metering);
  add_noisy("energy, marginal", first.joules_marginal, second.joules_marginal, metering);
}

// The same file twice shows what else than the network has changed.
void Comparer::note_same_file(const StoredModel& first, const StoredModel& second) {
  if (first.sha256.empty() || first.sha256 != second.sha256) return;
  const bool differs = std::ranges::any_of(result_.figures, [&](const FigureChange& figure) {
    return figure.role == role_ &&
           (figure.change == Change::kBetter || figure.change == Change::kWorse);
  });
  result_.notes.push_back(
      fmt::format("The network {} is the same file in both{}.", name_of(role_),
                  differs ? ", yet figures differ: something else than the network changed" : ""));
}

void Comparer::compare_models(Role role) {
  const StoredModel* first = first_.find(role);
  const StoredModel* second = second_.find(role);
  if (first == nullptr || second == nullptr) return;
  role_ = role;
  if (first->accuracy || second->accuracy) {
    add(accuracy_change(first->accuracy, second->accuracy, limits_));
  }
  compare_sizes(first->sizes, second->sizes);
  compare_latency(*first, *second);
  compare_energy(*first, *second);
  note_same_file(*first, *second);
}

void Comparer::compare_hosts() {
  const Host& one = first_.host;
  const Host& other = second_.host;
  const auto name = [](const Host& host) {
    return fmt::format("{}, {} cores", host.processor, host.cores);
  };
  if (one.processor != other.processor || one.cores != other.cores ||
      one.instruction_sets != other.instruction_sets) {
    host_fault_ = "other hosts";
    result_.notes.push_back(fmt::format(
        "The hosts differ ({} against {}): latency, memory and energy are not compared.", name(one),
        name(other)));
  } else if (one.system != other.system) {
    result_.notes.push_back(
        fmt::format("The systems differ: {} against {}.", one.system, other.system));
  }
}

ReportComparison Comparer::run() {
  for (const StoredReport* report : {&first_, &second_}) {
    if (report->find(Role::kAfter) != nullptr) continue;
    throw_input("this report has no network \"after\"", {.file = report->file},
                "give reports of prune, measure, train or run");
  }
  compare_hosts();
  compare_models(Role::kAfter);
  compare_models(Role::kBefore);
  return std::move(result_);
}

}  // namespace

ReportComparison compare_reports(const StoredReport& first, const StoredReport& second,
                                 const CompareLimits& limits) {
  const auto is_share = [](double value) { return value >= 0 && value <= 1e6; };
  if (!is_share(limits.tolerance) || !is_share(limits.max_drop.value_or(0))) {
    throw_usage("--tolerance or --max-drop is no share", "give 0.05 for 5%");
  }
  return Comparer(first, second, limits).run();
}

}  // namespace gcompress::measure
