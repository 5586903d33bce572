# Fuzzers: tests/fuzz/fuzz_NAME.c, its seeds in tests/fuzz/corpus/NAME. They name
# what they link as unit tests do.
if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "SMP_FUZZ needs clang: -DCMAKE_C_COMPILER=clang-14")
endif()
include(cmake/links.cmake)

file(GLOB fuzzers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/fuzz_*.c)
foreach(file IN LISTS fuzzers)
    get_filename_component(name ${file} NAME_WE)
    add_executable(${name} ${file})
    target_link_libraries(${name} PRIVATE smp_flags)
    target_compile_options(${name} PRIVATE -g -O1 -fsanitize=fuzzer,address,undefined
        -fno-sanitize-recover=undefined)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer,address,undefined)
    smp_test_link(${name} ${file})
endforeach()
