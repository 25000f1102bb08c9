# Everything that is generated, for tools that read sources without building them; every fuzzer; every unit test.
add_custom_target(sluice_generated)
add_custom_target(sluice_fuzzers)
add_custom_target(sluice_unit_tests)
# Those with threads of their own: what TSan can judge.
add_custom_target(sluice_threaded_tests)

# sluice_fuzzed(NAME): a target whose coverage libFuzzer sees.
function(sluice_fuzzed name)
  if(SLUICE_FUZZ)
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

# sluice_library(NAME SOURCES ... [DEPENDS ...] [TEMPLATES ...]): the one target of a folder. Includes are written from
# the top ("controller/api/gateway.h") or from include/ ("sluice/model.pb.h"). TEMPLATES: those of SOURCES that are
# mostly others' templates (Beast, CLI11, Boost.JSON); a sanitised build does not optimise them, which takes a minute a file.
function(sluice_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;TEMPLATES" ${ARGN})
  if(SLUICE_SANITIZE)
    set_source_files_properties(${arg_TEMPLATES} PROPERTIES COMPILE_OPTIONS -O0 SKIP_PRECOMPILE_HEADERS ON)
  endif()
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/include)
  target_link_libraries(${name} PUBLIC ${arg_DEPENDS} PRIVATE sluice_warnings)
  sluice_fuzzed(${name})
  sluice_use_precompiled(${name} library)
endfunction()

# sluice_test(NAME SOURCES ... [DEPENDS ...] [LABELS ...]): one gtest binary a folder of tests/unit, found by ctest
# case by case. Labels: unit (default), threads (in addition: it has threads), bpf (needs root and the kernel).
function(sluice_test name)
  if(NOT SLUICE_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;LABELS" ${ARGN})
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_compile_definitions(${name} PRIVATE SLUICE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_compile_options(${name} PRIVATE ${SLUICE_TEST_OPTIONS})
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS} GTest::gmock GTest::gtest_main sluice_warnings)
  sluice_use_precompiled(${name} test)
  add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 900)
  if("unit" IN_LIST arg_LABELS)
    add_dependencies(sluice_unit_tests ${name})
  endif()
  if("threads" IN_LIST arg_LABELS)
    add_dependencies(sluice_threaded_tests ${name})
  endif()
endfunction()

# sluice_fuzzer(NAME SOURCES ... [DEPENDS ...]): a libFuzzer target; its corpus is tests/fuzz/corpus/NAME.
function(sluice_fuzzer name)
  if(NOT SLUICE_FUZZ)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(sluice_fuzzers ${name})
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS} sluice_warnings)
endfunction()
