/* Reports that leave while the program runs: what the collector calls. */
#ifndef SMP_CLI_REPORTS_H
#define SMP_CLI_REPORTS_H

#include "cli/show.h"
#include "collector/run.h"

/* Their context; borrowed by the collector while it runs. */
struct smp_reports {
    const struct smp_options *options;
    const struct smp_show
        *show; /* the report as planned for the end; NULL: none */
    struct smp_run_reports calls;
};

/* Fills it in, and returns its calls. */
const struct smp_run_reports *smp_reports_init(struct smp_reports *r,
                                               const struct smp_options *o,
                                               const struct smp_show *show);

/* 1 where every report is of its own interval, in a file of its own. */
int smp_reports_are_windows(const struct smp_options *o);
/* The last of such: 0 or an exit code. */
int smp_reports_last_window(const struct smp_reports *r,
                            const struct smp_profile *p);

#endif
