# libgcompress: the rooms without torch, as one shared library for other programs. Its C++ interface is
# namespace gcompress and nothing else; protobuf and the rest stay inside.

get_property(rooms GLOBAL PROPERTY GCOMPRESS_ROOMS)
set(objects)
set(externals)
foreach(room IN LISTS rooms)
  get_property(trains GLOBAL PROPERTY GCOMPRESS_ROOM_TRAINS_${room})
  if(trains OR room MATCHES "^tools" OR NOT TARGET gcompress_${room})
    continue()
  endif()
  get_target_property(type gcompress_${room} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    list(APPEND objects $<TARGET_OBJECTS:gcompress_${room}>)
  endif()
  get_property(uses GLOBAL PROPERTY GCOMPRESS_ROOM_USES_${room})
  list(APPEND externals ${uses})
endforeach()

if(objects)
  list(REMOVE_DUPLICATES externals)
  add_library(gcompress_library SHARED ${objects})
  set_target_properties(gcompress_library PROPERTIES
    OUTPUT_NAME gcompress
    EXPORT_NAME gcompress
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    LINKER_LANGUAGE CXX
    LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib"
    LINK_DEPENDS "${PROJECT_SOURCE_DIR}/cmake/libgcompress.map")
  gcompress_link(gcompress_library PRIVATE EXTERNALS ${externals})
  target_link_options(gcompress_library PRIVATE
    "-Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/libgcompress.map")
  target_compile_features(gcompress_library INTERFACE cxx_std_20)
  target_include_directories(gcompress_library INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  add_library(gcompress::gcompress ALIAS gcompress_library)
endif()
