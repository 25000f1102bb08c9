# Everything here is installed by tools/setup; a missing one is named here, not in a compiler error.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(Protobuf REQUIRED)
# Our own re2 below leaves re2_FOUND in the cache, from which gRPC would conclude that its target re2::re2 is there.
set(re2_FOUND OFF)
find_package(gRPC CONFIG REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)

foreach(module libbpf libxdp libelf liburing re2 libcares libcap libseccomp libnghttp2)
  pkg_check_modules(${module} REQUIRED IMPORTED_TARGET ${module})
endforeach()
pkg_check_modules(yaml REQUIRED IMPORTED_TARGET yaml-0.1)

find_program(SLUICE_BPF_CLANG NAMES clang-19 REQUIRED)
find_program(SLUICE_LLVM_STRIP NAMES llvm-strip-19 REQUIRED)
find_program(SLUICE_BPFTOOL NAMES bpftool PATHS /usr/sbin REQUIRED)

# llhttp comes as C sources in a PyPI source package (tools/setup).
set(SLUICE_LLHTTP_DIR ${CMAKE_SOURCE_DIR}/build/deps/llhttp CACHE PATH "llhttp's C sources, put there by tools/setup")
if(NOT EXISTS ${SLUICE_LLHTTP_DIR}/llhttp.c)
  message(FATAL_ERROR "llhttp is not in ${SLUICE_LLHTTP_DIR}: run tools/setup")
endif()
add_library(llhttp STATIC ${SLUICE_LLHTTP_DIR}/llhttp.c ${SLUICE_LLHTTP_DIR}/api.c ${SLUICE_LLHTTP_DIR}/http.c)
target_include_directories(llhttp SYSTEM PUBLIC ${SLUICE_LLHTTP_DIR})
if(SLUICE_FUZZ)
  target_compile_options(llhttp PRIVATE -fsanitize=fuzzer-no-link)
endif()
