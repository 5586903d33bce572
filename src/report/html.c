/* The page with a profile in it: one HTML file that needs nothing else. */
#define _GNU_SOURCE
#include <string.h>

#include "base/base64.h"
#include "base/status.h"
#include "report/gzip.h"
#include "report/html_page.h"
#include "report/report.h"

/* Where the built page has room for the profile; it is there once. */
#define ROOM "data-encoding=\"none\"></script>"

/* JSON from this size on is compressed: below it the page opens quicker as it is,
 * and a person can read it. */
#define GZIP_FROM ((size_t)1 << 20)
#define GZIP_LEVEL 1 /* the writer is to take a second for 50 MB */

/* The page reads `facts` and makes all tables itself. The JSON is escaped for
 * HTML as it is written (json_write_text.c). */
static int put_profile(struct smp_buf *out, const struct smp_buf *json)
{
    struct smp_buf packed = {0};
    if (json->length < GZIP_FROM) {
        smp_buf_puts(out, "data-encoding=\"json\">");
        smp_buf_add(out, json->data, json->length);
        return 0;
    }
    int status = smp_gzip(&packed, json->data, json->length, GZIP_LEVEL);
    if (!status) {
        smp_buf_puts(out, "data-encoding=\"gzip\">");
        smp_base64_add(out, packed.data, packed.length);
    }
    smp_buf_release(&packed);
    return status;
}

static int put_page(struct smp_buf *out, const struct smp_buf *json)
{
    size_t length;
    const char *page = smp_html_page(&length);
    const char *room = memmem(page, length, ROOM, strlen(ROOM));
    if (!room)
        return SMP_EFORMAT; /* not a page of ours: a broken build */
    const char *rest = room + strlen(ROOM);
    smp_buf_add(out, page, (size_t)(room - page));
    int status = put_profile(out, json);
    smp_buf_puts(out, "</script>");
    smp_buf_add(out, rest, length - (size_t)(rest - page));
    return status ? status : out->failed ? SMP_ENOMEM : 0;
}

int smp_report_html_empty(struct smp_buf *out)
{
    size_t length;
    const char *page = smp_html_page(&length);
    smp_buf_add(out, page, length);
    return out->failed ? SMP_ENOMEM : 0;
}

int smp_report_html(struct smp_buf *out, const struct smp_profile *p,
                    const struct smp_json_options *o)
{
    struct smp_buf json = {0};
    struct smp_json_options facts = *o;
    facts.facts_only = 1;
    int status = smp_report_json(&json, p, &facts);
    if (!status)
        status = json.failed ? SMP_ENOMEM : put_page(out, &json);
    smp_buf_release(&json);
    return status;
}
