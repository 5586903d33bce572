/* A comparison in the terminal: the whole, then what changed most. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "report/compare.h"
#include "report/names.h"
#include "report/source.h"
#include "report/text_numbers.h"
#include "report/text_pen.h"

#define ROW_LIMIT 12      /* rows of a table */
#define CHANGE_SHARE 0.01 /* of the whole: a change below is not told */
#define NUMBER_CELLS 10

struct work {
    struct smp_pen pen;
    const struct smp_comparison *c;
    struct smp_source *sources[2]; /* by file; made when first asked for */
};

static const char units[] = {
#define SMP_X(symbol, name, words, unit) unit,
    SMP_MEASURE_TABLE(SMP_X)
#undef SMP_X
};

static void number(char out[SMP_NUMBER_SIZE], int m, double value)
{
    char size[SMP_NUMBER_SIZE];
    if (units[m] == 'B')
        smp_text_bytes(size, fabs(value));
    else
        smp_text_seconds(size, fabs(value));
    snprintf(out, SMP_NUMBER_SIZE, "%s%.20s", value < 0 ? "-" : "", size);
}

static void cell(struct work *w, int style, int m, double value)
{
    char text[SMP_NUMBER_SIZE];
    number(text, m, value);
    smp_pen_right(&w->pen, style, NUMBER_CELLS, text);
}

/* "+1.20 s  +12%" */
static void change_cells(struct work *w, int style, const struct smp_change *it,
                         int m)
{
    char text[SMP_NUMBER_SIZE], size[SMP_NUMBER_SIZE];
    double before = it->figure[0][m].value;
    double delta = smp_change_delta(it, (enum smp_measure)m);
    number(size, m, fabs(delta));
    snprintf(text, sizeof text, "%s%.20s", delta < 0 ? "-" : "+", size);
    smp_pen_right(&w->pen, style, NUMBER_CELLS + 1, text);
    text[0] = '\0';
    if (before > 0 && fabs(delta) / before < 9.995)
        snprintf(text, sizeof text, "%+.0f%%", 100 * delta / before);
    else if (before > 0)
        snprintf(text, sizeof text, "x%.0f", 1 + delta / before);
    else if (delta > 0)
        snprintf(text, sizeof text, "new");
    smp_pen_right(&w->pen, style, 7, text);
}

static int style_of(const struct work *w, const struct smp_change *it, int m)
{
    if (smp_change_is_noise(it, (enum smp_measure)m))
        return SMP_STYLE_DIM;
    if (smp_change_is_worse(w->c, it, (enum smp_measure)m))
        return SMP_STYLE_HOT;
    return smp_change_delta(it, (enum smp_measure)m) < 0 ? SMP_STYLE_MEMORY
                                                         : SMP_STYLE_PLAIN;
}

static const char *verdict(const struct work *w, const struct smp_change *it,
                           int m)
{
    if (smp_change_delta(it, (enum smp_measure)m) == 0)
        return "";
    if (smp_change_is_noise(it, (enum smp_measure)m))
        return "within noise";
    return smp_change_is_worse(w->c, it, (enum smp_measure)m) ? "worse" : "";
}

static void titles(struct work *w, const char *last)
{
    smp_pen_right(&w->pen, SMP_STYLE_DIM, NUMBER_CELLS, "before");
    smp_pen_right(&w->pen, SMP_STYLE_DIM, NUMBER_CELLS, "after");
    smp_pen_right(&w->pen, SMP_STYLE_DIM, NUMBER_CELLS + 1, "change");
    smp_pen_blank(&w->pen, 9);
    smp_pen_text(&w->pen, SMP_STYLE_DIM, last);
    smp_pen_line(&w->pen);
}

static void figures(struct work *w, const struct smp_change *it, int m)
{
    cell(w, SMP_STYLE_PLAIN, m, it->figure[0][m].value);
    cell(w, SMP_STYLE_PLAIN, m, it->figure[1][m].value);
    change_cells(w, style_of(w, it, m), it, m);
    smp_pen_blank(&w->pen, 2);
}

