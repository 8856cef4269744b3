// The grammar of mlperf.conf, user.conf and audit.config. Knows nothing about what the keys mean.

#ifndef MLPERF_LOADGEN_SETTINGS_CONFIG_H_
#define MLPERF_LOADGEN_SETTINGS_CONFIG_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mlperf::settings {

// One value, read both ways: which one is meant depends on the key.
struct Number {
  // The whole number that the text begins with: "0x10" is 16, "010" is 8, "12.9" is 12, "1e3" is
  // 1, "-1" wraps to 2^64 - 1.
  uint64_t integer = 0;
  bool integer_overflows = false;  // more digits than 64 bits hold; `integer` is then 2^64 - 1
  double real = 0;                 // always finite
  std::string text;
  int line = 0;  // 1-based
};

struct Config {
  // By the whole key, "model.scenario.name". Of a repeated key the last one stands.
  std::map<std::string, Number, std::less<>> values;
  std::vector<std::string> errors;    // a text a malformed line; then no value may be used
  std::vector<std::string> warnings;  // of lines that are ignored but look like a mistake
};

// Reads `text`, which may hold anything. A line is split at white space into a key, "=" and one or
// more numbers, of which the last stands. "#" as a token of its own, before the "=", starts a
// comment. A byte order mark of UTF-8 is skipped; UTF-16 is an error.
Config ParseConfig(std::string_view text);

// The line of a setting, by its key as written, looked up as M.S, *.S, M.*, *.* in this order; null
// when there is none.
const std::pair<const std::string, Number>* Lookup(const Config& config, std::string_view model,
                                                   std::string_view scenario,
                                                   std::string_view name);

// A key at its last two dots: only the model may hold dots.
struct Key {
  std::string_view model;
  std::string_view scenario;
  std::string_view name;
};

// Nothing when `key` is not of the form model.scenario.name.
std::optional<Key> SplitKey(std::string_view key);

// Appends "<text>, line=<line>", and ": <more>" if there is more to say. A file may have millions
// of bad lines: after the first hundred texts it appends one that says so, then nothing.
void AddAtLine(std::string_view text, int line, std::vector<std::string>& texts,
               std::string_view more = {});

// `text` as it suits a log entry and a terminal: cut to a length, as UTF-8, "?" for control
// characters.
std::string Clip(std::string_view text);

}  // namespace mlperf::settings

#endif  // MLPERF_LOADGEN_SETTINGS_CONFIG_H_
