# The rooms of src/: their sources, and the flags that all of them share.

# Sources of the rooms named, in `out`. The platform's are those of this system.
function(smp_room_sources out)
    set(found)
    foreach(room IN LISTS ARGN)
        file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${room}/*.c)
        list(APPEND found ${sources})
        if(room STREQUAL "platform")
            file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/platform/linux/*.c)
            list(APPEND found ${sources})
        endif()
    endforeach()
    set(${out} ${found} PARENT_SCOPE)
endfunction()

# What every C target of ours is compiled with.
add_library(smp_flags INTERFACE)
target_include_directories(smp_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(smp_flags INTERFACE
    -std=gnu11 -Wall -Wextra -Wshadow -Wmissing-prototypes
    $<$<BOOL:${SMP_WERROR}>:-Werror>)
target_compile_definitions(smp_flags INTERFACE SMP_VERSION="${SMP_VERSION}")

# The page is a part of the executable; web/ builds it, and it is committed.
set(page ${CMAKE_SOURCE_DIR}/web/dist/page.html)
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/report/html_page.c PROPERTIES
    COMPILE_DEFINITIONS SMP_PAGE="${page}" OBJECT_DEPENDS ${page})

# For everything that runs outside of the profiled program.
add_library(smp_outside_flags INTERFACE)
target_link_libraries(smp_outside_flags INTERFACE smp_flags)
if(SMP_SANITIZE)
    set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=undefined
        -fno-omit-frame-pointer)
    target_compile_options(smp_outside_flags INTERFACE ${sanitizers})
    target_link_options(smp_outside_flags INTERFACE ${sanitizers})
else()
    target_compile_options(smp_outside_flags INTERFACE -fstack-protector-strong)
endif()
