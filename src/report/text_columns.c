/* The columns of the report's tables. */
#include "report/text_columns.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/text_bar.h"
#include "report/text_numbers.h"

/* A column, in one place: a new measure (memory, GPU, copies) is a row in the
 * table below and a function that draws its cell. */
struct smp_text_column {
    /* Over lines and over functions, in full and short; NULL: not there. */
    const char *titles[SMP_TABLE_COUNT][2];
    int cells[2]; /* width in full and short; 0: the line number's */
    /* Which goes first where the terminal is narrow: the greatest number. 0
     * never goes; up to CORE the short titles are tried before. */
    int priority;
    int style; /* of the title, and of the cells where they have no other */
    int (*wanted)(const struct smp_text *t); /* NULL: always */
    void (*draw)(struct smp_text *t, const struct smp_text_row *row, int cells,
                 int style);
};

/* Of memory: less is not worth a number. */
#define LEAST_BYTES 1024

#define CORE 4 /* priorities up to here are the columns of every report */

static void draw_line(struct smp_text *t, const struct smp_text_row *row,
                      int cells, int style)
{
    char number[SMP_NUMBER_SIZE] = "";
    if (row->line)
        snprintf(number, sizeof number, "%u", (unsigned)row->line);
    smp_pen_right(&t->pen, row->style == SMP_STYLE_HOT ? row->style : style,
                  cells, number);
}

/* A row about a part of the row above has its numbers by kind alone. */
static int is_part(const struct smp_text_row *row)
{
    return row->style == SMP_STYLE_DIM;
}

static void draw_share(struct smp_text *t, const struct smp_text_row *row,
                       int cells, double seconds, int style)
{
    char number[SMP_NUMBER_SIZE];
    if (row->shown)
        smp_text_percent_some(number, smp_text_share(t, seconds));
    else
        smp_text_percent(number, smp_text_share(t, seconds));
    smp_pen_right(&t->pen, style, cells, number);
}

static void draw_time(struct smp_text *t, const struct smp_text_row *row,
                      int cells, int style)
{
    int loud = row->style == SMP_STYLE_HOT || row->style == SMP_STYLE_WARM;
    if (!is_part(row))
        draw_share(t, row, cells, smp_cost_all(row->cost),
                   loud ? row->style : style);
}

static void draw_total(struct smp_text *t, const struct smp_text_row *row,
                       int cells, int style)
{
    draw_share(t, row, cells, smp_cost_all(row->total), style);
}

static void draw_kind(struct smp_text *t, int cells, double seconds, int style)
{
    char number[SMP_NUMBER_SIZE];
    smp_text_percent(number, smp_text_share(t, seconds));
    smp_pen_right(&t->pen, style, cells, number);
}

static void draw_python(struct smp_text *t, const struct smp_text_row *row,
                        int cells, int style)
{
    draw_kind(t, cells, row->cost->cpu_s[SMP_KIND_PYTHON], style);
}

static void draw_native(struct smp_text *t, const struct smp_text_row *row,
                        int cells, int style)
{
    draw_kind(t, cells, row->cost->cpu_s[SMP_KIND_NATIVE], style);
}

static void draw_system(struct smp_text *t, const struct smp_text_row *row,
                        int cells, int style)
{
    draw_kind(t, cells, row->cost->cpu_s[SMP_KIND_SYSTEM], style);
}

static void draw_wait(struct smp_text *t, const struct smp_text_row *row,
                      int cells, int style)
{
    draw_kind(t, cells, row->cost->wait_s, style);
}

static void draw_unsure(struct smp_text *t, const struct smp_text_row *row,
                        int cells, int style)
{
    char text[SMP_NUMBER_SIZE + 4] = "", points[SMP_NUMBER_SIZE];
    double cpu_s = smp_cost_cpu(row->cost);
    if (smp_text_share(t, cpu_s) >= 0.005 && !is_part(row)) {
        smp_text_points(points, 100 * smp_text_unsure(t, cpu_s));
        snprintf(text, sizeof text, "%s%s",
                 smp_pen_mark(&t->pen, SMP_MARK_PLUS_MINUS), points);
    }
    smp_pen_right(&t->pen, style, cells, text);
}

