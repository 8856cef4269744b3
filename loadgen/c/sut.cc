// mlperf_loadgen_sut_* and mlperf_loadgen_qsl_*.

#include <memory>
#include <utility>
#include <vector>

#include "c/objects.h"
#include "c/status.h"

namespace mlperf::c {
namespace {

// A list of samples is handed on as it is.
static_assert(sizeof(mlperf_loadgen_sample) == sizeof(QuerySample));
static_assert(offsetof(mlperf_loadgen_sample, id) == offsetof(QuerySample, id));
static_assert(offsetof(mlperf_loadgen_sample, index) == offsetof(QuerySample, index));

class Sut final : public SystemUnderTest {
 public:
  Sut(const char* name, mlperf_loadgen_issue_fn issue, mlperf_loadgen_flush_fn flush, void* user)
      : name_(name), issue_(issue), flush_(flush), user_(user) {}

  const std::string& Name() override { return name_; }

  void IssueQuery(const std::vector<QuerySample>& samples) override {
    CheckedCall("issue", name_, [&] {
      return issue_(user_, reinterpret_cast<const mlperf_loadgen_sample*>(samples.data()),
                    samples.size());
    });
  }

  void FlushQueries() override {
    if (flush_ != nullptr) CheckedCall("flush", name_, [&] { return flush_(user_); });
  }

 private:
  const std::string name_;
  const mlperf_loadgen_issue_fn issue_;
  const mlperf_loadgen_flush_fn flush_;
  void* const user_;
};

class Qsl final : public QuerySampleLibrary {
 public:
  Qsl(const char* name, size_t total, size_t performance, mlperf_loadgen_load_fn load,
      mlperf_loadgen_load_fn unload, void* user)
      : name_(name),
        total_(total),
        performance_(performance),
        load_(load),
        unload_(unload),
        user_(user) {}

  const std::string& Name() override { return name_; }
  size_t TotalSampleCount() override { return total_; }
  size_t PerformanceSampleCount() override { return performance_; }
  void LoadSamplesToRam(const std::vector<QuerySampleIndex>& samples) override {
    Call("load", load_, samples);
  }
  void UnloadSamplesFromRam(const std::vector<QuerySampleIndex>& samples) override {
    Call("unload", unload_, samples);
  }

 private:
  void Call(const char* what, mlperf_loadgen_load_fn callback,
            const std::vector<QuerySampleIndex>& samples) const {
    if (callback == nullptr) return;
    CheckedCall(what, name_, [&] { return callback(user_, samples.data(), samples.size()); });
  }

  const std::string name_;
  const size_t total_;
  const size_t performance_;
  const mlperf_loadgen_load_fn load_;
  const mlperf_loadgen_load_fn unload_;
  void* const user_;
};

}  // namespace
}  // namespace mlperf::c

using namespace mlperf::c;

mlperf_loadgen_status mlperf_loadgen_sut_create(const char* name, mlperf_loadgen_issue_fn issue,
                                                mlperf_loadgen_flush_fn flush, void* user,
                                                mlperf_loadgen_sut** sut) {
  return Guarded([&] {
    RequireNotNull(sut, "sut");
    *sut = nullptr;
    RequireNotNull(name, "name");
    RequireNotNull(issue, "issue");
    *sut = static_cast<mlperf_loadgen_sut*>(
        Suts().Add(std::make_shared<Sut>(name, issue, flush, user)));
  });
}

mlperf_loadgen_status mlperf_loadgen_sut_destroy(mlperf_loadgen_sut* sut) {
  return Guarded([&] {
    if (sut != nullptr) Suts().Destroy(sut);
  });
}

mlperf_loadgen_status mlperf_loadgen_qsl_create(const char* name, size_t total_count,
                                                size_t performance_count,
                                                mlperf_loadgen_load_fn load,
                                                mlperf_loadgen_load_fn unload, void* user,
                                                mlperf_loadgen_qsl** qsl) {
  return Guarded([&] {
    RequireNotNull(qsl, "qsl");
    *qsl = nullptr;
    RequireNotNull(name, "name");
    *qsl = static_cast<mlperf_loadgen_qsl*>(Qsls().Add(
        std::make_shared<Qsl>(name, total_count, performance_count, load, unload, user)));
  });
}

mlperf_loadgen_status mlperf_loadgen_qsl_destroy(mlperf_loadgen_qsl* qsl) {
  return Guarded([&] {
    if (qsl != nullptr) Qsls().Destroy(qsl);
  });
}
