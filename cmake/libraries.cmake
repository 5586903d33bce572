# The libraries of the executable: static where Debian has them so, because the
# wheel is put on machines that lack them.

# Finds the library NAME: target smp_lib_NAME. OPTIONAL: only needed by others,
# left out where it is missing.
function(smp_library name)
    set(names ${name})
    if(SMP_STATIC AND NOT SMP_SANITIZE)
        set(names lib${name}.a ${name})
    endif()
    find_library(SMP_LIB_${name} NAMES ${names})
    add_library(smp_lib_${name} INTERFACE)
    if(SMP_LIB_${name})
        target_link_libraries(smp_lib_${name} INTERFACE ${SMP_LIB_${name}})
    elseif(NOT "OPTIONAL" IN_LIST ARGN)
        message(FATAL_ERROR "The library ${name} is missing: ./dev setup installs it")
    endif()
    mark_as_advanced(SMP_LIB_${name})
endfunction()

smp_library(dw)
smp_library(elf)
smp_library(jansson)
smp_library(yaml)
smp_library(z)
smp_library(iberty) # C++ and Rust names of symbols
# What a static libdw needs.
smp_library(lzma OPTIONAL)
smp_library(bz2 OPTIONAL)
smp_library(zstd OPTIONAL)

# In the order in which a linker wants them.
add_library(smp_libraries INTERFACE)
target_link_libraries(smp_libraries INTERFACE
    smp_lib_dw smp_lib_elf smp_lib_lzma smp_lib_bz2 smp_lib_zstd
    smp_lib_jansson smp_lib_yaml smp_lib_z smp_lib_iberty m dl pthread)