static void draw_seconds(struct smp_text *t, const struct smp_text_row *row,
                         int cells, int style)
{
    char number[SMP_NUMBER_SIZE] = "";
    double seconds = smp_cost_all(row->cost);
    int wanted = row->shown || smp_text_share(t, seconds) >= 0.005;
    if (wanted && !is_part(row))
        smp_text_seconds(number, seconds);
    smp_pen_right(&t->pen, style, cells, number);
}

static void draw_bar(struct smp_text *t, const struct smp_text_row *row,
                     int cells, int style)
{
    (void)style;
    if (!is_part(row))
        smp_text_bar(t, row->cost, cells);
}

/* --- memory: the row's own; a part of a row has none --- */

static int has_memory(const struct smp_text_row *row)
{
    return row->memory && smp_memory_is_some(row->memory) && !is_part(row);
}

static void draw_bytes(struct smp_text *t, int cells, double bytes, int style)
{
    char number[SMP_NUMBER_SIZE] = "";
    if (fabs(bytes) >= LEAST_BYTES)
        smp_text_bytes_short(number, bytes);
    smp_pen_right(&t->pen, style, cells, number);
}

static void draw_peak(struct smp_text *t, const struct smp_text_row *row,
                      int cells, int style)
{
    draw_bytes(t, cells, has_memory(row) ? row->memory->peak_bytes : 0, style);
}

static void draw_net(struct smp_text *t, const struct smp_text_row *row,
                     int cells, int style)
{
    draw_bytes(t, cells, has_memory(row) ? smp_memory_net(row->memory) : 0,
               style);
}

static void draw_memory_python(struct smp_text *t,
                               const struct smp_text_row *row, int cells,
                               int style)
{
    char number[SMP_NUMBER_SIZE] = "";
    if (has_memory(row) && row->memory->alloc_bytes >= LEAST_BYTES)
        snprintf(number, sizeof number, "%.0f%%",
                 100 * smp_memory_python_share(row->memory));
    smp_pen_right(&t->pen, style, cells, number);
}

static void draw_timeline(struct smp_text *t, const struct smp_text_row *row,
                          int cells, int style)
{
    const struct smp_memory_cost *m = row->memory;
    if (has_memory(row) && m->timeline && m->peak_bytes >= LEAST_BYTES)
        smp_text_spark(t, m->timeline, t->view.timeline_count, m->peak_bytes,
                       cells, style);
}

static void draw_usage(struct smp_text *t, const struct smp_text_row *row,
                       int cells, int style)
{
    char number[SMP_NUMBER_SIZE] = "";
    double all = t->view.memory.alloc_bytes;
    if (has_memory(row) && all > 0)
        smp_text_percent(number, row->memory->alloc_bytes / all);
    smp_pen_right(&t->pen, style, cells, number);
}

/* MiB a second of the run's time. */
static void draw_copies(struct smp_text *t, const struct smp_text_row *row,
                        int cells, int style)
{
    char number[SMP_NUMBER_SIZE] = "";
    double mib = has_memory(row) ? row->memory->copy_bytes / 1048576 : 0;
    double seconds = t->profile->elapsed_s > 0 ? t->profile->elapsed_s : 1;
    if (mib / seconds >= 0.05)
        snprintf(number, sizeof number, "%.*f", mib / seconds < 9.95,
                 mib / seconds);
    smp_pen_right(&t->pen, style, cells, number);
}

static int shows_memory(const struct smp_text *t)
{
    return t->memory;
}

static int shows_copies(const struct smp_text *t)
{
    return t->memory && t->copies;
}

static int has_native(const struct smp_text *t)
{
    return smp_text_share(t, t->view.total.cpu_s[SMP_KIND_NATIVE]) >= 0.005;
}

static int has_system(const struct smp_text *t)
{
    return smp_text_share(t, t->view.total.cpu_s[SMP_KIND_SYSTEM]) >= 0.005;
}

static int has_wait(const struct smp_text *t)
{
    return smp_text_share(t, t->view.total.wait_s) >= 0.005;
}

