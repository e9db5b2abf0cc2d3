# libgcompress_engine: the engine behind its C header, for devices and for other languages. It holds what
# running a .gcz takes and shows the functions of gcompress_engine.h, nothing else.

set(GCOMPRESS_ENGINE_HEADER "${PROJECT_SOURCE_DIR}/core/engine/c_interface/gcompress_engine.h")
if(TARGET gcompress_engine)
  set(map "${PROJECT_SOURCE_DIR}/cmake/libgcompress_engine.map")
  # The interface goes in as an object; it pulls what it needs out of the rooms' archives.
  add_library(gcompress_engine_library SHARED
    "${PROJECT_SOURCE_DIR}/core/engine/c_interface/gcompress_engine.cc")
  set_target_properties(gcompress_engine_library PROPERTIES
    OUTPUT_NAME gcompress_engine
    EXPORT_NAME engine
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib"
    LINK_DEPENDS "${map}")
  target_include_directories(gcompress_engine_library PRIVATE "${GCOMPRESS_INCLUDE_ROOT}"
    INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  gcompress_link(gcompress_engine_library PRIVATE ROOMS engine)
  target_link_options(gcompress_engine_library PRIVATE "-Wl,--version-script=${map}" -Wl,--gc-sections)
  add_library(gcompress::engine ALIAS gcompress_engine_library)
endif()
