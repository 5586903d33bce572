/* The built page, as part of the executable. */
#include "report/html_page.h"

#include <stdint.h>

/* SMP_PAGE: the path of web/dist/page.html, from the build. */
__asm__(".section .rodata\n"
        ".balign 16\n"
        "smp_page_begin:\n"
        ".incbin \"" SMP_PAGE "\"\n"
        "smp_page_end:\n"
        ".balign 8\n"
        "smp_page_length:\n"
        ".quad smp_page_end - smp_page_begin\n"
        ".previous\n");

extern const char smp_page_begin[];
extern const uint64_t smp_page_length;

const char *smp_html_page(size_t *length)
{
    *length = (size_t)smp_page_length;
    return smp_page_begin;
}