/* Few samples: an interval beside each share says how rough it is. */
static int is_unsure(const struct smp_text *t)
{
    return smp_text_unsure(t, smp_cost_cpu(&t->view.total) / 2) >= 0.025;
}

#define BOTH(full, brief)                                                      \
    {                                                                          \
        {full, brief},                                                         \
        {                                                                      \
            full, brief                                                        \
        }                                                                      \
    }

static const struct smp_text_column columns[] = {
    {BOTH("Line", "Line"), {0, 0}, 0, SMP_STYLE_DIM, NULL, draw_line},
    {{{"Time", "Time"}, {"Self", "Self"}},
     {4, 4},
     0,
     SMP_STYLE_BOLD,
     NULL,
     draw_time},
    {BOTH("", ""), {4, 4}, 5, SMP_STYLE_DIM, is_unsure, draw_unsure},
    {BOTH("seconds", "seconds"), {8, 8}, 8, SMP_STYLE_DIM, NULL, draw_seconds},
    {BOTH("Python", "Py"), {6, 4}, 2, SMP_STYLE_PYTHON, NULL, draw_python},
    {BOTH("native", "nat"),
     {6, 4},
     2,
     SMP_STYLE_NATIVE,
     has_native,
     draw_native},
    {BOTH("system", "sys"),
     {6, 4},
     4,
     SMP_STYLE_SYSTEM,
     has_system,
     draw_system},
    {BOTH("wait", "wait"), {4, 4}, 3, SMP_STYLE_WAIT, has_wait, draw_wait},
    {{{NULL, NULL}, {"Total", "All"}},
     {5, 4},
     1,
     SMP_STYLE_BOLD,
     NULL,
     draw_total},
    {BOTH("", ""), {12, 12}, 7, SMP_STYLE_PLAIN, NULL, draw_bar},
    {BOTH("Mem Py", "mPy"),
     {6, 4},
     6,
     SMP_STYLE_MEMORY,
     shows_memory,
     draw_memory_python},
    {BOTH("Peak", "Peak"),
     {5, 5},
     2,
     SMP_STYLE_MEMORY,
     shows_memory,
     draw_peak},
    {BOTH("Net", "Net"), {6, 5}, 8, SMP_STYLE_MEMORY, shows_memory, draw_net},
    {BOTH("Timeline", "Timeline"),
     {8, 8},
     5,
     SMP_STYLE_MEMORY,
     shows_memory,
     draw_timeline},
    {BOTH("Mem%", "Mem%"),
     {4, 4},
     6,
     SMP_STYLE_MEMORY,
     shows_memory,
     draw_usage},
    {BOTH("Copy/s", "Cp/s"),
     {6, 4},
     6,
     SMP_STYLE_MEMORY,
     shows_copies,
     draw_copies},
};
#define COLUMN_COUNT ((int)(sizeof columns / sizeof *columns))
_Static_assert(sizeof columns / sizeof *columns <= SMP_COLUMN_LIMIT,
               "raise SMP_COLUMN_LIMIT");

#define PRIORITY_LAST 8
#define MARK_CELLS 1 /* before the line number: hot or not */
#define BAR_CELLS 3  /* " | " before the source */

static int digits(uint32_t n)
{
    int count = 1;
    for (; n >= 10; n /= 10)
        count++;
    return count;
}

#define NAME_CELLS 20  /* enough for most functions' names */
#define LEAST_CELLS 20 /* of a source, to be of use */
#define GOOD_CELLS 60  /* of a source, before it gives room to extras */

/* The text keeps at least this much of the terminal. */
static int least_text(int width, enum smp_text_table table, int priority)
{
    int cells = table == SMP_TABLE_FUNCTIONS ? NAME_CELLS : width * 45 / 100;
    int least =
        priority > CORE && table == SMP_TABLE_LINES ? GOOD_CELLS : LEAST_CELLS;
    return cells < least ? least : cells;
}

static int cells_of(const struct smp_text_layout *l,
                    const struct smp_text_column *c)
{
    return c->cells[l->compact] ? c->cells[l->compact] : l->line_cells;
}

