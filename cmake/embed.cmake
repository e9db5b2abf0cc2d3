# Text files that travel inside the programs.
#   gcompress_embed(ROOM FILE NAME)  makes embedded/NAME.h for the sources of a room: a header with
#   gcompress::embedded::NAME, a std::string_view of the file's content. FILE is of the tree, or an
#   absolute path. Edits rebuild.

function(gcompress_embed room file name)
  if(NOT TARGET gcompress_${room})
    return()
  endif()
  cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${PROJECT_SOURCE_DIR}" OUTPUT_VARIABLE path)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${path}")
  file(READ "${path}" content)
  set(folder "${PROJECT_BINARY_DIR}/embedded_for/${room}")
  file(CONFIGURE OUTPUT "${folder}/embedded/${name}.h" @ONLY CONTENT
[[// Made from @file@.
#pragma once
#include <string_view>
namespace gcompress::embedded {
// NOLINTNEXTLINE(readability-identifier-naming): named after its file
inline constexpr std::string_view @name@ = R"embedded(@content@)embedded";
}  // namespace gcompress::embedded
]])
  target_include_directories(gcompress_${room} PRIVATE "${folder}")
endfunction()

gcompress_embed(measure measure/carbon/constants.json carbon_constants)

# The report page: the template, its style, its scripts and the chart library.
file(GLOB page_parts CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}"
  measure/report_page/*.html measure/report_page/*.css measure/report_page/*.js measure/report_page/*.txt)
foreach(part IN LISTS page_parts)
  cmake_path(GET part FILENAME name)
  string(REPLACE "." "_" name "page_${name}")
  gcompress_embed(measure "${part}" ${name})
endforeach()
gcompress_embed(measure "${chart_library}" page_chart_library)
