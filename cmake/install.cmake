# SPDX-License-Identifier: BSD-3-Clause
#
# What `cmake --install` puts down: headers, both libraries, hpt.pc, hptConfig.cmake; the command.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/hpt)

install(DIRECTORY include/hpt TYPE INCLUDE FILES_MATCHING PATTERN "*.h")
install(TARGETS hpt hpt_static hpt_depend EXPORT hpt)
install(EXPORT hpt NAMESPACE hpt:: DESTINATION ${package_dir} FILE hptTargets.cmake)

configure_package_config_file(cmake/hptConfig.cmake.in ${PROJECT_BINARY_DIR}/hptConfig.cmake
    INSTALL_DESTINATION ${package_dir})
# While the major version is 0, a minor release may break the interface; see SOVERSION.
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(compatible SameMinorVersion)
else()
  set(compatible SameMajorVersion)
endif()
write_basic_package_version_file(${PROJECT_BINARY_DIR}/hptConfigVersion.cmake
    COMPATIBILITY ${compatible})
install(FILES ${PROJECT_BINARY_DIR}/hptConfig.cmake ${PROJECT_BINARY_DIR}/hptConfigVersion.cmake
    DESTINATION ${package_dir})

# Relative to the .pc file itself, so that `cmake --install --prefix` and a moved tree work.
file(RELATIVE_PATH pc_up ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" pc_up ${pc_up})
file(RELATIVE_PATH pc_libdir ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_LIBDIR})
file(RELATIVE_PATH pc_includedir ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
set(pc_nlopt "")
if(HPT_HAVE_NLOPT)
  set(pc_nlopt ", nlopt")
endif()
set(pc_sqlite "")
if(HPT_HAVE_SQLITE)
  set(pc_sqlite ", sqlite3")
endif()
configure_file(cmake/hpt.pc.in ${PROJECT_BINARY_DIR}/hpt.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/hpt.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# The command, with its pages and its completion where shells look for it.
if(TARGET hpt_command)
  install(TARGETS hpt_command RUNTIME)
endif()
if(TARGET hpt_command_files)
  set(generated ${PROJECT_BINARY_DIR}/tools/generated)
  install(DIRECTORY ${generated}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN "*.1")
  install(FILES ${generated}/hpt.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME hpt)
  install(FILES ${generated}/_hpt DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${generated}/hpt.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()
