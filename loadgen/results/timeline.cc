#include "results/timeline.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <numeric>
#include <utility>

namespace mlperf::results {
namespace {

// All grids together, so that whoever writes a timeline knows how large it gets.
constexpr size_t kMostCells = 60'000;

size_t UsedCells(const std::vector<GridMaker::Row>& rows) {
  size_t used = 0;
  for (const GridMaker::Row& row : rows) {
    used += static_cast<size_t>(
        std::count_if(row.counts.begin(), row.counts.end(), [](uint64_t n) { return n != 0; }));
  }
  return used;
}

GridMaker::Row Sum(const GridMaker::Row& a, const GridMaker::Row& b) {
  if (a.counts.empty()) return b;
  if (b.counts.empty()) return a;
  GridMaker::Row sum;
  sum.first_bin = std::min(a.first_bin, b.first_bin);
  const size_t end = std::max(a.first_bin + a.counts.size(), b.first_bin + b.counts.size());
  sum.counts.resize(end - sum.first_bin);
  for (const GridMaker::Row* const row : {&a, &b}) {
    for (size_t i = 0; i < row->counts.size(); ++i) {
      sum.counts[row->first_bin - sum.first_bin + i] += row->counts[i];
    }
  }
  return sum;
}

// Joins neighbours in pairs; the last of an odd number stays alone.
template <typename T, typename Join>
void JoinPairs(std::vector<T>* columns, Join join) {
  const size_t count = columns->size();
  for (size_t i = 0; i < count; i += 2) {
    (*columns)[i / 2] =
        i + 1 < count ? join((*columns)[i], (*columns)[i + 1]) : std::move((*columns)[i]);
  }
  columns->resize((count + 1) / 2);
}

void JoinColumns(Timeline* timeline) {
  for (auto* const counts : {&timeline->due, &timeline->issued, &timeline->completed,
                             &timeline->failed, &timeline->tokens}) {
    JoinPairs(counts, [](uint64_t a, uint64_t b) { return a + b; });
  }
  JoinPairs(&timeline->in_flight_max, [](uint64_t a, uint64_t b) { return std::max(a, b); });
  JoinPairs(&timeline->in_flight_end, [](uint64_t, uint64_t b) { return b; });
  std::vector<int64_t> edges;
  for (size_t i = 0; i + 1 < timeline->edges_ns.size(); i += 2) {
    edges.push_back(timeline->edges_ns[i]);
  }
  edges.push_back(timeline->edges_ns.back());
  timeline->edges_ns = std::move(edges);
  timeline->plan_columns = (timeline->plan_columns + 1) / 2;
}

DurationGrid Flat(const std::vector<GridMaker::Row>& rows) {
  DurationGrid grid;
  grid.begin.push_back(0);
  for (const GridMaker::Row& row : rows) {
    grid.first_bin.push_back(static_cast<uint32_t>(row.first_bin));
    grid.counts.insert(grid.counts.end(), row.counts.begin(), row.counts.end());
    grid.begin.push_back(grid.counts.size());
  }
  return grid;
}

int64_t DivideUp(int64_t dividend, int64_t divisor) { return (dividend + divisor - 1) / divisor; }

// Later ones of equal latency are the faster ones, so that which are kept is defined.
bool Slower(const SlowSample& a, const SlowSample& b) {
  return a.latency_ns != b.latency_ns ? a.latency_ns > b.latency_ns : a.query < b.query;
}

}  // namespace

size_t BinOf(int64_t duration_ns) {
  constexpr int kBits = 6;  // 64 bins an octave
  const auto value = static_cast<uint64_t>(std::max<int64_t>(duration_ns, 0));
  if (value < (1U << kBits)) return static_cast<size_t>(value);
  const int octave = static_cast<int>(std::bit_width(value)) - 1;
  return (static_cast<size_t>(octave - kBits) << kBits) +
         static_cast<size_t>(value >> static_cast<unsigned>(octave - kBits));
}

void GridMaker::Open(size_t column) {
  if (open_ != nullptr && in_order_) Close(open_);
  if (columns_.size() <= column) columns_.resize(column + 1);
  open_column_ = column;
  open_ = &columns_[column];
  if (!open_->bins.empty()) return;
  open_->bins.resize(kBins);
  std::ranges::copy(open_->row.counts,
                    open_->bins.begin() + static_cast<ptrdiff_t>(open_->row.first_bin));
}

void GridMaker::Close(Column* column) {
  const auto used = [](uint64_t count) { return count != 0; };
  const auto first = std::ranges::find_if(column->bins, used);
  const auto last = std::find_if(column->bins.rbegin(), column->bins.rend(), used).base();
  column->row.first_bin = static_cast<size_t>(first - column->bins.begin());
  column->row.counts.assign(first, last);
  column->bins = {};
}

std::vector<GridMaker::Row> GridMaker::TakeRows(size_t columns) {
  columns_.resize(columns);
  std::vector<Row> rows;
  for (Column& column : columns_) {
    if (!column.bins.empty()) Close(&column);
    rows.push_back(std::move(column.row));
  }
  return rows;
}

TimelineMaker::TimelineMaker(const Series& series)
    : series_(series),
      most_columns_(static_cast<int64_t>(std::clamp<uint64_t>(series.divided / 4, 1, kColumns))),
      width_ns_(std::max<int64_t>(DivideUp(series.span_ns, most_columns_), 1)),
      plan_columns_(
          by_time() ? static_cast<size_t>(std::max<int64_t>(DivideUp(series.span_ns, width_ns_), 1))
                    : static_cast<size_t>(most_columns_)),
      parts_per_ns_(static_cast<double>(kParts) / static_cast<double>(width_ns_)),
      latency_(series.by != Timeline::By::kCompletion),
      ttft_(series.by != Timeline::By::kCompletion),
      tpot_(series.by != Timeline::By::kCompletion),
      lag_(true),
      gap_(true) {
  const size_t columns = plan_columns_ + (series.by == Timeline::By::kDue ? kColumnsAfterPlan : 0);
  for (auto* const counts : {&events_.due, &events_.failed, &events_.tokens}) {
    counts->resize(columns);
  }
  events_.issued.resize(columns * kParts);
  events_.completed.resize(columns * kParts);
  slowest_.reserve(kSlowest);
}

size_t TimelineMaker::PartOf(int64_t at_ns) const {
  if (!by_time()) return column_ * kParts;
  // What the product rounds is put right, so that no column depends on how a machine multiplies.
  auto part = static_cast<int64_t>(static_cast<double>(at_ns) * parts_per_ns_);
  constexpr auto kPartsOfColumn = static_cast<int64_t>(kParts);
  const int64_t at = at_ns * kPartsOfColumn;
  if (part * width_ns_ > at) {
    --part;
  } else if ((part + 1) * width_ns_ <= at) {
    ++part;
  }
  return static_cast<size_t>(
      std::clamp<int64_t>(part, 0, static_cast<int64_t>(events_.issued.size()) - 1));
}

void TimelineMaker::AddQuery(uint64_t query, int64_t due_ns, int64_t issued_ns) {
  query_ = query;
  due_ns_ = due_ns;
  issued_ns_ = issued_ns;
  if (!by_time()) {
    column_ = std::min<uint64_t>(
        queries_added_ * plan_columns_ / std::max<uint64_t>(series_.divided, 1), plan_columns_ - 1);
    if (column_ >= begins_ns_.size()) begins_ns_.resize(column_ + 1, issued_ns);
  } else {
    column_ = ColumnOf(due_ns);
  }
  if (series_.gaps && queries_added_ > 0) gap_.Add(column_, issued_ns - last_done_ns_);
  ++queries_added_;
  if (series_.lags) lag_.Add(column_, issued_ns - due_ns);
  events_.due[column_] += series_.samples_per_query;
  events_.issued[PartOf(issued_ns)] += series_.samples_per_query;
  latest_ns_ = std::max(latest_ns_, issued_ns);
}

void TimelineMaker::AddSample(const Sample& sample) {
  if (sample.done_ns < 0) {
    ++events_.failed[column_];
    return;
  }
  const size_t part = PartOf(sample.done_ns);
  ++events_.completed[part];
  const int64_t latency_ns = sample.done_ns - due_ns_;
  const size_t column = series_.by == Timeline::By::kCompletion ? part / kParts : column_;
  latency_.Add(column, latency_ns);
  last_done_ns_ = std::max(last_done_ns_, sample.done_ns);
  latest_ns_ = std::max(latest_ns_, sample.done_ns);
  if (slowest_.size() < kSlowest || latency_ns > slowest_.front().latency_ns) {
    NoteSlow(sample, latency_ns);
  }
  if (!series_.tokens) return;
  events_.tokens[part / kParts] += static_cast<uint64_t>(std::max<int64_t>(sample.n_tokens, 0));
  const int64_t ttft_ns = sample.first_token_ns < 0 ? 0 : sample.first_token_ns - due_ns_;
  ttft_.Add(column, ttft_ns);
  if (sample.n_tokens > 1) {
    tpot_.Add(column, std::max<int64_t>(latency_ns - ttft_ns, 0) / (sample.n_tokens - 1));
  }
}

void TimelineMaker::NoteSlow(const Sample& sample, int64_t latency_ns) {
  if (slowest_.size() == kSlowest) {
    std::ranges::pop_heap(slowest_, Slower);
    slowest_.pop_back();
  }
  slowest_.push_back({query_, sample.index, due_ns_, issued_ns_, latency_ns, 0});
  std::ranges::push_heap(slowest_, Slower);
}

size_t TimelineMaker::ColumnsInUse() const {
  size_t columns = events_.due.size();
  const auto in_use = [&](size_t column) {
    const size_t begin = column * kParts;
    for (size_t part = begin; part < begin + kParts; ++part) {
      if (events_.issued[part] != 0 || events_.completed[part] != 0) return true;
    }
    return events_.due[column] != 0;
  };
  while (columns > plan_columns_ && !in_use(columns - 1)) --columns;
  return columns;
}

std::vector<int64_t> TimelineMaker::Edges(size_t columns) const {
  std::vector<int64_t> edges;
  if (!by_time()) {
    edges = begins_ns_;
    edges.resize(columns, latest_ns_);
    edges.push_back(latest_ns_);
    return edges;
  }
  for (size_t column = 0; column <= columns; ++column) {
    edges.push_back(static_cast<int64_t>(column) * width_ns_);
  }
  edges.back() = std::max(edges.back(), latest_ns_);
  return edges;
}

void TimelineMaker::CountInFlight(size_t columns, Timeline* timeline) const {
  uint64_t in_flight = 0;
  std::vector<uint64_t> by_part;
  for (size_t column = 0; column < columns; ++column) {
    uint64_t issued = 0;
    uint64_t completed = 0;
    uint64_t most = 0;
    for (size_t part = column * kParts; part < (column + 1) * kParts; ++part) {
      issued += events_.issued[part];
      completed += events_.completed[part];
      in_flight += events_.issued[part] - events_.completed[part];
      by_part.push_back(in_flight);
      most = std::max(most, in_flight);
    }
    // A query that comes and goes between two looks was there all the same.
    if (issued != 0 && series_.by != Timeline::By::kCompletion) {
      most = std::max(most, series_.samples_per_query);
    }
    timeline->issued.push_back(issued);
    timeline->completed.push_back(completed);
    timeline->in_flight_max.push_back(most);
    timeline->in_flight_end.push_back(in_flight);
  }
  for (SlowSample& sample : timeline->slowest) {
    sample.in_flight =
        by_time() ? InFlightAt(sample.issued_ns, by_part) : series_.samples_per_query;
  }
}

uint64_t TimelineMaker::InFlightAt(int64_t at_ns, const std::vector<uint64_t>& in_flight) const {
  return in_flight[std::min(PartOf(at_ns), in_flight.size() - 1)];
}

Timeline TimelineMaker::Take() && {
  const size_t columns = ColumnsInUse();
  Timeline timeline;
  timeline.by = series_.by;
  timeline.plan_columns = plan_columns_;
  timeline.edges_ns = Edges(columns);
  timeline.due = std::move(events_.due);
  timeline.failed = std::move(events_.failed);
  timeline.due.resize(columns);
  timeline.failed.resize(columns);
  if (series_.tokens) {
    timeline.tokens = std::move(events_.tokens);
    timeline.tokens.resize(columns);
  }
  std::ranges::sort(slowest_, Slower);
  timeline.slowest = std::move(slowest_);
  CountInFlight(columns, &timeline);

  struct Part {
    DurationGrid* grid;
    std::vector<GridMaker::Row> rows;
  };
  std::vector<Part> parts;
  parts.push_back({&timeline.latency, latency_.TakeRows(columns)});
  if (series_.tokens) {
    parts.push_back({&timeline.ttft, ttft_.TakeRows(columns)});
    parts.push_back({&timeline.tpot, tpot_.TakeRows(columns)});
  }
  if (series_.lags) parts.push_back({&timeline.lag, lag_.TakeRows(columns)});
  if (series_.gaps && queries_added_ > 1) parts.push_back({&timeline.gap, gap_.TakeRows(columns)});
  const auto used = [&] {
    size_t cells = 0;
    for (const Part& part : parts) cells += UsedCells(part.rows);
    return cells;
  };
  while (timeline.edges_ns.size() > 2 && used() > kMostCells) {
    JoinColumns(&timeline);
    for (Part& part : parts) JoinPairs(&part.rows, Sum);
  }
  for (const Part& part : parts) *part.grid = Flat(part.rows);
  return timeline;
}

}  // namespace mlperf::results
