# SPDX-License-Identifier: BSD-3-Clause
#
# What a builder may choose, and the flags that follow from it.

option(HPT_TESTS    "build the tests (needs cmocka)"   ${PROJECT_IS_TOP_LEVEL})
option(HPT_BENCH    "build the benches"                ${PROJECT_IS_TOP_LEVEL})
option(HPT_TOOLS    "build the command line"           ${PROJECT_IS_TOP_LEVEL})
option(HPT_EXAMPLES "build the examples"               ${PROJECT_IS_TOP_LEVEL})
option(HPT_HWLOC    "topology through hwloc, loaded when asked for (its headers; nothing is linked)" ON)
option(HPT_NLOPT    "the strategy local, by NLopt"     ON)
option(HPT_SQLITE   "study files of SQLite"            ON)
option(HPT_WERROR   "a warning is an error"            OFF)
option(HPT_FUZZ     "build the fuzz targets with libFuzzer (needs clang)" OFF)
set(HPT_FUZZ_S 10 CACHE STRING "seconds that ctest runs each fuzz target")
set(HPT_SANITIZE "" CACHE STRING "\"\", address (with undefined) or thread")
set(HPT_TSAN_SHIM A CACHE STRING "what ThreadSanitizer sees of ck: A or B, see tests/tsan/README.md")
set_property(CACHE HPT_SANITIZE PROPERTY STRINGS "" address thread)
set_property(CACHE HPT_TSAN_SHIM PROPERTY STRINGS A B)

if(NOT HPT_SANITIZE MATCHES "^(address|thread)?$")
  message(FATAL_ERROR "HPT_SANITIZE is \"${HPT_SANITIZE}\"; it can be empty, address or thread")
endif()
if(NOT HPT_TSAN_SHIM MATCHES "^[AB]$")
  message(FATAL_ERROR "HPT_TSAN_SHIM is \"${HPT_TSAN_SHIM}\"; it can be A or B")
endif()
if(HPT_FUZZ AND NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "HPT_FUZZ needs clang; the compiler is ${CMAKE_C_COMPILER_ID}")
endif()

# Somebody who only types "cmake" gets a library worth measuring, with its assertions.
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
# Assertions cost little there and find much; only Release and MinSizeRel go without.
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELWITHDEBINFO "${CMAKE_C_FLAGS_RELWITHDEBINFO}")
if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON) # read by clang-tidy
endif()

# Instrumented code and plain code do not mix, so these hold for tests and examples too.
if(HPT_SANITIZE STREQUAL "address")
  set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=all)
elseif(HPT_SANITIZE STREQUAL "thread")
  set(sanitize -fsanitize=thread)
  # gcc warns that it does not model fences. Ours only decide whether somebody is woken; data never
  # depends on them alone.
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    list(APPEND sanitize -Wno-tsan)
  endif()
endif()
if(HPT_FUZZ)
  list(APPEND sanitize -fsanitize=fuzzer-no-link)
endif()
if(sanitize)
  add_compile_options(${sanitize} -fno-omit-frame-pointer)
  add_link_options(${sanitize})
endif()

set(HPT_WARNINGS
    -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Wconversion -Wno-sign-conversion -Wvla -Wformat=2 -Wundef
    $<$<BOOL:${HPT_WERROR}>:-Werror>)

# hpt_compile(<target> [POSIX]): the flags that all C of this project is compiled with.
#   POSIX   shows what every system has, and nothing else
function(hpt_compile target)
  set_target_properties(${target} PROPERTIES
      C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF
      C_VISIBILITY_PRESET hidden)
  target_compile_options(${target} PRIVATE
      ${HPT_WARNINGS}
      -ffp-contract=off # the one value-changing optimisation that is on by default: same bits everywhere
      -fexceptions)     # an exception of a C++ objective unwinds through our frames to its own handler
  # Strict C11 hides POSIX on Linux; a file that needs more defines it itself. Elsewhere everything is
  # to be seen until some of it is asked for, and then no more than that.
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND "POSIX" IN_LIST ARGN)
    target_compile_definitions(${target} PRIVATE _XOPEN_SOURCE=700)
  elseif(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    target_compile_definitions(${target} PRIVATE _POSIX_C_SOURCE=200809L _DEFAULT_SOURCE)
  endif()
  if(HPT_SANITIZE STREQUAL "thread")
    target_include_directories(${target} SYSTEM BEFORE PRIVATE ${PROJECT_SOURCE_DIR}/tests/tsan)
    target_compile_definitions(${target} PRIVATE HPT_TSAN_SHIM_${HPT_TSAN_SHIM}=1)
  endif()
endfunction()
