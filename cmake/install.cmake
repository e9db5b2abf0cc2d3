# The installed package: find_package(gcompress) gives the target gcompress::gcompress.

include(CMakePackageConfigHelpers)
include(install_headers)

foreach(header IN LISTS GCOMPRESS_INSTALL_HEADERS)
  if(NOT EXISTS "${PROJECT_SOURCE_DIR}/${header}")
    message(FATAL_ERROR "cmake/install_headers.cmake names ${header}, which does not exist")
  endif()
  cmake_path(GET header PARENT_PATH folder)
  install(FILES "${PROJECT_SOURCE_DIR}/${header}"
          DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/gcompress/${folder}")
  file(APPEND "${GCOMPRESS_ROOMS_FILE}" "installed ${header}\n")
endforeach()

if(TARGET gcompress_library)
  set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/gcompress")
  install(TARGETS gcompress_library EXPORT gcompressTargets LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  if(TARGET gcompress_engine_library)
    install(TARGETS gcompress_engine_library EXPORT gcompressTargets
            LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
    install(FILES "${GCOMPRESS_ENGINE_HEADER}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  endif()
  install(FILES "${GCOMPRESS_INCLUDE_ROOT}/gcompress/version.h"
          DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/gcompress")
  install(EXPORT gcompressTargets NAMESPACE gcompress:: DESTINATION "${package_folder}")
  configure_package_config_file(
    "${PROJECT_SOURCE_DIR}/cmake/gcompressConfig.cmake.in"
    "${PROJECT_BINARY_DIR}/gcompressConfig.cmake"
    INSTALL_DESTINATION "${package_folder}")
  write_basic_package_version_file(
    "${PROJECT_BINARY_DIR}/gcompressConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
  install(FILES "${PROJECT_BINARY_DIR}/gcompressConfig.cmake"
                "${PROJECT_BINARY_DIR}/gcompressConfigVersion.cmake"
          DESTINATION "${package_folder}")
endif()
