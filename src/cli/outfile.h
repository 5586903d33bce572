/* Placeholders in the name of the report: one profile for each of many runs. */
#ifndef SMP_CLI_OUTFILE_H
#define SMP_CLI_OUTFILE_H

#include "base/buf.h"
#include "cli/options.h"

/* Appends `name` with {pid} (of this process), {host} (this machine's name up to
 * its first dot) and {rank} (of an MPI or SLURM job, RANK of torchrun; the pid
 * outside of one) filled in. What else is in braces stays. */
void smp_outfile_expand(struct smp_buf *out, const char *name);

/* The same for the option's value. 0 or SMP_ENOMEM. */
int smp_outfile_fill(struct smp_options *o);

#endif
