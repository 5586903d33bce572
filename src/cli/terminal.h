/* The terminal: how wide it is and what it can show. */
#ifndef SMP_CLI_TERMINAL_H
#define SMP_CLI_TERMINAL_H

#include "cli/options.h"
#include "report/report.h"

/* Fills width, color, utf8 and links of `text` for a report written to `fd`
 * (-1: to a file). An option wins, then the terminal, then the environment
 * (COLUMNS; NO_COLOR, FORCE_COLOR, TERM; LC_ALL, LC_CTYPE, LANG). */
void smp_terminal_fill(struct smp_text_options *text, int fd,
                       const struct smp_options *o);

#endif
