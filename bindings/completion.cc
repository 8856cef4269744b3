// QuerySamplesComplete and its kin: from Python lists and arrays into the core.

#include "completion.h"

#include <string>
#include <vector>

#include "exceptions.h"
#include "loadgen.h"
#include "sample_types.h"

namespace mlperf::python {
namespace {

using CompleteObjects = void (*)(QuerySampleResponse*, size_t, const ResponseCallback&);

// Calls back into Python with a response object, and takes over what Python changed in it.
ResponseCallback WrapResponseCallback(const py::object& response_cb) {
  if (response_cb.is_none()) return {};
  return [response_cb](QuerySampleResponse* response) {
    const py::gil_scoped_acquire gil;
    const py::object object = NewQuerySampleResponse(*response);
    response_cb(object);
    *response = ResponseOf(object.ptr());
  };
}

template <CompleteObjects complete>
void FromList(const py::object& responses, const py::object& response_cb) {
  // Kept from call to call: most calls complete one sample or a batch of one size.
  thread_local std::vector<QuerySampleResponse> buffer;
  // A response callback may complete samples itself; it must not find the buffer in use.
  std::vector<QuerySampleResponse> mine = std::move(buffer);
  ReadResponses(responses.ptr(), &mine);
  const ResponseCallback callback = WrapResponseCallback(response_cb);
  {
    const py::gil_scoped_release release;
    complete(mine.data(), mine.size(), callback);
  }
  buffer = std::move(mine);
}

// The Python function around FromList, as METH_FASTCALL: no tuple or dict is made for the call.
template <CompleteObjects complete>
PyObject* FastCall(PyObject*, PyObject* const* args, Py_ssize_t positional, PyObject* keywords) {
  PyObject* given[2] = {nullptr, Py_None};
  constexpr const char* kNames[2] = {"responses", "response_cb"};
  if (positional > 2) {
    PyErr_SetString(PyExc_TypeError, "takes at most 2 arguments: responses, response_cb");
    return nullptr;
  }
  for (Py_ssize_t i = 0; i < positional; ++i) given[i] = args[i];
  const Py_ssize_t keyword_count = keywords == nullptr ? 0 : PyTuple_GET_SIZE(keywords);
  for (Py_ssize_t k = 0; k < keyword_count; ++k) {
    PyObject* const keyword = PyTuple_GET_ITEM(keywords, k);
    int i = 0;
    while (i < 2 && PyUnicode_CompareWithASCIIString(keyword, kNames[i]) != 0) ++i;
    if (i == 2 || i < positional) {
      PyErr_Format(PyExc_TypeError, "got an unexpected argument %R", keyword);
      return nullptr;
    }
    given[i] = args[positional + k];
  }
  if (given[0] == nullptr) {
    PyErr_SetString(PyExc_TypeError, "misses the argument 'responses'");
    return nullptr;
  }
  return Guarded([&] {
    FromList<complete>(py::reinterpret_borrow<py::object>(given[0]),
                       py::reinterpret_borrow<py::object>(given[1]));
  });
}

PyMethodDef functions[] = {
    {"QuerySamplesComplete",
     reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(&FastCall<&QuerySamplesComplete>)),
     METH_FASTCALL | METH_KEYWORDS,
     "QuerySamplesComplete(responses, response_cb=None)\n--\n\n"
     "Completes samples: `responses` is a list of QuerySampleResponse. Any thread. `response_cb` "
     "is "
     "called with each response that goes into the accuracy log, just before its bytes are "
     "copied."},
    {"FirstTokenComplete",
     reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(&FastCall<&FirstTokenComplete>)),
     METH_FASTCALL | METH_KEYWORDS,
     "FirstTokenComplete(responses, response_cb=None)\n--\n\n"
     "Reports the first token of samples, before they are completed. Any thread."},
    {nullptr, nullptr, 0, nullptr}};

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
      span->rows = table_.data();
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
    table_ = py::array::ensure(rows, py::array::c_style);
    if (!table_) throw py::error_already_set();
    if (table_.dtype().kind() == 'O') {
      throw py::type_error("rows: an array of objects; its bytes are no answers");
    }
    if (table_.ndim() == 0) throw py::value_error("rows: a scalar given; row i answers sample i");
    CheckCount(static_cast<size_t>(table_.shape(0)), size);
    row_bytes_ = size == 0 ? 0 : static_cast<size_t>(table_.nbytes()) / size;
  }

  void FromBuffers(const py::sequence& rows, size_t size) {
    CheckCount(rows.size(), size);
    addresses_.reserve(size);
    sizes_.reserve(size);
    buffers_.reserve(size);
    for (const py::handle row : rows) {
      if (row.is_none()) {
        addresses_.push_back(0);
        sizes_.push_back(0);
        continue;
      }
      buffers_.push_back(py::reinterpret_borrow<py::object>(row).cast<py::buffer>().request());
      const py::buffer_info& info = buffers_.back();
      if (PyBuffer_IsContiguous(info.view(), 'C') == 0) {
        throw py::value_error("rows: a buffer that is not contiguous; copy it first");
      }
      addresses_.push_back(reinterpret_cast<uintptr_t>(info.ptr));
      sizes_.push_back(static_cast<size_t>(info.size * info.itemsize));
    }
  }

  py::array table_;
  size_t row_bytes_ = 0;
  std::vector<py::buffer_info> buffers_;
  std::vector<uintptr_t> addresses_;
  std::vector<size_t> sizes_;
};

using TokenCounts = py::array_t<int64_t, py::array::c_style | py::array::forcecast>;

void Complete(ResponseSpan span, const py::object& rows, const py::object& n_tokens,
              void (*complete)(const ResponseSpan&)) {
  const Rows data(rows, span.size);
  data.PutInto(&span);
  TokenCounts counts;
  if (!n_tokens.is_none()) {
    counts = TokenCounts::ensure(n_tokens);
    if (!counts) throw py::error_already_set();
    if (static_cast<size_t>(counts.size()) != span.size) {
      throw py::value_error("n_tokens: " + std::to_string(counts.size()) + " given for " +
                            std::to_string(span.size) + " samples");
    }
    span.n_tokens = counts.data();
  }
  const py::gil_scoped_release release;
  complete(span);
}

using Ids = py::array_t<uint64_t, py::array::c_style | py::array::forcecast>;

ResponseSpan FromIds(const Ids& ids) {
  if (ids.ndim() != 1) throw py::value_error("ids: a one-dimensional array is needed");
  ResponseSpan span;
  span.ids = reinterpret_cast<const ResponseId*>(ids.data());
  span.size = static_cast<size_t>(ids.size());
  return span;
}

}  // namespace

void CompleteSpan(const ResponseSpan& span, const py::object& rows, const py::object& n_tokens) {
  Complete(span, rows, n_tokens, &CompleteSamples);
}

void FirstTokensOfSpan(const ResponseSpan& span, const py::object& rows) {
  Complete(span, rows, py::none(), &CompleteFirstTokens);
}

void RegisterCompletion(py::module_& module) {
  if (PyModule_AddFunctions(module.ptr(), functions) != 0) throw py::error_already_set();
  module.def(
      "complete",
      [](const Ids& ids, const py::object& rows, const py::object& n_tokens) {
        CompleteSpan(FromIds(ids), rows, n_tokens);
      },
      py::arg("ids"), py::arg("rows") = py::none(), py::arg("n_tokens") = py::none());
  module.def(
      "first_token",
      [](const Ids& ids, const py::object& rows) { FirstTokensOfSpan(FromIds(ids), rows); },
      py::arg("ids"), py::arg("rows") = py::none());
}

}  // namespace mlperf::python
