# cpack: Debian packages from a build for /usr (preset "package"), else a tarball that runs wherever it is unpacked.
# Program, library and headers are packages of their own, as Debian names them.
set(CPACK_PACKAGE_NAME unmix)
set(CPACK_PACKAGE_VENDOR "The unmix authors")
set(CPACK_PACKAGE_CONTACT "The unmix authors <unmix@packages.invalid>" CACHE STRING
    "Maintainer of the packages, NAME <ADDRESS>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "takes mixtures of cell types and gene programs apart")
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_THREADS 0)
set(UM_ABOUT "unmix fits bulk RNA-seq counts as a Poisson mixture of cell-type
signatures and factorises single cells and spots into gene programs.
The numerical work runs in OpenCL kernels, on GPUs of any vendor or on
the CPU, and every fit comes with a certificate that says how far it
can be from the best one.")

set(CPACK_COMPONENTS_ALL program library development)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "${UM_ABOUT}\n\nThis package has the program.")
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "${UM_ABOUT}\n\nThis package has the shared library.")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
    "${UM_ABOUT}\n\nThis package has the headers, and the files for CMake and pkg-config.")

set(UM_FOR_DEBIAN OFF)
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr" AND EXISTS /etc/debian_version)
    set(UM_FOR_DEBIAN ON)
endif()

if(NOT UM_FOR_DEBIAN)
    set(CPACK_GENERATOR TGZ)
    string(TOLOWER ${CMAKE_SYSTEM_NAME} UM_SYSTEM)
    set(CPACK_PACKAGE_FILE_NAME unmix-${PROJECT_VERSION}-${UM_SYSTEM}-${CMAKE_SYSTEM_PROCESSOR})
    install(FILES LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)
    include(CPack)
    return()
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)

set(UM_DEBIAN_VERSION ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
set(UM_LIBRARY_PACKAGE libunmix${PROJECT_VERSION_MAJOR})
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME unmix)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS "pocl-opencl-icd | opencl-icd, gnuplot-nox | gnuplot")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME ${UM_LIBRARY_PACKAGE})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_BINARY_DIR}/debian/shlibs
    ${CMAKE_CURRENT_BINARY_DIR}/debian/triggers)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_RECOMMENDS "pocl-opencl-icd | opencl-icd")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libunmix-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${UM_LIBRARY_PACKAGE} (= ${UM_DEBIAN_VERSION})")

# Which package a program needs that links the library (before 1.0 a new minor version may change the interface), and
# that the loader's cache is to be renewed.
math(EXPR UM_NEXT_MINOR "${PROJECT_VERSION_MINOR} + 1")
string(CONCAT UM_SHLIBS "libunmix ${PROJECT_VERSION_MAJOR} ${UM_LIBRARY_PACKAGE} (>= ${PROJECT_VERSION}), "
    "${UM_LIBRARY_PACKAGE} (<< ${PROJECT_VERSION_MAJOR}.${UM_NEXT_MINOR}~)\n")
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/debian/shlibs "${UM_SHLIBS}")
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/debian/triggers "activate-noawait ldconfig\n")

# Debian wants the licence in a form that machines read, and a changelog, in each package.
file(READ LICENSE UM_LICENCE)
string(REGEX MATCH "Copyright[^\n]*" UM_COPYRIGHT "${UM_LICENCE}")
string(REGEX REPLACE "Copyright \\(c\\) " "" UM_COPYRIGHT "${UM_COPYRIGHT}")
string(REGEX REPLACE "^.*(Permission is hereby)" "\\1" UM_LICENCE "${UM_LICENCE}")
string(STRIP "${UM_LICENCE}" UM_LICENCE)
string(REPLACE "\n\n" "\n.\n" UM_LICENCE "${UM_LICENCE}")
string(REPLACE "\n" "\n " UM_LICENCE "${UM_LICENCE}")
configure_file(tools/cmake/copyright.in debian/copyright @ONLY)
configure_file(tools/cmake/changelog.in debian/changelog.Debian @ONLY)
execute_process(COMMAND ${UM_GZIP} -9nf ${CMAKE_CURRENT_BINARY_DIR}/debian/changelog.Debian COMMAND_ERROR_IS_FATAL ANY)
set(UM_PACKAGES unmix ${UM_LIBRARY_PACKAGE} libunmix-dev)
foreach(component package IN ZIP_LISTS CPACK_COMPONENTS_ALL UM_PACKAGES)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/debian/copyright ${CMAKE_CURRENT_BINARY_DIR}/debian/changelog.Debian.gz
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} COMPONENT ${component})
endforeach()
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/unmix COMPONENT program)
include(CPack)