/* Takes the columns of at most this priority. */
static void take(struct smp_text_layout *l, const struct smp_text *t,
                 enum smp_text_table table, int priority)
{
    l->count = 0;
    l->priority = priority;
    l->text_at = MARK_CELLS + BAR_CELLS - 1;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        const struct smp_text_column *c = &columns[i];
        if (c->priority > priority || !c->titles[table][0] ||
            (c->wanted && !c->wanted(t)))
            continue;
        l->columns[l->count++] = c;
        l->text_at += cells_of(l, c) + 1;
    }
}

static int fits(const struct smp_text_layout *l, const struct smp_text *t,
                enum smp_text_table table, int priority)
{
    int width = t->pen.width;
    return width - l->text_at >= least_text(width, table, priority);
}

/* The columns that fit, the least important left out first. 1: they do. */
static int choose(struct smp_text_layout *l, const struct smp_text *t,
                  enum smp_text_table table, int from, int to)
{
    for (int priority = from; priority >= to; priority--) {
        take(l, t, table, priority);
        if (fits(l, t, table, priority))
            return 1;
    }
    return 0;
}

void smp_text_layout_make(struct smp_text_layout *l, const struct smp_text *t,
                          enum smp_text_table table,
                          const struct smp_text_layout *above)
{
    int most = above ? above->priority : PRIORITY_LAST;
    *l = (struct smp_text_layout){.line_cells = digits(t->last_line + 9)};
    if (l->line_cells < 4)
        l->line_cells = 4;
    l->compact = above && above->compact;
    if (!l->compact && choose(l, t, table, most, CORE))
        return;
    l->compact = 1;
    choose(l, t, table, most < CORE ? most : CORE, 0);
}

int smp_text_layout_has_kinds(const struct smp_text_layout *l)
{
    return l->priority >= CORE;
}

static void draw_divider(struct smp_text *t, const struct smp_text_layout *l,
                         int style)
{
    smp_pen_to(&t->pen, l->text_at - 2);
    smp_pen_text(&t->pen, style, smp_pen_mark(&t->pen, SMP_MARK_BAR));
    smp_pen_to(&t->pen, l->text_at);
}

void smp_text_layout_titles(struct smp_text *t, const struct smp_text_layout *l,
                            enum smp_text_table table, const char *text)
{
    smp_pen_to(&t->pen, MARK_CELLS);
    for (int i = 0; i < l->count; i++) {
        const struct smp_text_column *c = l->columns[i];
        smp_pen_right(&t->pen, c->style, cells_of(l, c),
                      c->titles[table][l->compact]);
        smp_pen_blank(&t->pen, 1);
    }
    draw_divider(t, l, SMP_STYLE_RULE);
    smp_pen_text(&t->pen, SMP_STYLE_DIM, text);
    smp_pen_line(&t->pen);
}

void smp_text_layout_row(struct smp_text *t, const struct smp_text_layout *l,
                         const struct smp_text_row *row)
{
    static const struct smp_cost nothing;
    struct smp_text_row whole = *row;
    whole.cost = row->cost ? row->cost : &nothing;
    if (row->style == SMP_STYLE_HOT)
        smp_pen_text(&t->pen, SMP_STYLE_HOT,
                     smp_pen_mark(&t->pen, SMP_MARK_HOT));
    smp_pen_to(&t->pen, MARK_CELLS);
    for (int i = 0, at = MARK_CELLS; i < l->count; i++) {
        const struct smp_text_column *c = l->columns[i];
        smp_pen_to(&t->pen, at);
        c->draw(t, &whole, cells_of(l, c), c->style);
        at += cells_of(l, c) + 1;
    }
    draw_divider(t, l, SMP_STYLE_RULE);
}

void smp_text_layout_blank(struct smp_text *t, const struct smp_text_layout *l,
                           const char *mark)
{
    smp_pen_to(&t->pen, MARK_CELLS);
    smp_pen_right(&t->pen, SMP_STYLE_DIM, l->line_cells, mark);
    draw_divider(t, l, SMP_STYLE_RULE);
}
