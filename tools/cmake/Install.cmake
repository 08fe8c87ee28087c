# What cmake --install puts where. The components are the packages that Debian would make of it (Package.cmake).
include(CMakePackageConfigHelpers)

file(STRINGS include/unmix/context.h UM_HEADER_VERSION REGEX "define UNMIX_VERSION \"")
if(NOT UM_HEADER_VERSION MATCHES "\"${PROJECT_VERSION}\"")
    message(FATAL_ERROR "include/unmix/context.h says ${UM_HEADER_VERSION}, CMakeLists.txt ${PROJECT_VERSION}")
endif()

install(TARGETS unmix_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(DIRECTORY ${UM_DOCUMENTS}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program
    FILES_MATCHING PATTERN "*.1.gz")
install(FILES ${UM_DOCUMENTS}/bash/unmix DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
    COMPONENT program)
# Debian keeps site-functions for what the administrator of a machine puts there.
set(UM_ZSH site-functions)
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    set(UM_ZSH vendor-completions)
endif()
install(FILES ${UM_DOCUMENTS}/zsh/_unmix DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${UM_ZSH} COMPONENT program)

install(TARGETS unmix EXPORT unmixTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development)
install(DIRECTORY include/unmix DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)

set(UM_CMAKE_FOLDER ${CMAKE_INSTALL_LIBDIR}/cmake/unmix)
install(EXPORT unmixTargets FILE unmixConfig.cmake NAMESPACE unmix:: DESTINATION ${UM_CMAKE_FOLDER}
    COMPONENT development)
# Before 1.0 a new minor version may change the interface.
write_basic_package_version_file(unmixConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/unmixConfigVersion.cmake DESTINATION ${UM_CMAKE_FOLDER} COMPONENT development)

# pkg-config works out the prefix from where the file lies, so that --prefix at the time of installing is enough.
file(RELATIVE_PATH UM_PREFIX_FROM_PC ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(tools/cmake/unmix.pc.in unmix.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/unmix.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
