/* The report of a profile, as the options want it. */
#ifndef SMP_CLI_SHOW_H
#define SMP_CLI_SHOW_H

#include "base/buf.h"
#include "cli/options.h"
#include "model/profile.h"
#include "model/view.h"

/* How a report leaves us. */
struct smp_show {
    int html;         /* 1: the page */
    int json;         /* 1: JSON; neither: text */
    const char *path; /* NULL: standard output */
    /* Where the page's profile is saved as JSON too; NULL: nowhere. */
    const char *beside;
};

#define SMP_HTML_FILE "profile.html" /* where --html writes by itself */

/* Decides format and place. `file`: where JSON goes by itself; NULL: standard
 * output, and none beside the page. 0, or an exit code after the reason was printed; then nothing was
 * touched. */
int smp_show_plan(struct smp_show *show, const struct smp_options *o,
                  const char *file);

/* Writes the report. 0, or an exit code after the reason was printed. */
int smp_show(const struct smp_show *show, const struct smp_profile *p,
             const struct smp_options *o);

/* The page (html) or JSON of a profile, into `out`: 0 or a status. */
int smp_show_make(struct smp_buf *out, const struct smp_profile *p,
                  const struct smp_options *o, const struct smp_filter *f,
                  int html);

/* The question that the options ask. Borrows from them; *folder: owned text
 * that it borrows too (free it), or NULL. 0, or an exit code after the reason
 * was printed. */
int smp_show_filter(struct smp_filter *f, char **folder,
                    const struct smp_options *o);

#endif
