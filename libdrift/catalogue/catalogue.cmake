# The catalogue's JSON files are checked, packed and compiled into the objects of the catalogue.
set(catalogue ${CMAKE_SOURCE_DIR}/libdrift/catalogue)
set(catalogue_data ${CMAKE_BINARY_DIR}/generated/catalogue_data.c)
file(GLOB_RECURSE catalogue_entries CONFIGURE_DEPENDS ${catalogue}/*.json)
file(GLOB catalogue_readers CONFIGURE_DEPENDS ${catalogue}/*.c)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated)

add_executable(catalogue-compile ${catalogue_readers})
target_link_libraries(catalogue-compile PRIVATE drift_flags ${DRIFT_LIBS})
foreach(module base model jmespath)
  if(TARGET drift_${module})
    target_sources(catalogue-compile PRIVATE $<TARGET_OBJECTS:drift_${module}>)
  endif()
endforeach()

add_custom_command(OUTPUT ${catalogue_data}
  COMMAND catalogue-compile ${catalogue} ${catalogue_data}
  DEPENDS catalogue-compile ${catalogue_entries}
  COMMENT "Checking and packing the catalogue" VERBATIM)
target_sources(drift_catalogue PRIVATE ${catalogue_data})
# one long list of numbers: nothing to optimise
set_source_files_properties(${catalogue_data} PROPERTIES COMPILE_OPTIONS -O0)
