/* Rows of the tables of processes and of threads: one each, or one for many of
 * the same kind where there are too many to be read. */
#ifndef SMP_REPORT_TEXT_PEOPLE_H
#define SMP_REPORT_TEXT_PEOPLE_H

#include "base/buf.h"
#include "report/text_report.h"

#define SMP_PEOPLE_ROWS 10 /* of a table; the rest is summed up */

struct smp_people_row {
    uint32_t first;  /* the one with the most CPU time: a process, or an index
                     * into the view's threads */
    uint32_t count;  /* how many it stands for */
    uint32_t failed; /* of processes: ended by a signal or with an exit code */
    double cpu_s[3]; /* by kind, of all of them */
    double first_cpu_s; /* of the first alone */
    double idle_s;      /* not on a CPU: of a process its main thread */
    double life_s;
    double peak; /* bytes: the most that one of them had alive; 0: unknown */
    double rss;  /* the same, resident */
    char *kind;  /* owned; rows of the same kind may become one. NULL: none */
};

/* Puts rows of the same kind together if there are more than SMP_PEOPLE_ROWS,
 * and sorts by CPU time. Returns how many there are then. */
size_t smp_people_group(struct smp_people_row *rows, size_t n);
void smp_people_free(struct smp_people_row *rows, size_t n); /* NULL: nothing */

double smp_people_cpu(const struct smp_people_row *row); /* all kinds */

/* Which columns there is room and data for. */
struct smp_people_columns {
    int seconds, life, kinds, peak, rss; /* 1: shown */
};
struct smp_people_columns smp_people_columns(const struct smp_text *t,
                                             const struct smp_people_row *rows,
                                             size_t n);

void smp_people_titles(struct smp_text *t, const struct smp_people_columns *c);
void smp_people_cells(struct smp_text *t, const struct smp_people_columns *c,
                      const struct smp_people_row *row);
/* "in 12 more": the rows from the given one on. */
void smp_people_rest(struct smp_text *t, const struct smp_people_columns *c,
                     const struct smp_people_row *rows, size_t n);

#endif
