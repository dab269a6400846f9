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

# Only its headers: the library is loaded at run time, by the runs that ask for it.
set(HPT_HAVE_HWLOC OFF)
if(HPT_HWLOC)
  find_path(HWLOC_INCLUDE_DIR hwloc.h)
  if(HWLOC_INCLUDE_DIR)
    set(HPT_HAVE_HWLOC ON)
  else()
    message(STATUS "hwloc.h not found (Debian: libhwloc-dev): workers are bound by the kernel's tables alone")
  endif()
endif()

# For the strategy local.
set(HPT_HAVE_NLOPT OFF)
if(HPT_NLOPT)
  pkg_check_modules(nlopt IMPORTED_TARGET nlopt)
  if(nlopt_FOUND)
    set(HPT_HAVE_NLOPT ON)
  else()
    message(STATUS "NLopt not found (Debian: libnlopt-dev): the strategy local is left out")
  endif()
endif()

# For study files.
set(HPT_HAVE_SQLITE OFF)
if(HPT_SQLITE)
  pkg_check_modules(sqlite IMPORTED_TARGET sqlite3>=3.35)
  if(sqlite_FOUND)
    set(HPT_HAVE_SQLITE ON)
  else()
    message(STATUS "SQLite 3.35 not found (Debian: libsqlite3-dev): study files can be journals only")
  endif()
endif()

add_library(hpt_depend INTERFACE)
target_include_directories(hpt_depend SYSTEM INTERFACE
    $<BUILD_INTERFACE:${RANDOM123_INCLUDE_DIR}>)
target_link_libraries(hpt_depend INTERFACE PkgConfig::ck PkgConfig::cjson Threads::Threads m ${CMAKE_DL_LIBS})
if(HPT_HAVE_NLOPT)
  target_link_libraries(hpt_depend INTERFACE PkgConfig::nlopt)
endif()
if(HPT_HAVE_SQLITE)
  target_link_libraries(hpt_depend INTERFACE PkgConfig::sqlite)
endif()
