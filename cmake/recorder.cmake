# The recorder: one shared library that needs nothing but libc.

# Compiled apart from the executable's: these flags are what makes the code fit
# for a signal handler in a process that is not ours.
set(recorder_flags -fPIC -O2 -fno-builtin-malloc -ftls-model=initial-exec
    -fvisibility=hidden -fno-stack-protector -ffunction-sections -fdata-sections
    -fno-plt -include ${CMAKE_SOURCE_DIR}/src/recorder/own.h)
# It defines the functions whose names own.h changes.
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/recorder/copy.c
    ${CMAKE_SOURCE_DIR}/src/recorder/late_hooks.c PROPERTIES
    COMPILE_DEFINITIONS SMP_STANDS_BEFORE_LIBC)

# The rooms below it, as an archive: only what the recorder uses is linked.
smp_room_sources(below base record cpython platform)
add_library(smp_recorder_below STATIC ${below})
target_link_libraries(smp_recorder_below PRIVATE smp_flags)
target_compile_options(smp_recorder_below PRIVATE ${recorder_flags})

smp_room_sources(sources recorder)
add_library(smp_recorder MODULE ${sources})
set_target_properties(smp_recorder PROPERTIES
    OUTPUT_NAME recorder PREFIX lib SUFFIX .so C_VISIBILITY_PRESET hidden)
target_link_libraries(smp_recorder PRIVATE smp_flags smp_recorder_below)
target_compile_options(smp_recorder PRIVATE ${recorder_flags})
target_link_options(smp_recorder PRIVATE -static-libgcc
    -Wl,--as-needed -Wl,--gc-sections -Wl,-z,defs -Wl,-z,now -Wl,-z,relro
    -Wl,-z,noexecstack -Wl,--exclude-libs,ALL
    # Loaded late, we are not the first to have these names, and stay for ever.
    -Wl,-Bsymbolic-functions -Wl,-z,nodelete)
set(exports ${CMAKE_SOURCE_DIR}/src/recorder/exports.map)
if(EXISTS ${exports})
    target_link_options(smp_recorder PRIVATE -Wl,--version-script=${exports})
    set_target_properties(smp_recorder PROPERTIES LINK_DEPENDS ${exports})
endif()
install(TARGETS smp_recorder LIBRARY DESTINATION solvidia_mem_prof)
# With SMP=dormant it comes into every program of the Python that it is installed in.
if(SKBUILD)
    set(start ${CMAKE_SOURCE_DIR}/python/start)
    install(FILES ${start}/solvidia_mem_prof.pth ${start}/_solvidia_mem_prof_start.py
        DESTINATION .)
endif()
