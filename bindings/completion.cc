// QuerySamplesComplete and its kin: from Python lists and arrays into the core.

#include "completion.h"

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arguments.h"
#include "callback.h"
#include "exceptions.h"
#include "gil.h"
#include "mlperf_loadgen/embedding.h"
#include "numpy.h"
#include "register.h"
#include "sample_types.h"
#include "typed.h"
#include "values.h"

namespace mlperf::python {
namespace {

// Completing up to this many responses, where nothing has to wait, costs less than giving the GIL
// up.
constexpr size_t kFew = 64;

using CompleteObjects = void (*)(QuerySampleResponse*, size_t, const ResponseCallback&);

// Calls back into Python with a response object, and takes over what Python changed in it.
ResponseCallback WrapResponseCallback(const py::object& response_cb) {
  if (response_cb.is_none()) return {};
  CheckCallable(response_cb, "response_cb");
  return [&response_cb](QuerySampleResponse* response) {
    const GilAcquire gil;
    const py::object object = NewQuerySampleResponse(*response);
    const py::object result = Invoke(response_cb, object);
    if (!result.is_none()) CheckReturned(result, "response_cb");
    *response = ResponseOf(object.ptr());
  };
}

using CompleteAtOnce = size_t (*)(const QuerySampleResponse*, size_t) noexcept;

// Of a long list this many responses are copied and completed at a time, so that a copy of all of
// them is never held. Not fewer, because another thread may take the GIL after each.
constexpr size_t kBlock = 1U << 16U;

// Room for the responses of a short list; only those that are copied there are ever written.
union Few {
  Few() {}  // NOLINT(modernize-use-equals-default): that would not compile
  QuerySampleResponse responses[kFew];
};

template <CompleteObjects complete, CompleteAtOnce at_once>
void FromList(PyObject* responses, const py::object& response_cb) {
  const ResponseList list(responses);
  const ResponseCallback callback = WrapResponseCallback(response_cb);
  if (list.size() <= kFew) {
    Few few;
    list.Read(0, list.size(), few.responses);
    const size_t done = at_once(few.responses, list.size());
    if (done != 0 && done == list.size()) return;
    const GilRelease release;
    complete(few.responses + done, list.size() - done, callback);
    return YieldToIssuer();
  }
  // After a callback has thrown, the others are completed without one: that is for a single call.
  std::vector<QuerySampleResponse> block(callback ? list.size() : std::min(list.size(), kBlock));
  for (size_t begin = 0; begin < list.size(); begin += block.size()) {
    const size_t count = std::min(block.size(), list.size() - begin);
    list.Read(begin, begin + count, block.data());
    const GilRelease release;
    complete(block.data(), count, callback);
  }
  const GilRelease release;
  YieldToIssuer();
}

// The Python function around FromList, as METH_FASTCALL: no tuple or dict is made for the call.
template <CompleteObjects complete, CompleteAtOnce at_once>
PyObject* FastCall(PyObject*, PyObject* const* args, Py_ssize_t positional, PyObject* keywords) {
  std::array<PyObject*, 2> given{nullptr, Py_None};
  if (!SortArguments<2>({"responses", "response_cb"}, 1, args, positional, keywords, &given)) {
    return nullptr;
  }
  return Guarded(
      [&] { FromList<complete, at_once>(given[0], py::reinterpret_borrow<py::object>(given[1])); });
}

PyMethodDef functions[] = {
    {"QuerySamplesComplete",
     AsMethod(&FastCall<&checked::QuerySamplesComplete, &CompleteWithoutWaiting>),
     METH_FASTCALL | METH_KEYWORDS,
     "QuerySamplesComplete(responses, response_cb=None)\n--\n\n"
     "QuerySamplesComplete(responses: Sequence[QuerySampleResponse], "
     "response_cb: Callable[[QuerySampleResponse], object] | None = None) -> None\n\n"
     "Complete samples. Any thread.\n\n"
     "``response_cb`` is called with each response that goes into the accuracy log, just before "
     "its bytes are copied; it may change ``data`` and ``size``."},
    {"FirstTokenComplete",
     AsMethod(&FastCall<&checked::FirstTokenComplete, &FirstTokenWithoutWaiting>),
     METH_FASTCALL | METH_KEYWORDS,
     "FirstTokenComplete(responses, response_cb=None)\n--\n\n"
     "FirstTokenComplete(responses: Sequence[QuerySampleResponse], "
     "response_cb: Callable[[QuerySampleResponse], object] | None = None) -> None\n\n"
     "Report the first token of samples, before they are completed. Any thread."},
    {nullptr, nullptr, 0, nullptr}};

// The contiguous bytes of an object that has a buffer. Throws what Python raises for any other.
class Buffer {
 public:
  explicit Buffer(py::handle object) {
    if (PyObject_GetBuffer(object.ptr(), &view_, PyBUF_SIMPLE) != 0) throw py::error_already_set();
  }
  Buffer(Buffer&& other) noexcept : view_(std::exchange(other.view_, {})) {}
  ~Buffer() { PyBuffer_Release(&view_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  Buffer& operator=(Buffer&&) = delete;

  const Py_buffer& view() const { return view_; }

 private:
  Py_buffer view_{};
};

// The rows that answer a batch of samples, kept alive while the core reads them.
class Rows {
 public:
  Rows(const py::object& rows, size_t size) {
    if (rows.is_none()) return;
    if (py::isinstance<py::list>(rows) || py::isinstance<py::tuple>(rows)) {
      FromBuffers(py::reinterpret_borrow<py::sequence>(rows), size);
    } else {
      FromTable(rows, size);
    }
  }

  void PutInto(ResponseSpan* span) const {
    if (!addresses_.empty()) {
      span->addresses = addresses_.data();
      span->sizes = sizes_.data();
    } else if (table_) {
      span->rows = table_->data();
      span->row_bytes = row_bytes_;
    }
  }

 private:
  static void CheckCount(size_t rows, size_t size) {
    if (rows == size) return;
    throw py::value_error("rows: " + std::to_string(rows) + " given for " + std::to_string(size) +
                          " samples");
  }

  void FromTable(const py::object& rows, size_t size) {
    NeedNumpy();
    CheckHoldsValues(rows, "rows");
    CheckReturned(rows, "rows: the SUT");
    const py::array given(rows);
    if (!given.is(rows))
      CheckHoldsValues(given, std::string("rows: ") + Py_TYPE(rows.ptr())->tp_name + " given");
    if (given.ndim() == 0) throw py::value_error("rows: a scalar given; row i answers sample i");
    CheckCount(static_cast<size_t>(given.shape(0)), size);
    const bool as_needed = (given.flags() & py::array::c_style) != 0;
    table_ = as_needed ? given : py::array::ensure(given, py::array::c_style);
    if (!*table_) throw std::bad_alloc();
    row_bytes_ = size == 0 ? 0 : static_cast<size_t>(table_->nbytes()) / size;
  }

  static void CheckRow(const py::object& row, size_t i) {
    const std::string name = "rows: item " + std::to_string(i);
    if (PyObject_CheckBuffer(row.ptr()) == 0) {
      const bool text = PyUnicode_Check(row.ptr()) != 0;
      throw py::type_error(
          name + " is of type " + Py_TYPE(row.ptr())->tp_name +
          (text ? ": encode it, as in text.encode(), or give another " : ": give a ") +
          "bytes-like object, an array or None");
    }
    CheckHoldsValues(row, name);
  }

  void FromBuffers(const py::sequence& rows, size_t size) {
    CheckCount(rows.size(), size);
    addresses_.reserve(size);
    sizes_.reserve(size);
    buffers_.reserve(size);
    for (size_t i = 0; i < size; ++i) {
      const py::object row = rows[i];
      if (row.is_none()) {
        addresses_.push_back(0);
        sizes_.push_back(0);
        continue;
      }
      if (PyBytes_CheckExact(row.ptr()) == 0) CheckRow(row, i);
      const Py_buffer& bytes = buffers_.emplace_back(row).view();
      addresses_.push_back(reinterpret_cast<uintptr_t>(bytes.buf));
      sizes_.push_back(static_cast<size_t>(bytes.len));
    }
  }

  std::optional<py::array> table_;
  size_t row_bytes_ = 0;
  std::vector<Buffer> buffers_;
  std::vector<uintptr_t> addresses_;
  std::vector<size_t> sizes_;
};

// `object` as an array of T. Only whole numbers will do: an id that went through a float has lost
// its last digits. Throws TypeError, or what numpy raises.
template <typename T>
py::array_t<T, py::array::c_style | py::array::forcecast> WholeNumbers(const py::object& object,
                                                                       const char* name) {
  NeedNumpy();
  CheckHoldsValues(object, name);
  const py::array given(object);
  const char kind = given.dtype().kind();
  if (kind != 'u' && kind != 'i' && given.size() != 0) {
    throw py::type_error(std::string(name) + ": whole numbers are needed, not an array of " +
                         std::string(py::str(py::object(given.dtype()))));
  }
  return given;
}

// `span` without its first `done` samples.
ResponseSpan Rest(ResponseSpan span, size_t done) {
  span.size -= done;
  if (span.ids != nullptr) span.ids += done;
  span.first_id += done * span.id_stride;
  if (span.rows != nullptr) span.rows = static_cast<const char*>(span.rows) + done * span.row_bytes;
  if (span.addresses != nullptr) {
    span.addresses += done;
    span.sizes += done;
  }
  if (span.n_tokens != nullptr) span.n_tokens += done;
  return span;
}

void Complete(ResponseSpan span, const py::object& rows, const py::object& n_tokens,
              void (*complete)(const ResponseSpan&), size_t (*at_once)(const ResponseSpan&)) {
  const Rows data(rows, span.size);
  data.PutInto(&span);
  std::optional<py::array_t<int64_t>> counts;
  if (!n_tokens.is_none()) {
    counts = WholeNumbers<int64_t>(n_tokens, "n_tokens");
    if (static_cast<size_t>(counts->size()) != span.size) {
      throw py::value_error("n_tokens: " + std::to_string(counts->size()) + " given for " +
                            std::to_string(span.size) + " samples");
    }
    span.n_tokens = counts->data();
  }
  const size_t done = span.size <= kFew ? at_once(span) : 0;
  if (done != 0 && done == span.size) return;
  const GilRelease release;
  complete(Rest(span, done));
  YieldToIssuer();
}

using Numbers = Typed<"npt.ArrayLike">;
using NumbersOrNone = Typed<"npt.ArrayLike | None">;
using RowsOrNone = Typed<"npt.ArrayLike | Sequence[Buffer | None] | None">;

// The array must outlive the span.
ResponseSpan FromIds(const py::array_t<uint64_t>& ids) {
  if (ids.ndim() != 1) throw py::value_error("ids: a one-dimensional array is needed");
  ResponseSpan span;
  span.ids = reinterpret_cast<const ResponseId*>(ids.data());
  span.size = static_cast<size_t>(ids.size());
  return span;
}

}  // namespace

void CompleteSpan(const ResponseSpan& span, const py::object& rows, const py::object& n_tokens) {
  Complete(span, rows, n_tokens, &checked::CompleteSamples, &CompleteSamplesWithoutWaiting);
}

void FirstTokensOfSpan(const ResponseSpan& span, const py::object& rows) {
  Complete(span, rows, py::none(), &checked::CompleteFirstTokens,
           &CompleteFirstTokensWithoutWaiting);
}

void RegisterCompletion(py::module_& module) {
  if (PyModule_AddFunctions(module.ptr(), functions) != 0) throw py::error_already_set();
  module.def(
      "complete",
      [](const Numbers& ids, const RowsOrNone& rows, const NumbersOrNone& n_tokens) {
        const auto numbers = WholeNumbers<uint64_t>(ids, "ids");
        CompleteSpan(FromIds(numbers), rows, n_tokens);
      },
      py::arg("ids"), py::arg("rows") = py::none(), py::arg("n_tokens") = py::none(),
      "Complete the samples with these response ids, as :meth:`Samples.complete`. Any thread.");
  module.def(
      "first_token",
      [](const Numbers& ids, const RowsOrNone& rows) {
        const auto numbers = WholeNumbers<uint64_t>(ids, "ids");
        FirstTokensOfSpan(FromIds(numbers), rows);
      },
      py::arg("ids"), py::arg("rows") = py::none(),
      "Report the first token of the samples with these response ids. Any thread.");
}

}  // namespace mlperf::python
