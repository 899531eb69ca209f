# What `cmake --install` puts in place, and the package files for consumers.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/cordon)
install(EXPORT cordon-targets NAMESPACE cordon:: DESTINATION ${package_dir})
configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/cordon-config.cmake.in
  ${PROJECT_BINARY_DIR}/cordon-config.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/cordon-config-version.cmake
  COMPATIBILITY SameMinorVersion)
# FindCAF.cmake goes with it: the distribution ships no package file for CAF.
install(FILES
  ${PROJECT_BINARY_DIR}/cordon-config.cmake
  ${PROJECT_BINARY_DIR}/cordon-config-version.cmake
  ${PROJECT_SOURCE_DIR}/cmake/FindCAF.cmake
  DESTINATION ${package_dir})

configure_file(${PROJECT_SOURCE_DIR}/cmake/cordon.pc.in
  ${PROJECT_BINARY_DIR}/cordon.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/cordon.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES README.md SECURITY.md CHANGELOG.md LICENSE
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
