# Turns the file INPUT, of any size and content, into a C++ source OUTPUT that defines
# `extern const std::string_view mlperf::settings::NAME`, the bytes of the file.
#
#   cmake -DINPUT=rules/v6.1.conf -DOUTPUT=v6.1.cc -DNAME=kRules_v6_1 -P embed.cmake

foreach(argument INPUT OUTPUT NAME)
  if(NOT DEFINED ${argument})
    message(FATAL_ERROR "embed.cmake: -D${argument}=... is missing")
  endif()
endforeach()

get_filename_component(file_name "${INPUT}" NAME)
file(READ "${INPUT}" hex HEX)
# 16 bytes a line, each as a character literal: a string literal this long is not portable.
string(REGEX REPLACE "(................................)" "\\1\n    " lines "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," lines "${lines}")

file(WRITE "${OUTPUT}" "// Generated from ${file_name}.

#include <string_view>

namespace mlperf::settings {

static constexpr char kBytes[] = {
    ${lines}'\\0'};

extern const std::string_view ${NAME};
const std::string_view ${NAME}(kBytes, sizeof(kBytes) - 1);

}  // namespace mlperf::settings
")
