# SPDX-License-Identifier: BSD-3-Clause
#
# Toolchain: from Debian on any machine to Debian on aarch64. `tools/setup aarch64` brings the
# compiler, the emulator and a folder with the libraries; nothing of the host changes.
#
#   cmake -B build/aarch64 --toolchain cmake/aarch64.cmake

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)

get_filename_component(libraries ${CMAKE_CURRENT_LIST_DIR}/../build/aarch64-sysroot/usr ABSOLUTE)
set(CMAKE_FIND_ROOT_PATH ${libraries} /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} ${libraries}/lib/aarch64-linux-gnu/pkgconfig:${libraries}/share/pkgconfig)
get_filename_component(root ${libraries} DIRECTORY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${root})

set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L /usr/aarch64-linux-gnu)
