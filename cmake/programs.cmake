# Two programs, one command line: bin/gcompress without libtorch, and libexec/gcompress/gcompress-train,
# the same main() (tools/main.cc) with longer tables, by which gcompress replaces itself when a recipe
# trains. It looks for it at ../libexec/gcompress/gcompress-train, seen from its own folder.

function(gcompress_program TARGET FOLDER TABLES)
  add_executable(${TARGET} "${PROJECT_SOURCE_DIR}/tools/main.cc")
  set_target_properties(${TARGET} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/${FOLDER}"
    INSTALL_RPATH_USE_LINK_PATH ON)
  # The tables go in as objects: tools/ refers to what they define.
  if(TARGET gcompress_${TABLES})
    target_sources(${TARGET} PRIVATE $<TARGET_OBJECTS:gcompress_${TABLES}>)
  endif()
  gcompress_link(${TARGET} PRIVATE ROOMS ${TABLES} tools EXTERNALS cli json yaml spdlog)
  install(TARGETS ${TARGET} RUNTIME DESTINATION "${FOLDER}")
endfunction()

if(EXISTS "${PROJECT_SOURCE_DIR}/tools/main.cc")
  gcompress_program(gcompress bin tools_no_training)
  if(GCOMPRESS_TRAIN)
    gcompress_program(gcompress-train libexec/gcompress tools_training)
    add_dependencies(gcompress gcompress-train) # building the one is meant to build both
  endif()
endif()
