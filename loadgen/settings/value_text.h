// The value of a setting, as messages and the C interface show it.

#ifndef MLPERF_LOADGEN_SETTINGS_VALUE_TEXT_H_
#define MLPERF_LOADGEN_SETTINGS_VALUE_TEXT_H_

#include <string>
#include <string_view>
#include <type_traits>

#include "settings/names.h"

namespace mlperf::settings {

// `real_text` writes a double. An enumerator without a name is shown as its number.
template <typename T, typename RealText>
std::string ValueText(const T& value, const RealText& real_text) {
  if constexpr (std::is_same_v<T, std::string>) {
    return value;
  } else if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, double>) {
    return real_text(value);
  } else if constexpr (std::is_enum_v<T>) {
    if constexpr (requires { Name(value); }) {
      if (const std::string_view name = Name(value); name != "unknown") return std::string(name);
    }
    return std::to_string(static_cast<int>(value));
  } else {
    return std::to_string(value);
  }
}

}  // namespace mlperf::settings

#endif  // MLPERF_LOADGEN_SETTINGS_VALUE_TEXT_H_
