/* A bar that shows how much time there is and of which kinds. */
#ifndef SMP_REPORT_TEXT_BAR_H
#define SMP_REPORT_TEXT_BAR_H

#include "report/text_report.h"

/* Draws the cost's bar in at most `cells` cells: all of them stand for
 * t->bar_s, the most that a line or function has. In colour the kinds follow each other in eighths of a
 * cell; without colour each kind has its own shade, or its letter in ASCII. */
void smp_text_bar(struct smp_text *t, const struct smp_cost *cost, int cells);

#endif
