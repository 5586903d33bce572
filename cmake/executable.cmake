# The executable: launcher, collector and reports in one.

smp_room_sources(sources base record cpython platform model collector report)
# A library too, so that its objects are made once for all who link them.
add_library(smp_rooms STATIC ${sources})
target_link_libraries(smp_rooms PUBLIC smp_outside_flags smp_libraries)
set_target_properties(smp_rooms PROPERTIES C_VISIBILITY_PRESET hidden)

smp_room_sources(sources cli)
add_executable(solvidia-mem-prof ${sources})
target_link_libraries(solvidia-mem-prof PRIVATE smp_rooms)
target_link_options(solvidia-mem-prof PRIVATE -Wl,--as-needed -Wl,--gc-sections
    -Wl,-z,relro -Wl,-z,now -static-libgcc)
# To be found in a build folder it needs the recorder beside it.
add_dependencies(solvidia-mem-prof smp_recorder)

if(SKBUILD)
    install(TARGETS solvidia-mem-prof RUNTIME DESTINATION ${SKBUILD_SCRIPTS_DIR})
else()
    include(GNUInstallDirs)
    install(TARGETS solvidia-mem-prof RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

# The Python package says the same version.
configure_file(${CMAKE_SOURCE_DIR}/python/solvidia_mem_prof/_version.py.in
    ${CMAKE_BINARY_DIR}/_version.py @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/_version.py DESTINATION solvidia_mem_prof)

# In a build folder the package stands beside the executable, as links; its door,
# whose links are followed, as a copy.
if(NOT SKBUILD)
    file(GLOB parts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/python/solvidia_mem_prof/*)
    list(APPEND parts ${CMAKE_BINARY_DIR}/_version.py)
    list(FILTER parts EXCLUDE REGEX "\\.in$|__pycache__$|_verb\\.py$")
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/solvidia_mem_prof)
    foreach(part IN LISTS parts)
        get_filename_component(name ${part} NAME)
        file(CREATE_LINK ${part} ${CMAKE_BINARY_DIR}/solvidia_mem_prof/${name} SYMBOLIC)
    endforeach()
    configure_file(${CMAKE_SOURCE_DIR}/python/solvidia_mem_prof/_verb.py
        ${CMAKE_BINARY_DIR}/solvidia_mem_prof/_verb.py COPYONLY)
endif()
