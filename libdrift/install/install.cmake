# What `cmake --install` lays down: the CLI, the libraries, the public headers, pkg-config and CMake package files.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS ${libraries} EXPORT libdriftTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY libdrift/include/drift DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
if(TARGET driftscan)
  install(TARGETS driftscan RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  # The program writes its own manual page and completions, so that they agree with its options.
  set(written ${CMAKE_BINARY_DIR}/generated/driftscan.1 ${CMAKE_BINARY_DIR}/generated/driftscan.bash
    ${CMAKE_BINARY_DIR}/generated/_driftscan ${CMAKE_BINARY_DIR}/generated/driftscan.fish)
  list(GET written 0 manual)
  list(GET written 1 bash)
  list(GET written 2 zsh)
  list(GET written 3 fish)
  add_custom_command(OUTPUT ${written} DEPENDS driftscan VERBATIM
    COMMAND driftscan man > ${manual}
    COMMAND driftscan completion bash > ${bash}
    COMMAND driftscan completion zsh > ${zsh}
    COMMAND driftscan completion fish > ${fish})
  add_custom_target(driftscan_written ALL DEPENDS ${written})
  install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${bash} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME driftscan)
  install(FILES ${zsh} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${fish} DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

set(config ${CMAKE_INSTALL_LIBDIR}/cmake/libdrift)
install(EXPORT libdriftTargets NAMESPACE drift:: DESTINATION ${config})
configure_package_config_file(libdrift/install/libdriftConfig.cmake.in ${CMAKE_BINARY_DIR}/libdriftConfig.cmake
  INSTALL_DESTINATION ${config})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/libdriftConfigVersion.cmake COMPATIBILITY SameMinorVersion)
configure_file(libdrift/install/libdrift.pc.in ${CMAKE_BINARY_DIR}/libdrift.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/libdriftConfig.cmake ${CMAKE_BINARY_DIR}/libdriftConfigVersion.cmake DESTINATION ${config})
install(FILES ${CMAKE_BINARY_DIR}/libdrift.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