static void whole(struct work *w)
{
    const struct smp_change *it = &w->c->whole;
    int count = w->c->memory ? SMP_MEASURE_COUNT : SMP_MEASURE_PEAK;
    titles(w, "the whole program");
    for (int m = 0; m < count; m++) {
        if (it->figure[0][m].value == 0 && it->figure[1][m].value == 0)
            continue;
        figures(w, it, m);
        smp_pen_text(&w->pen,
                     m == SMP_MEASURE_CPU || m == SMP_MEASURE_PEAK
                         ? SMP_STYLE_BOLD
                         : SMP_STYLE_PLAIN,
                     smp_measure_words((enum smp_measure)m));
        smp_pen_blank(&w->pen, 2);
        smp_pen_text(&w->pen, style_of(w, it, m), verdict(w, it, m));
        smp_pen_line(&w->pen);
    }
}

/* --- tables of what changed most --- */

struct ranked {
    const struct smp_change *change;
    double size; /* of the change, whichever way it goes */
};

static int compare_ranked(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->size != b->size)
        return a->size > b->size ? -1 : 1;
    return a->change < b->change ? -1 : a->change > b->change;
}

static void source_text(struct work *w, const struct smp_change *it, int side)
{
    const struct smp_profile *p = w->c->profile[side];
    struct smp_source *s = &w->sources[side][it->file[side]];
    if (!s->lines && smp_source_make(s, &p->files[it->file[side]]))
        return;
    if (!it->line[side] || it->line[side] > s->count)
        return;
    struct smp_source_line line = smp_source_line(s, it->line[side]);
    size_t indent = smp_source_indent(&line);
    smp_pen_blank(&w->pen, 1);
    smp_pen_text_n(&w->pen, SMP_STYLE_DIM, line.text + indent,
                   line.length - indent);
}

static void place(struct work *w, const struct smp_change *it)
{
    int side = it->file[1] != SMP_NONE;
    const struct smp_profile *p = w->c->profile[side];
    if (it->function[side] != SMP_NONE) {
        smp_pen_printf(&w->pen, SMP_STYLE_PLAIN, "%s ",
                       smp_profile_text(p,
                                        p->functions[it->function[side]].name));
        smp_pen_printf(&w->pen, SMP_STYLE_DIM, "%s:%u",
                       smp_report_path(p, it->file[side]),
                       (unsigned)it->line[side]);
        return;
    }
    smp_pen_printf(&w->pen, SMP_STYLE_PLAIN, "%s:%u",
                   smp_report_path(p, it->file[side]),
                   (unsigned)it->line[side]);
    if (it->file[0] == SMP_NONE)
        smp_pen_text(&w->pen, SMP_STYLE_WARM, " (new)");
    else if (it->file[1] == SMP_NONE)
        smp_pen_text(&w->pen, SMP_STYLE_WARM, " (gone)");
    else if (it->line[0] != it->line[1])
        smp_pen_printf(&w->pen, SMP_STYLE_DIM, " (was %u)",
                       (unsigned)it->line[0]);
    source_text(w, it, side);
}

/* What of the whole a change is measured by. */
static double whole_value(const struct work *w, int m)
{
    const struct smp_figure *f = &w->c->whole.figure[0][m];
    const struct smp_figure *g = &w->c->whole.figure[1][m];
    return fmax(fabs(f->value), fabs(g->value));
}

static int is_told(const struct work *w, const struct smp_change *it, int m)
{
    double delta = fabs(smp_change_delta(it, (enum smp_measure)m));
    return delta > 0 && delta >= CHANGE_SHARE * whole_value(w, m);
}

