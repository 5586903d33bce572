/* Rows of the tables of processes and of threads. */
#include "report/text_people.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/text_numbers.h"

/* Cells of the columns. */
enum { SHARE_CELLS = 5, SECONDS_CELLS = 8, KIND_CELLS = 6, BYTES_CELLS = 5 };

/* Of the terminal, for a column to be there. */
#define SECONDS_WIDTH 60
#define LIFE_WIDTH 80
#define KINDS_WIDTH 100
#define RSS_WIDTH 110

double smp_people_cpu(const struct smp_people_row *row)
{
    return row->cpu_s[0] + row->cpu_s[1] + row->cpu_s[2];
}

void smp_people_free(struct smp_people_row *rows, size_t n)
{
    for (size_t i = 0; rows && i < n; i++)
        free(rows[i].kind);
    free(rows);
}

static int compare_cpu(const void *left, const void *right)
{
    const struct smp_people_row *a = left, *b = right;
    double a_cpu_s = smp_people_cpu(a), b_cpu_s = smp_people_cpu(b);
    if (a_cpu_s != b_cpu_s)
        return a_cpu_s > b_cpu_s ? -1 : 1;
    return a->first < b->first ? -1 : a->first > b->first;
}

static int compare_kind(const void *left, const void *right)
{
    const struct smp_people_row *a = left, *b = right;
    int order = strcmp(a->kind ? a->kind : "", b->kind ? b->kind : "");
    return order ? order : compare_cpu(left, right);
}

/* The one with the most CPU time comes first, and stays so. */
static void join(struct smp_people_row *to, struct smp_people_row *from)
{
    for (int k = 0; k < 3; k++)
        to->cpu_s[k] += from->cpu_s[k];
    to->count += from->count;
    to->failed += from->failed;
    to->idle_s += from->idle_s;
    to->life_s += from->life_s;
    to->peak = fmax(to->peak, from->peak);
    to->rss = fmax(to->rss, from->rss);
    free(from->kind);
    from->kind = NULL;
}

static size_t join_kinds(struct smp_people_row *rows, size_t n)
{
    size_t kept = 1;
    qsort(rows, n, sizeof *rows, compare_kind);
    for (size_t i = 1; i < n; i++) {
        struct smp_people_row *last = &rows[kept - 1];
        if (last->kind && rows[i].kind && !strcmp(last->kind, rows[i].kind))
            join(last, &rows[i]);
        else
            rows[kept++] = rows[i];
    }
    return kept;
}

size_t smp_people_group(struct smp_people_row *rows, size_t n)
{
    if (n > SMP_PEOPLE_ROWS)
        n = join_kinds(rows, n);
    if (n)
        qsort(rows, n, sizeof *rows, compare_cpu);
    return n;
}

struct smp_people_columns smp_people_columns(const struct smp_text *t,
                                             const struct smp_people_row *rows,
                                             size_t n)
{
    struct smp_people_columns c = {.seconds = t->pen.width >= SECONDS_WIDTH,
                                   .life = t->pen.width >= LIFE_WIDTH,
                                   .kinds = t->pen.width >= KINDS_WIDTH};
    for (size_t i = 0; i < n; i++) {
        c.peak |= t->pen.width >= SECONDS_WIDTH && rows[i].peak > 0;
        c.rss |= t->pen.width >= RSS_WIDTH && rows[i].rss > 0;
    }
    return c;
}

static void cell(struct smp_text *t, int style, int cells, const char *text)
{
    smp_pen_right(&t->pen, style, cells, text);
    smp_pen_blank(&t->pen, 1);
}

static void share_cell(struct smp_text *t, int style, int cells, double share)
{
    char number[SMP_NUMBER_SIZE];
    smp_text_percent(number, share);
    cell(t, style, cells, number);
}

static void seconds_cell(struct smp_text *t, double seconds)
{
    char number[SMP_NUMBER_SIZE];
    smp_text_seconds(number, seconds);
    cell(t, SMP_STYLE_PLAIN, SECONDS_CELLS, number);
}

static void bytes_cell(struct smp_text *t, double bytes)
{
    char number[SMP_NUMBER_SIZE] = "";
    if (bytes > 0)
        smp_text_bytes_short(number, bytes);
    cell(t, SMP_STYLE_MEMORY, BYTES_CELLS, number);
}

void smp_people_titles(struct smp_text *t, const struct smp_people_columns *c)
{
    static const char *const kinds[] = {"Python", "native", "system"};
    cell(t, SMP_STYLE_DIM, SHARE_CELLS, "CPU");
    if (c->seconds)
        cell(t, SMP_STYLE_DIM, SECONDS_CELLS, "seconds");
    for (int k = 0; c->kinds && k < 3; k++)
        cell(t, SMP_STYLE_DIM, KIND_CELLS, kinds[k]);
    if (c->life)
        cell(t, SMP_STYLE_DIM, SECONDS_CELLS, "lived");
    cell(t, SMP_STYLE_DIM, SHARE_CELLS, "waits");
    if (c->peak)
        cell(t, SMP_STYLE_DIM, BYTES_CELLS, "Peak");
    if (c->rss)
        cell(t, SMP_STYLE_DIM, BYTES_CELLS, "RSS");
}

void smp_people_cells(struct smp_text *t, const struct smp_people_columns *c,
                      const struct smp_people_row *row)
{
    static const int styles[] = {SMP_STYLE_PYTHON, SMP_STYLE_NATIVE,
                                 SMP_STYLE_SYSTEM};
    double cpu_s = smp_people_cpu(row);
    share_cell(t, SMP_STYLE_BOLD, SHARE_CELLS, smp_text_share(t, cpu_s));
    if (c->seconds)
        seconds_cell(t, cpu_s);
    for (int k = 0; c->kinds && k < 3; k++)
        share_cell(t, styles[k], KIND_CELLS, smp_text_share(t, row->cpu_s[k]));
    if (c->life)
        seconds_cell(t, row->life_s / row->count);
    share_cell(t, SMP_STYLE_WAIT, SHARE_CELLS,
               row->life_s > 0 ? row->idle_s / row->life_s : 0);
    if (c->peak)
        bytes_cell(t, row->peak);
    if (c->rss)
        bytes_cell(t, row->rss);
}

void smp_people_rest(struct smp_text *t, const struct smp_people_columns *c,
                     const struct smp_people_row *rows, size_t n)
{
    double cpu_s = 0;
    size_t count = 0;
    for (size_t i = SMP_PEOPLE_ROWS; i < n; i++) {
        cpu_s += smp_people_cpu(&rows[i]);
        count += rows[i].count;
    }
    if (!count)
        return;
    share_cell(t, SMP_STYLE_BOLD, SHARE_CELLS, smp_text_share(t, cpu_s));
    if (c->seconds)
        seconds_cell(t, cpu_s);
    smp_pen_blank(&t->pen, 1);
    smp_pen_printf(&t->pen, SMP_STYLE_DIM, "in %zu more", count);
    smp_pen_line(&t->pen);
}
