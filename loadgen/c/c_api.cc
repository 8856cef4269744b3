#include "mlperf_loadgen/c_api.h"

#include <memory>
#include <utility>
#include <vector>

#include "base/caught.h"
#include "c/objects.h"
#include "mlperf_loadgen/loadgen.h"

namespace mlperf::c {
namespace {

class CallbackSut final : public SystemUnderTest {
 public:
  CallbackSut(ClientData client_data, std::string name, IssueQueryCallback issue,
              FlushQueriesCallback flush)
      : client_data_(client_data), name_(std::move(name)), issue_(issue), flush_(flush) {}

  const std::string& Name() override { return name_; }
  void IssueQuery(const std::vector<QuerySample>& samples) override {
    issue_(client_data_, samples.data(), samples.size());
  }
  void FlushQueries() override { flush_(); }

 private:
  const ClientData client_data_;
  const std::string name_;
  const IssueQueryCallback issue_;
  const FlushQueriesCallback flush_;
};

class CallbackQsl final : public QuerySampleLibrary {
 public:
  CallbackQsl(ClientData client_data, std::string name, size_t total, size_t performance,
              LoadSamplesToRamCallback load, UnloadSamplesFromRamCallback unload)
      : client_data_(client_data),
        name_(std::move(name)),
        total_(total),
        performance_(performance),
        load_(load),
        unload_(unload) {}

  const std::string& Name() override { return name_; }
  size_t TotalSampleCount() override { return total_; }
  size_t PerformanceSampleCount() override { return performance_; }
  void LoadSamplesToRam(const std::vector<QuerySampleIndex>& samples) override {
    load_(client_data_, samples.data(), samples.size());
  }
  void UnloadSamplesFromRam(const std::vector<QuerySampleIndex>& samples) override {
    unload_(client_data_, samples.data(), samples.size());
  }

 private:
  const ClientData client_data_;
  const std::string name_;
  const size_t total_;
  const size_t performance_;
  const LoadSamplesToRamCallback load_;
  const UnloadSamplesFromRamCallback unload_;
};

// On a thread of the SUT, where nobody may be there to catch: what is wrong with the call itself
// ends the test.
template <typename Call>
void Contain(QuerySampleResponse* responses, size_t count, const Call& call) {
  try {
    if (count != 0) RequireNotNull(responses, "responses");
    call();
  } catch (const base::ThreadEnds&) {
    throw;
  } catch (...) {
    FailTest(base::Caught());
  }
}

// Small enough for a std::function to hold without an allocation.
auto Bound(ResponseCallback response_cb, ClientData client_data) {
  RequireNotNull(response_cb, "response_cb");
  return [response_cb, client_data](QuerySampleResponse* response) {
    response_cb(client_data, response);
  };
}

}  // namespace

void* ConstructSUT(ClientData client_data, const char* name, size_t name_length,
                   IssueQueryCallback issue_cb, FlushQueriesCallback flush_cb) {
  RequireNotNull(name, "name");
  RequireNotNull(issue_cb, "issue_cb");
  RequireNotNull(flush_cb, "flush_cb");
  return Suts().Add(std::make_shared<CallbackSut>(client_data, std::string(name, name_length),
                                                  issue_cb, flush_cb));
}

void DestroySUT(void* sut) { Suts().Destroy(sut); }

void* ConstructQSL(ClientData client_data, const char* name, size_t name_length,
                   size_t total_sample_count, size_t performance_sample_count,
                   LoadSamplesToRamCallback load_samples_to_ram_cb,
                   UnloadSamplesFromRamCallback unload_samples_from_ram_cb) {
  RequireNotNull(name, "name");
  RequireNotNull(load_samples_to_ram_cb, "load_samples_to_ram_cb");
  RequireNotNull(unload_samples_from_ram_cb, "unload_samples_from_ram_cb");
  return Qsls().Add(std::make_shared<CallbackQsl>(
      client_data, std::string(name, name_length), total_sample_count, performance_sample_count,
      load_samples_to_ram_cb, unload_samples_from_ram_cb));
}

void DestroyQSL(void* qsl) { Qsls().Destroy(qsl); }

void StartTest(void* sut, void* qsl, const TestSettings& settings,
               const std::string& audit_config_filename) {
  // Shares of their own: a handle may be destroyed while the test runs.
  const std::shared_ptr<SystemUnderTest> the_sut = Suts().Get(sut);
  const std::shared_ptr<QuerySampleLibrary> the_qsl = Qsls().Get(qsl);
  mlperf::StartTest(the_sut.get(), the_qsl.get(), settings, LogSettings(), audit_config_filename);
}

void QuerySamplesComplete(QuerySampleResponse* responses, size_t response_count) {
  Contain(responses, response_count,
          [&] { mlperf::QuerySamplesComplete(responses, response_count); });
}

void QuerySamplesCompleteResponseCb(QuerySampleResponse* responses, size_t response_count,
                                    ResponseCallback response_cb, ClientData client_data) {
  Contain(responses, response_count, [&] {
    mlperf::QuerySamplesComplete(responses, response_count, Bound(response_cb, client_data));
  });
}

void FirstTokenComplete(QuerySampleResponse* responses, size_t response_count) {
  Contain(responses, response_count,
          [&] { mlperf::FirstTokenComplete(responses, response_count); });
}

void FirstTokenCompleteResponseCb(QuerySampleResponse* responses, size_t response_count,
                                  ResponseCallback response_cb, ClientData client_data) {
  Contain(responses, response_count, [&] {
    mlperf::FirstTokenComplete(responses, response_count, Bound(response_cb, client_data));
  });
}

void RegisterIssueQueryThread() { mlperf::RegisterIssueQueryThread(); }

}  // namespace mlperf::c
