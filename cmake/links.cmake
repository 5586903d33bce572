# The `links:` comments: each unit test and fuzzer names what it links in a comment at its
# top, so that a dependency nobody meant to have breaks the build:
#   /* links: src/base/buf.c src/report/json.c -ljansson */
# -lNAME is a library of cmake/libraries.cmake, or the system's; tests/unit/test_x.c is all
# that test_x links.

# The words of a file's `links:` comment, in `out`.
function(smp_test_links out file)
    file(READ ${file} text LIMIT 2000)
    string(FIND "${text}" "/* links:" begin)
    string(FIND "${text}" "*/" end)
    if(NOT begin EQUAL 0 OR end EQUAL -1)
        message(FATAL_ERROR "${file} does not begin with a links: comment")
    endif()
    math(EXPR length "${end} - 9")
    string(SUBSTRING "${text}" 9 ${length} text)
    string(REGEX REPLACE "[ \t\r\n]+(\\*[ \t]+)?" ";" words "${text}")
    list(REMOVE_ITEM words "")
    set(all)
    foreach(word IN LISTS words)
        if(word MATCHES "^tests/.*\\.c$")
            smp_test_links(word ${CMAKE_SOURCE_DIR}/${word})
        endif()
        list(APPEND all ${word})
    endforeach()
    list(REMOVE_DUPLICATES all)
    set(${out} ${all} PARENT_SCOPE)
endfunction()

# Gives `target` the sources and libraries that its file names.
function(smp_test_link target file)
    smp_test_links(words ${file})
    foreach(word IN LISTS words)
        if(word MATCHES "^-l(.+)$")
            set(library ${CMAKE_MATCH_1})
            if(TARGET smp_lib_${library})
                set(library smp_lib_${library})
            endif()
            target_link_libraries(${target} PRIVATE ${library})
        elseif(word MATCHES "^-")
            target_link_options(${target} PRIVATE ${word})
        else()
            file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${word})
            if(NOT sources)
                message(WARNING "${file}: links ${word}, which is not there")
            endif()
            target_sources(${target} PRIVATE ${sources})
        endif()
    endforeach()
    # What a static libdw needs, and libm, whoever links them.
    target_link_libraries(${target} PRIVATE smp_lib_elf smp_lib_lzma
        smp_lib_bz2 smp_lib_zstd smp_lib_z m dl pthread)
    target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests/unit
        ${CMAKE_SOURCE_DIR})
    target_link_options(${target} PRIVATE -Wl,--as-needed)
endfunction()

