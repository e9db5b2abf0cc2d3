# Text files of the tree that travel inside the programs.
#   gcompress_embed(ROOM FILE NAME)  makes embedded/NAME.h for the sources of a room: a header with
#   gcompress::embedded::NAME, a std::string_view of the file's content. Edits rebuild.

function(gcompress_embed room file name)
  if(NOT TARGET gcompress_${room})
    return()
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${file}")
  file(READ "${PROJECT_SOURCE_DIR}/${file}" content)
  set(folder "${PROJECT_BINARY_DIR}/embedded_for/${room}")
  file(CONFIGURE OUTPUT "${folder}/embedded/${name}.h" @ONLY CONTENT
[[// Made from @file@.
#pragma once
#include <string_view>
namespace gcompress::embedded {
inline constexpr std::string_view @name@ = R"embedded(@content@)embedded";
}  // namespace gcompress::embedded
]])
  target_include_directories(gcompress_${room} PRIVATE "${folder}")
endfunction()

gcompress_embed(measure measure/carbon/constants.json carbon_constants)
