// Makes a Python callback raise, and handles Ctrl-C.

#ifndef MLPERF_LOADGEN_BINDINGS_INTERRUPT_H_
#define MLPERF_LOADGEN_BINDINGS_INTERRUPT_H_

namespace mlperf::python {

// Lets Ctrl-C through: runs the signal handlers that wait to be run. On the main thread; takes the
// GIL. What they raise is thrown.
void CheckSignals();

// Makes a callback raise that holds up the test on the thread `ident`. Code of Python ends with an
// IncompleteError; the main thread gets Ctrl-C instead, which ends blocking calls as well, unless
// the program handles that itself. Any thread; takes the GIL.
void Interrupt(unsigned long ident);

// Takes back an interrupt that came too late to end a callback. On the thread `ident`, with the
// GIL.
void ForgetInterrupt(unsigned long ident);

}  // namespace mlperf::python

#endif  // MLPERF_LOADGEN_BINDINGS_INTERRUPT_H_
