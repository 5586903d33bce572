/* Reports that leave while the program runs: what the collector calls. */
#ifndef SMP_CLI_REPORTS_H
#define SMP_CLI_REPORTS_H

#include "cli/options.h"
#include "collector/run.h"

/* Fills them in, with the options as context (borrowed). Returns `r`. */
const struct smp_run_reports *smp_reports_init(struct smp_run_reports *r,
                                               const struct smp_options *o);

#endif
