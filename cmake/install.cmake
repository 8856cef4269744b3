# What a C or C++ project needs to find the library, in a prefix that may be moved: public headers,
# the library, a CMake package and a pkg-config file.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mlperf_loadgen)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/loadgen/include/mlperf_loadgen
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
# SUTs written for the established LoadGen are built with -I<prefix>/include.
foreach(name c_api issue_query_controller loadgen logging query_dispatch_library query_sample
    query_sample_library system_under_test test_settings)
  set(header ${CMAKE_CURRENT_BINARY_DIR}/established/${name}.h)
  file(CONFIGURE OUTPUT ${header} CONTENT "#include \"mlperf_loadgen/@name@.h\"\n" @ONLY)
  install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endforeach()
install(TARGETS mlperf_loadgen EXPORT mlperf_loadgen)
install(EXPORT mlperf_loadgen NAMESPACE mlperf_loadgen:: DESTINATION ${package_dir}
  FILE mlperf_loadgenTargets.cmake)

# What a static library brings has to be linked with it, also where only C is known.
set(cxx_libraries "")
set(pc_cflags "")
set(pc_libs "")
if(BUILD_SHARED_LIBS)
  set(pc_cflags " -DMLPERF_LOADGEN_SHARED")
elseif(NOT MSVC)
  set(cxx_libraries stdc++ m)
  if("c++" IN_LIST CMAKE_CXX_IMPLICIT_LINK_LIBRARIES)
    set(cxx_libraries c++ m)
  endif()
  list(JOIN cxx_libraries " -l" pc_libs)
  set(pc_libs " -pthread -l${pc_libs}")
endif()

set(config ${CMAKE_CURRENT_BINARY_DIR}/mlperf_loadgenConfig.cmake)
set(config_version ${CMAKE_CURRENT_BINARY_DIR}/mlperf_loadgenConfigVersion.cmake)
configure_package_config_file(cmake/mlperf_loadgenConfig.cmake.in ${config}
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${config_version} COMPATIBILITY SameMinorVersion)
install(FILES ${config} ${config_version} DESTINATION ${package_dir})

# The pkg-config file finds everything from where it lies.
set(pc ${CMAKE_CURRENT_BINARY_DIR}/mlperf_loadgen.pc)
file(RELATIVE_PATH pc_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
file(RELATIVE_PATH pc_includedir ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
  ${CMAKE_INSTALL_FULL_INCLUDEDIR})
configure_file(cmake/mlperf_loadgen.pc.in ${pc} @ONLY)
install(FILES ${pc} DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
