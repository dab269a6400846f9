# SPDX-License-Identifier: BSD-3-Clause
#
# hpt_rows(<part> <MACRO> <out>): the sources named by src/<part>/rows.h, re-read when it changes.
# A plug-in is one file and one row; no second list, and no glob that would take in stray files.
function(hpt_rows part macro out)
  set(table ${PROJECT_SOURCE_DIR}/src/${part}/rows.h)
  set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${table})
  file(STRINGS ${table} rows REGEX "^${macro}\\(")
  list(TRANSFORM rows REPLACE "^${macro}\\(([a-z0-9_]+)\\).*" "src/${part}/\\1.c")
  set(${out} ${rows} PARENT_SCOPE)
endfunction()
