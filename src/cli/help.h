/* The help, made from the tables of verbs and options. */
#ifndef SMP_CLI_HELP_H
#define SMP_CLI_HELP_H

#include "base/buf.h"

#define SMP_HELP_WIDTH 80 /* columns that no line passes */

void smp_help(struct smp_buf *out);       /* all of it */
void smp_help_usage(struct smp_buf *out); /* a few lines */

#endif
