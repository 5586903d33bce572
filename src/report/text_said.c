/* What the program says of itself, in the terminal report: its regions, its marks
 * and which functions it decorated. */
#include <stdio.h>

#include "report/text_numbers.h"
#include "report/text_report.h"

#define ROW_LIMIT 15
#define MARK_LIMIT 12
/* Widths of the terminal from which on a column is there. */
#define SPREAD_WIDTH 96
#define MEMORY_WIDTH 76
enum { PERCENT = 6, SECONDS = 9, COUNT = 9, BYTES = 10 };

static void cell(struct smp_text *t, int style, int cells, const char *text)
{
    smp_pen_right(&t->pen, style, cells, text);
    smp_pen_blank(&t->pen, 1);
}

static void time_cell(struct smp_text *t, int style, double seconds)
{
    char number[SMP_NUMBER_SIZE];
    if (seconds > 0 && seconds < 0.999e-6)
        snprintf(number, sizeof number, "%.0f ns", seconds * 1e9);
    else if (seconds > 0 && seconds < 0.999e-3)
        snprintf(number, sizeof number, "%.3g us", seconds * 1e6);
    else
        smp_text_seconds(number, seconds);
    cell(t, style, SECONDS, seconds > 0 ? number : "");
}

static void count_text(char out[SMP_NUMBER_SIZE], uint64_t count)
{
    if (count < 1000000)
        snprintf(out, SMP_NUMBER_SIZE, "%llu", (unsigned long long)count);
    else
        snprintf(out, SMP_NUMBER_SIZE, "%.3gM", (double)count * 1e-6);
}

static int has_memory(const struct smp_text *t)
{
    return t->view.has_memory && t->pen.width >= MEMORY_WIDTH;
}

static void titles(struct smp_text *t)
{
    cell(t, SMP_STYLE_DIM, SECONDS, "wall");
    cell(t, SMP_STYLE_DIM, COUNT, "times");
    cell(t, SMP_STYLE_DIM, SECONDS, "mean");
    if (t->pen.width >= SPREAD_WIDTH) {
        cell(t, SMP_STYLE_DIM, SECONDS, "least");
        cell(t, SMP_STYLE_DIM, SECONDS, "most");
    }
    cell(t, SMP_STYLE_DIM, SECONDS, "CPU");
    if (has_memory(t)) {
        cell(t, SMP_STYLE_DIM, BYTES, "allocated");
        cell(t, SMP_STYLE_DIM, BYTES, "peak");
    }
    smp_pen_blank(&t->pen, 1);
    smp_pen_text(&t->pen, SMP_STYLE_DIM, "region");
    smp_pen_line(&t->pen);
}

static void memory_cells(struct smp_text *t, const struct smp_memory_cost *m)
{
    char number[SMP_NUMBER_SIZE];
    smp_text_bytes(number, m->alloc_bytes);
    cell(t, SMP_STYLE_PLAIN, BYTES, m->alloc_bytes > 0 ? number : "");
    smp_text_bytes(number, m->peak_bytes);
    cell(t, SMP_STYLE_MEMORY, BYTES, m->peak_bytes > 0 ? number : "");
}

static void row(struct smp_text *t, const struct smp_region_cost *r)
{
    char number[SMP_NUMBER_SIZE];
    uint64_t times = r->count - r->nested;
    time_cell(t, SMP_STYLE_BOLD, r->total_s);
    count_text(number, r->count);
    cell(t, SMP_STYLE_PLAIN, COUNT, number);
    time_cell(t, SMP_STYLE_PLAIN, times ? r->total_s / (double)times : 0);
    if (t->pen.width >= SPREAD_WIDTH) {
        time_cell(t, SMP_STYLE_PLAIN, r->least_s);
        time_cell(t, SMP_STYLE_PLAIN, r->most_s);
    }
    time_cell(t, SMP_STYLE_PLAIN, smp_cost_cpu(&r->cost));
    if (has_memory(t))
        memory_cells(t, &r->memory);
    smp_pen_blank(&t->pen, 1);
    smp_pen_text(&t->pen, SMP_STYLE_PLAIN, smp_text_string(t, r->name));
    if (r->open)
        smp_pen_words(&t->pen, SMP_STYLE_WARNING, " [%llu not left]",
                      (unsigned long long)r->open);
    smp_pen_line(&t->pen);
}

static void more(struct smp_text *t, size_t count, size_t limit)
{
    if (count <= limit)
        return;
    smp_pen_printf(&t->pen, SMP_STYLE_DIM, "  and %zu more", count - limit);
    smp_pen_line(&t->pen);
}

static void regions(struct smp_text *t)
{
    char remark[64];
    size_t count = t->view.region_count;
    if (!count)
        return;
    snprintf(remark, sizeof remark, "%zu region%s", count,
             count > 1 ? "s" : "");
    smp_text_title(t, "", remark, "wall clock as measured, the rest sampled");
    titles(t);
    for (size_t i = 0; i < count && i < ROW_LIMIT; i++)
        row(t, &t->view.regions[i]);
    more(t, count, ROW_LIMIT);
}

static int is_in_range(const struct smp_text *t, const struct smp_moment *m)
{
    const struct smp_filter *f = &t->options->filter;
    return m->at_s >= f->from_s && (f->to_s <= 0 || m->at_s < f->to_s);
}

static void marks(struct smp_text *t)
{
    const struct smp_profile *p = t->profile;
    size_t shown = 0;
    for (size_t i = 0; i < p->mark_count; i++) {
        if (!is_in_range(t, &p->marks[i]))
            continue;
        if (!shown)
            smp_text_title(t, "", "Marks", "");
        if (shown++ >= MARK_LIMIT)
            continue;
        time_cell(t, SMP_STYLE_BOLD, p->marks[i].at_s);
        smp_pen_blank(&t->pen, 1);
        smp_pen_text(&t->pen, SMP_STYLE_PLAIN,
                     smp_text_string(t, p->marks[i].text));
        smp_pen_line(&t->pen);
    }
    more(t, shown, MARK_LIMIT);
}

void smp_text_said(struct smp_text *t)
{
    regions(t);
    marks(t);
}

int smp_text_is_selected(const struct smp_text *t)
{
    return t->profile->selected_count &&
           t->options->filter.scope == SMP_SCOPE_PROGRAM;
}

void smp_text_said_notes(struct smp_text *t)
{
    const struct smp_profile *p = t->profile;
    if (smp_text_is_selected(t)) {
        smp_text_note_begin(t);
        smp_pen_words(&t->pen, SMP_STYLE_PLAIN,
                      "Only functions decorated with @profile are shown; to "
                      "see all:");
        smp_pen_word(&t->pen, SMP_STYLE_OPTION, "--profile-all");
        smp_text_note_end(t);
    }
    if (p->regions_lost || p->marks_lost) {
        smp_text_note_begin(t);
        smp_pen_words(&t->pen, SMP_STYLE_WARNING,
                      "More regions or marks than are kept: %llu went to "
                      "\"other names\" or to all threads together, %llu marks "
                      "are missing.",
                      (unsigned long long)p->regions_lost,
                      (unsigned long long)p->marks_lost);
        smp_text_note_end(t);
    }
}