static void rows(struct work *w, const struct ranked *sorted, size_t count,
                 int m, const char *title)
{
    for (size_t i = 0; i < count && i < ROW_LIMIT; i++) {
        const struct smp_change *it = sorted[i].change;
        if (!is_told(w, it, m))
            break;
        if (!i) {
            smp_pen_line(&w->pen);
            titles(w, title);
        }
        figures(w, it, m);
        if (smp_change_is_noise(it, (enum smp_measure)m))
            smp_pen_text(&w->pen, SMP_STYLE_DIM, "[within noise] ");
        place(w, it);
        smp_pen_line(&w->pen);
    }
}

static int table(struct work *w, const struct smp_change *all, size_t count,
                 int m, const char *title)
{
    struct ranked *sorted = calloc(count + 1, sizeof *sorted);
    if (!sorted)
        return SMP_ENOMEM;
    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct ranked){
            &all[i], fabs(smp_change_delta(&all[i], (enum smp_measure)m))};
    if (count)
        qsort(sorted, count, sizeof *sorted, compare_ranked);
    rows(w, sorted, count, m, title);
    free(sorted);
    return 0;
}

static int tables(struct work *w)
{
    const struct smp_comparison *c = w->c;
    static const struct {
        int measure;
        const char *functions, *lines;
    } all[] = {{SMP_MEASURE_CPU, "functions, CPU time", "lines, CPU time"},
               {SMP_MEASURE_PEAK, "functions, peak memory",
                "lines, peak memory"},
               {SMP_MEASURE_ALLOC, "functions, allocated", "lines, allocated"}};
    int status = 0;
    for (int i = 0; i < (c->memory ? 3 : 1) && !status; i++) {
        status = table(w, c->functions, c->function_count, all[i].measure,
                       all[i].functions);
        if (!status)
            status =
                table(w, c->lines, c->line_count, all[i].measure, all[i].lines);
    }
    return status;
}

static void head(struct work *w)
{
    const struct smp_profile *a = w->c->profile[0], *b = w->c->profile[1];
    char before[SMP_NUMBER_SIZE], after[SMP_NUMBER_SIZE];
    smp_text_seconds(before, a->elapsed_s);
    smp_text_seconds(after, b->elapsed_s);
    smp_pen_word(&w->pen, SMP_STYLE_TITLE, "%s",
                 smp_profile_text(b, b->program));
    smp_pen_words(&w->pen, SMP_STYLE_PLAIN, "ran %s, before %s", after, before);
    smp_pen_line(&w->pen);
    smp_pen_line(&w->pen);
}

static void foot(struct work *w)
{
    smp_pen_line(&w->pen);
    if (smp_compare_is_worse(w->c))
        smp_pen_printf(&w->pen, SMP_STYLE_HOT,
                       "worse by more than %g%%, beyond the noise",
                       100 * w->c->threshold);
    else
        smp_pen_printf(&w->pen, SMP_STYLE_BOLD, "not worse by more than %g%%",
                       100 * w->c->threshold);
    smp_pen_line(&w->pen);
}

static int make_sources(struct work *w)
{
    for (int i = 0; i < 2; i++) {
        w->sources[i] =
            calloc(w->c->profile[i]->file_count + 1, sizeof *w->sources[i]);
        if (!w->sources[i])
            return SMP_ENOMEM;
    }
    return 0;
}

static void release_sources(struct work *w)
{
    for (int i = 0; i < 2; i++) {
        for (size_t k = 0; w->sources[i] && k < w->c->profile[i]->file_count;
             k++)
            smp_source_release(&w->sources[i][k]);
        free(w->sources[i]);
    }
}

int smp_compare_text(struct smp_buf *out, const struct smp_comparison *c,
                     const struct smp_text_options *o)
{
    struct work w = {.c = c};
    smp_pen_init(&w.pen, out, o);
    int status = make_sources(&w);
    if (!status) {
        head(&w);
        whole(&w);
        status = tables(&w);
        foot(&w);
    }
    release_sources(&w);
    return status ? status : out->failed ? SMP_ENOMEM : 0;
}
