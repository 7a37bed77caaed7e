# What `cmake --install` lays down: the CLI, the libraries, the public headers, pkg-config and CMake package files.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS ${libraries} EXPORT libdriftTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY libdrift/include/drift DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
if(TARGET driftscan)
  install(TARGETS driftscan RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

set(config ${CMAKE_INSTALL_LIBDIR}/cmake/libdrift)
install(EXPORT libdriftTargets NAMESPACE drift:: DESTINATION ${config})
configure_package_config_file(libdrift/install/libdriftConfig.cmake.in ${CMAKE_BINARY_DIR}/libdriftConfig.cmake
  INSTALL_DESTINATION ${config})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/libdriftConfigVersion.cmake COMPATIBILITY SameMinorVersion)
configure_file(libdrift/install/libdrift.pc.in ${CMAKE_BINARY_DIR}/libdrift.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/libdriftConfig.cmake ${CMAKE_BINARY_DIR}/libdriftConfigVersion.cmake DESTINATION ${config})
install(FILES ${CMAKE_BINARY_DIR}/libdrift.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
