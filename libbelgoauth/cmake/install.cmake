# What `cmake --install` puts where, and the package files by which others find it.
include(CMakePackageConfigHelpers)

set(belgo_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/belgoauth)

install(TARGETS belgoauth EXPORT belgoauthTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT belgoauthTargets NAMESPACE belgoauth:: DESTINATION ${belgo_package_dir})

# The static library names its dependencies, so it has a file of its own: whoever links the shared one needs none of them.
set_target_properties(belgoauth_static PROPERTIES EXPORT_NAME belgoauth_static)
target_include_directories(belgoauth_static INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
install(TARGETS belgoauth_static EXPORT belgoauthStaticTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT belgoauthStaticTargets NAMESPACE belgoauth:: DESTINATION ${belgo_package_dir})

install(DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/include/belgoauth DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h")

configure_package_config_file(${CMAKE_CURRENT_SOURCE_DIR}/belgoauthConfig.cmake.in belgoauthConfig.cmake
  INSTALL_DESTINATION ${belgo_package_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(belgoauthConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/belgoauthConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/belgoauthConfigVersion.cmake
  DESTINATION ${belgo_package_dir})

# Paths relative to the file itself stay right under a prefix that is given at install time.
file(RELATIVE_PATH belgo_pc_up /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(${CMAKE_CURRENT_SOURCE_DIR}/belgoauth.pc.in belgoauth.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/belgoauth.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

foreach(section 1 3 5 7)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section}
    FILES_MATCHING PATTERN "*.${section}")
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/completions/oauthctl.bash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME oauthctl)
install(FILES ${PROJECT_SOURCE_DIR}/completions/_oauthctl DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${PROJECT_SOURCE_DIR}/completions/oauthctl.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# The programs are defined after this directory.
function(belgo_install_programs)
  # Only below /usr does the loader look by itself: /usr/local waits for ldconfig, and --prefix may still name another one.
  # The path is relative, so the prefix can be moved.
  if(NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    file(RELATIVE_PATH to_lib /prefix/${CMAKE_INSTALL_LIBEXECDIR}/oauthctl /prefix/${CMAKE_INSTALL_LIBDIR})
    set_target_properties(oauthctl-main PROPERTIES INSTALL_RPATH "$ORIGIN/${to_lib}")
  endif()
  install(TARGETS oauthctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(TARGETS oauthctl-main RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/oauthctl)
endfunction()
cmake_language(DEFER DIRECTORY ${PROJECT_SOURCE_DIR} CALL belgo_install_programs)
