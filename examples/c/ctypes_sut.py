"""LoadGen's C library through ctypes, as any foreign function interface would use it.

    python ctypes_sut.py <path of the shared library>

In Python the package is the better way: a test that ctypes runs cannot be ended by Ctrl-C.
"""

import ctypes
import sys
from ctypes import byref, c_char_p, c_double, c_int32, c_int64, c_size_t, c_void_p


class Sample(ctypes.Structure):
    _fields_ = (("id", c_size_t), ("index", c_size_t))


class Response(ctypes.Structure):
    _fields_ = (("id", c_size_t), ("data", c_void_p), ("size", c_size_t), ("n_tokens", c_int64))


IssueCallback = ctypes.CFUNCTYPE(c_int32, c_void_p, ctypes.POINTER(Sample), c_size_t)

if len(sys.argv) != 2:
    sys.exit("usage: python ctypes_sut.py <path of the shared library>")
lib = ctypes.CDLL(sys.argv[1])
lib.mlperf_loadgen_last_error.restype = c_char_p


def check(status: int) -> None:
    if status != 0:
        sys.exit(f"status {status}: {lib.mlperf_loadgen_last_error().decode()}")


@IssueCallback
def issue(_user, samples, count):
    responses = (Response * count)(*(Response(samples[i].id) for i in range(count)))
    return lib.mlperf_loadgen_complete(responses, c_size_t(count), None, None)


sut, qsl, settings, report = (c_void_p() for _ in range(4))
check(lib.mlperf_loadgen_sut_create(b"ctypes SUT", issue, None, None, byref(sut)))
check(
    lib.mlperf_loadgen_qsl_create(
        b"nothing", c_size_t(1024), c_size_t(1024), None, None, None, byref(qsl)
    )
)
check(lib.mlperf_loadgen_settings_create(byref(settings)))
for name, value in {"scenario": "Offline", "min_duration_ms": "0", "write_files": "false"}.items():
    check(lib.mlperf_loadgen_settings_set(settings, name.encode(), value.encode()))
check(lib.mlperf_loadgen_run(sut, qsl, settings, byref(report)))

result = c_double()
check(lib.mlperf_loadgen_report_number(report, b"result", byref(result)))
valid = lib.mlperf_loadgen_report_valid(report)
print(f"{'VALID' if valid else 'INVALID'}: {result.value:.0f} samples per second")
for kind, handle in {"report": report, "settings": settings, "qsl": qsl, "sut": sut}.items():
    check(getattr(lib, f"mlperf_loadgen_{kind}_destroy")(handle))
sys.exit(0 if valid else 1)
