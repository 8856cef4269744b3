#include "timeline.h"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace mlperf::python {
namespace {

py::list Counts(const DurationGrid& grid, size_t column) {
  py::list counts;
  uint64_t at = grid.begin[column];
  const uint64_t end = grid.begin[column + 1];
  while (at < end) {
    uint64_t next = at;
    while (next < end && grid.counts[next] == 0) ++next;
    if (next - at > 1) {
      counts.append(-static_cast<int64_t>(next - at));
      at = next;
    } else {
      counts.append(grid.counts[at++]);
    }
  }
  return counts;
}

py::list Columns(const DurationGrid& grid) {
  py::list columns;
  for (size_t column = 0; column < grid.first_bin.size(); ++column) {
    py::dict row;
    row["first_bin"] = grid.first_bin[column];
    row["counts"] = Counts(grid, column);
    columns.append(std::move(row));
  }
  return columns;
}

py::list Slowest(const std::vector<SlowSample>& samples) {
  py::list rows;
  for (const SlowSample& sample : samples) {
    py::dict row;
    row["sequence"] = sample.query;
    row["sample"] = sample.sample;
    row["due_ns"] = sample.due_ns;
    row["lag_ns"] = sample.issued_ns - sample.due_ns;
    row["latency_ns"] = sample.latency_ns;
    row["in_flight"] = sample.in_flight;
    rows.append(std::move(row));
  }
  return rows;
}

const char* NameOf(Timeline::By by) {
  switch (by) {
    case Timeline::By::kDue: return "due";
    case Timeline::By::kOrder: return "order";
    case Timeline::By::kCompletion: return "completion";
  }
  return "";
}

}  // namespace

Typed<"dict[str, Any] | None"> TimelineValue(const Timeline& timeline) {
  if (timeline.empty()) return py::object(py::none());
  py::dict value;
  value["by"] = NameOf(timeline.by);
  value["plan_columns"] = timeline.plan_columns;
  value["edges_ns"] = timeline.edges_ns;
  value["due"] = timeline.due;
  value["issued"] = timeline.issued;
  value["completed"] = timeline.completed;
  value["failed"] = timeline.failed;
  if (!timeline.tokens.empty()) value["tokens"] = timeline.tokens;
  value["in_flight_max"] = timeline.in_flight_max;
  value["in_flight_end"] = timeline.in_flight_end;
  constexpr std::pair<const char*, DurationGrid Timeline::*> kGrids[] = {
      {"latency_grid", &Timeline::latency}, {"ttft_grid", &Timeline::ttft},
      {"tpot_grid", &Timeline::tpot},       {"lag_grid", &Timeline::lag},
      {"gap_grid", &Timeline::gap},
  };
  for (const auto& [name, grid] : kGrids) {
    if (!(timeline.*grid).empty()) value[name] = Columns(timeline.*grid);
  }
  value["slowest"] = Slowest(timeline.slowest);
  return py::object(value);
}

Typed<"dict[str, Any]", py::dict> CurvesValue(const DurationCurves& curves) {
  constexpr std::pair<const char*, DurationCurve DurationCurves::*> kCurves[] = {
      {"latency", &DurationCurves::latency}, {"query_latency", &DurationCurves::query_latency},
      {"ttft", &DurationCurves::ttft},       {"tpot", &DurationCurves::tpot},
      {"lag", &DurationCurves::lag},         {"gap", &DurationCurves::gap},
  };
  py::dict value;
  for (const auto& [name, member] : kCurves) {
    const DurationCurve& curve = curves.*member;
    if (curve.count == 0) continue;
    py::dict entry;
    entry["count"] = curve.count;
    entry["min_ns"] = curve.min_ns;
    entry["max_ns"] = curve.max_ns;
    entry["mean_ns"] = curve.mean_ns;
    entry["curve_ns"] = curve.curve_ns;
    value[name] = std::move(entry);
  }
  return value;
}

}  // namespace mlperf::python
