/* Source lines in the report: which are shown, and how they are drawn. */
#ifndef SMP_REPORT_TEXT_SOURCE_H
#define SMP_REPORT_TEXT_SOURCE_H

#include "report/source.h"
#include "report/text_report.h"

/* Per line of a file: why it is shown; 0: it is not. */
enum smp_show {
    SMP_SHOW_NOT = 0,
    SMP_SHOW_CONTEXT = 1, /* near a line with time, or the def around it */
    SMP_SHOW_TIME = 2     /* it reached the threshold */
};

/* A file's lines as the report shows them. */
struct smp_listing {
    struct smp_source source;
    uint8_t *show; /* owned; by line number, source.count + 2 of them: the first
                    * and the last are 0 */
    size_t dedent; /* bytes of space that every shown line can do without */
};

/* 0 or SMP_ENOMEM. `threshold`: share from which on a line is shown; `room`:
 * cells there are for the source. */
int smp_listing_make(struct smp_listing *l, const struct smp_text *t,
                     const struct smp_file_cost *file, double threshold,
                     int room);
void smp_listing_release(struct smp_listing *l);

/* Draws a line's source in colour up to the right edge. `style` other than
 * PLAIN overrides the syntax colours. `cost`: its hottest expression is
 * underlined; may be NULL. */
void smp_listing_draw(struct smp_text *t, const struct smp_listing *l,
                      uint32_t line, int style,
                      const struct smp_line_cost *cost);

#endif
