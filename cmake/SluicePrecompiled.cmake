# What most files include, compiled once for the libraries and once for the tests: a third of a sanitised build's time.
# A file must not lean on it: what ships is built without, and so is what clang-tidy reads, so what a file uses and does
# not include fails there.
set(SLUICE_PCH OFF CACHE STRING "Precompile the headers that most files include: OFF, TESTS (for tests alone) or ON")

set(_std <algorithm> <array> <chrono> <cstdint> <cstring> <expected> <filesystem> <fstream> <functional> <iostream>
  <map> <memory> <mutex> <optional> <random> <ranges> <set> <span> <sstream> <string> <string_view> <thread>
  <unordered_map> <utility> <variant> <vector>)
set(_ours <boost/json.hpp> <boost/describe.hpp> <sluice/model.pb.h> <controller/attach/graph.h>
  <userspace/model/store.h>)

# sluice_precompiled(NAME HEADERS ... DEPENDS ...): a target that others take their precompiled headers from.
function(sluice_precompiled name)
  cmake_parse_arguments(arg "" "" "HEADERS;DEPENDS" ${ARGN})
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp "")
  add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/include)
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS} sluice_model Boost::headers sluice_warnings)
  target_precompile_headers(${name} PRIVATE ${arg_HEADERS})
endfunction()

if(SLUICE_PCH)
  # Some dependencies ask for it; what is precompiled is for all alike.
  add_compile_options(-pthread)
  if(NOT SLUICE_PCH STREQUAL TESTS)
    sluice_precompiled(sluice_library_headers HEADERS ${_std} ${_ours})
    sluice_fuzzed(sluice_library_headers)
  endif()
  sluice_precompiled(sluice_test_headers HEADERS ${_std} ${_ours} <gmock/gmock.h> <gtest/gtest.h> DEPENDS GTest::gmock)
  target_compile_options(sluice_test_headers PRIVATE ${SLUICE_TEST_OPTIONS})
  # The compiler's own choice, which is what CMake asks for in executables.
  set_target_properties(sluice_test_headers PROPERTIES POSITION_INDEPENDENT_CODE OFF)
endif()

# sluice_use_precompiled(TARGET library|test)
function(sluice_use_precompiled name kind)
  if(TARGET sluice_${kind}_headers)
    target_precompile_headers(${name} REUSE_FROM sluice_${kind}_headers)
  endif()
endfunction()
