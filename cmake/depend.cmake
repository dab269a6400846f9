# SPDX-License-Identifier: BSD-3-Clause
#
# The libraries under hpt. `tools/setup build` installs them on Debian.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(ck REQUIRED IMPORTED_TARGET ck)          # queues, rings, atomics, event counts
pkg_check_modules(cjson REQUIRED IMPORTED_TARGET libcjson) # JSON
find_path(RANDOM123_INCLUDE_DIR Random123/philox.h)        # random streams; headers only
if(NOT RANDOM123_INCLUDE_DIR)
  message(FATAL_ERROR "Random123/philox.h not found: install librandom123-dev, "
                      "or set RANDOM123_INCLUDE_DIR")
endif()

add_library(hpt_depend INTERFACE)
target_include_directories(hpt_depend SYSTEM INTERFACE
    $<BUILD_INTERFACE:${RANDOM123_INCLUDE_DIR}>)
target_link_libraries(hpt_depend INTERFACE PkgConfig::ck PkgConfig::cjson Threads::Threads m)
