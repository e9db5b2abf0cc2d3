# Where the pinned wheels lie. Their versions are read from scripts/wheels.txt, the one place that has them.

if(DEFINED ENV{GCOMPRESS_DEPS})
  set(GCOMPRESS_DEPS_DIR "$ENV{GCOMPRESS_DEPS}")
elseif(DEFINED ENV{XDG_CACHE_HOME})
  set(GCOMPRESS_DEPS_DIR "$ENV{XDG_CACHE_HOME}/gcompress")
else()
  set(GCOMPRESS_DEPS_DIR "$ENV{HOME}/.cache/gcompress")
endif()

# Sets OUT to the folder of an unpacked wheel, whether it exists or not.
function(gcompress_pinned_folder GROUP NAME OUT)
  set(table "${PROJECT_SOURCE_DIR}/scripts/wheels.txt")
  set_property(DIRECTORY "${PROJECT_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${table}")
  file(STRINGS "${table}" rows REGEX "^${GROUP} ${NAME} ")
  if(NOT rows MATCHES "^${GROUP} ${NAME} ([^ ]+) ")
    message(FATAL_ERROR "scripts/wheels.txt has no row '${GROUP} ${NAME}'")
  endif()
  set(${OUT} "${GCOMPRESS_DEPS_DIR}/${NAME}-${CMAKE_MATCH_1}" PARENT_SCOPE)
endfunction()

gcompress_pinned_folder(build onnx onnx_folder)
if(NOT EXISTS "${onnx_folder}/onnx/onnx-ml.proto")
  message(FATAL_ERROR "${onnx_folder} is missing: run `make deps` first")
endif()
