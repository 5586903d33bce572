/* The built page, as part of the executable. */
#ifndef SMP_REPORT_HTML_PAGE_H
#define SMP_REPORT_HTML_PAGE_H

#include <stddef.h>

/* web/dist/page.html; not NUL-terminated. Static storage. */
const char *smp_html_page(size_t *length);

#endif
