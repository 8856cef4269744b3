// The one thing the process knows: which run the free functions of loadgen.h act on.

#ifndef MLPERF_LOADGEN_RUN_CURRENT_H_
#define MLPERF_LOADGEN_RUN_CURRENT_H_

#include <cstdint>

#include "base/door.h"

namespace mlperf::run {

class Run;

// The door to it. Any thread.
base::Door<Run>& CurrentRun();

// Another door is the current one from here on. For a run that a visitor does not leave: door and
// run must then live as long as the process.
void ReplaceCurrentRun();

// Held by the run that is under way, from before its log files are touched until they are closed.
class Reservation {
 public:
  // Throws StateError while another one exists.
  Reservation();
  ~Reservation();
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
};

// A number from 1 that no other series of queries of this process has.
uint64_t NextGeneration();

}  // namespace mlperf::run

#endif  // MLPERF_LOADGEN_RUN_CURRENT_H_
