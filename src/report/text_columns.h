/* The columns of the report's tables: what there is, and what fits. */
#ifndef SMP_REPORT_TEXT_COLUMNS_H
#define SMP_REPORT_TEXT_COLUMNS_H

#include "report/text_report.h"

enum smp_text_table { SMP_TABLE_LINES, SMP_TABLE_FUNCTIONS, SMP_TABLE_COUNT };

/* What a row of a table is about. A new column reads its value from here. */
struct smp_text_row {
    const struct smp_cost *cost;          /* its own; NULL: no time at all */
    const struct smp_cost *total;         /* functions: with what it called */
    const struct smp_memory_cost *memory; /* NULL: none at all */
    uint32_t line;                        /* 0: none */
    int style; /* PLAIN, WARM, HOT; DIM: a part of the row above */
    int shown; /* 1: reached the threshold: its share is never blank */
};

#define SMP_COLUMN_LIMIT 16

/* The columns that a table has at this width, from the left; the source or the
 * name follows in what is left. */
struct smp_text_layout {
    const struct smp_text_column *columns[SMP_COLUMN_LIMIT];
    int count;
    int compact;  /* 1: short titles */
    int priority; /* columns up to this one are there */
    int line_cells;
    int text_at; /* column where the source begins */
};

/* `above`: the table over it, whose columns it keeps where it can; or NULL. */
void smp_text_layout_make(struct smp_text_layout *l, const struct smp_text *t,
                          enum smp_text_table table,
                          const struct smp_text_layout *above);

/* 1 where the parts of a row can be told: the kinds of time have columns. */
int smp_text_layout_has_kinds(const struct smp_text_layout *l);

/* The titles' line; `text` stands over the source. */
void smp_text_layout_titles(struct smp_text *t, const struct smp_text_layout *l,
                            enum smp_text_table table, const char *text);

/* Draws the cells and the bar before the source; the caller draws the source
 * and ends the line. */
void smp_text_layout_row(struct smp_text *t, const struct smp_text_layout *l,
                         const struct smp_text_row *row);

/* A row without numbers; `mark` stands where line numbers stand. */
void smp_text_layout_blank(struct smp_text *t, const struct smp_text_layout *l,
                           const char *mark);

#endif
