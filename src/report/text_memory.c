/* Memory in the terminal report: its line in the header, leaks, the parts of
 * resident memory, notes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/status.h"
#include "report/names.h"
#include "report/source.h"
#include "report/text_numbers.h"
#include "report/text_report.h"

#define MIB (1024.0 * 1024)

/* --- the header's line --- */

static void bytes_words(struct smp_text *t, int style, const char *before,
                        double bytes)
{
    char number[SMP_NUMBER_SIZE];
    smp_text_bytes(number, bytes);
    if (*before)
        smp_pen_words(&t->pen, style, "%s", before);
    smp_pen_word(&t->pen, style, "%s", number);
}

static double peak_rss(const struct smp_text *t)
{
    uint32_t process = smp_view_main_process(t->profile, &t->options->filter);
    return process == SMP_NONE ? 0 : t->profile->processes[process].peak_rss;
}

#define SPARK_CELLS 24

static void timeline(struct smp_text *t)
{
    const struct smp_memory_cost *m = &t->view.memory;
    if (!m->timeline || !t->memory || smp_pen_room(&t->pen) < SPARK_CELLS + 1)
        return;
    smp_pen_blank(&t->pen, 1);
    smp_text_spark(t, m->timeline, t->view.timeline_count, m->peak_bytes,
                   SPARK_CELLS, SMP_STYLE_MEMORY);
}

/* What small objects take beside their own bytes is said from this share of the peak
 * on. */
#define SLACK_SHARE 0.02

/* "Memory peak 244 MiB at 8.96 s (resident 300 MiB), allocated 1.2 GiB (Python 82%)" */
void smp_text_memory_line(struct smp_text *t)
{
    const struct smp_memory_cost *m = &t->view.memory;
    char number[SMP_NUMBER_SIZE];
    double rss = peak_rss(t);
    if (!t->view.has_memory || m->peak_bytes <= 0)
        return;
    bytes_words(t, SMP_STYLE_BOLD, "Memory peak", m->peak_bytes);
    if (t->view.peak_slack >= SLACK_SHARE * m->peak_bytes) {
        bytes_words(t, SMP_STYLE_PLAIN, "+", t->view.peak_slack);
        smp_pen_text(&t->pen, SMP_STYLE_PLAIN, " in Python's arenas");
    }
    if (t->memory) {
        smp_text_seconds(number, m->peak_s);
        smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "at %s", number);
    }
    if (rss > 0)
        bytes_words(t, SMP_STYLE_PLAIN, "(resident", rss);
    if (rss > 0)
        smp_pen_text(&t->pen, SMP_STYLE_PLAIN, ")");
    if (t->memory) {
        smp_pen_text(&t->pen, SMP_STYLE_PLAIN, ",");
        bytes_words(t, SMP_STYLE_PLAIN, "allocated", m->alloc_bytes);
        smp_pen_words(&t->pen, SMP_STYLE_MEMORY, "(Python %.0f%%)",
                      100 * smp_memory_python_share(m));
        timeline(t);
    }
    smp_pen_line(&t->pen);
}

/* --- leaks --- */

#define LEAK_LIMIT 5
#define CALLER_LIMIT 6 /* callers named of one leak */

static void callers(struct smp_text *t, const struct smp_leak *leak)
{
    const struct smp_profile *p = t->profile;
    uint32_t s = leak->stack;
    int told = 0;
    smp_pen_to(&t->pen, 2);
    t->pen.margin = 4;
    smp_pen_words(&t->pen, SMP_STYLE_DIM, "in");
    for (; s && told < CALLER_LIMIT; s = p->stacks[s].parent) {
        struct smp_buf name = {0};
        smp_report_frame_name(&name, p, p->stacks[s].frame);
        smp_pen_words(&t->pen, SMP_STYLE_DIM, "%s%s", told ? "< " : "",
                      name.data ? name.data : "");
        t->pen.out->failed |= name.failed;
        smp_buf_release(&name);
        told++;
    }
    smp_pen_line(&t->pen);
    t->pen.margin = 0;
}

/* "possible leak: 3.1 MiB/s +- 0.2, 20 MiB alive, 98% of it stays: shop.py:10" */
static void leak_row(struct smp_text *t, const struct smp_leak *leak)
{
    const struct smp_profile *p = t->profile;
    char number[SMP_NUMBER_SIZE], place[SMP_NUMBER_SIZE];
    double unsure = (leak->high - leak->low) / 2;
    smp_text_bytes(number, leak->bytes_per_s);
    smp_pen_right(&t->pen, SMP_STYLE_WARM, 9, number);
    smp_pen_text(&t->pen, SMP_STYLE_WARM, "/s");
    smp_text_bytes(number, unsure);
    smp_pen_words(&t->pen, SMP_STYLE_DIM, "%s%s",
                  smp_pen_mark(&t->pen, SMP_MARK_PLUS_MINUS), number);
    smp_pen_to(&t->pen, 24);
    smp_text_bytes(number, leak->live_bytes);
    smp_pen_right(&t->pen, SMP_STYLE_PLAIN, 9, number);
    smp_text_percent(number, leak->survival);
    smp_pen_right(&t->pen, SMP_STYLE_PLAIN, 7, number);
    smp_pen_blank(&t->pen, 2);
    if (leak->file == SMP_NONE) {
        smp_pen_text(&t->pen, SMP_STYLE_PLAIN, "(no line of these files)");
    } else {
        snprintf(place, sizeof place, ":%u", (unsigned)leak->line);
        smp_pen_text(&t->pen, SMP_STYLE_BOLD, smp_report_path(p, leak->file));
        smp_pen_text(&t->pen, SMP_STYLE_BOLD, place);
        smp_pen_blank(&t->pen, 1);
        smp_pen_text(&t->pen, SMP_STYLE_PLAIN,
                     smp_text_string(t, p->functions[leak->function].name));
    }
    smp_pen_line(&t->pen);
}

int smp_text_leaks(struct smp_text *t)
{
    char remark[64];
    size_t count = t->view.leak_count;
    if (!count)
        return 0;
    snprintf(remark, sizeof remark, "possible leak%s", count > 1 ? "s" : "");
    smp_text_title(t, "", remark, "grows steadily and is not freed");
    smp_pen_right(&t->pen, SMP_STYLE_DIM, 11, "rate");
    smp_pen_to(&t->pen, 24);
    smp_pen_right(&t->pen, SMP_STYLE_DIM, 9, "alive");
    smp_pen_right(&t->pen, SMP_STYLE_DIM, 7, "stays");
    smp_pen_blank(&t->pen, 2);
    smp_pen_text(&t->pen, SMP_STYLE_DIM, "line");
    smp_pen_line(&t->pen);
    for (size_t i = 0; i < count && i < LEAK_LIMIT; i++) {
        leak_row(t, &t->view.leaks[i]);
        callers(t, &t->view.leaks[i]);
    }
    if (count > LEAK_LIMIT) {
        smp_pen_printf(&t->pen, SMP_STYLE_DIM, "  and %zu more",
                       count - LEAK_LIMIT);
        smp_pen_line(&t->pen);
    }
    return 0;
}

/* --- resident memory --- */

static void part(struct smp_text *t, double bytes, double rss,
                 const char *words)
{
    char number[SMP_NUMBER_SIZE];
    if (fabs(bytes) < 0.0005 * rss)
        return;
    smp_text_bytes(number, bytes);
    smp_pen_right(&t->pen, SMP_STYLE_PLAIN, 11, number);
    snprintf(number, sizeof number, "%.0f%%", 100 * bytes / rss);
    smp_pen_right(&t->pen, SMP_STYLE_DIM, 6, number);
    smp_pen_blank(&t->pen, 2);
    smp_pen_text(&t->pen, SMP_STYLE_PLAIN, words);
    smp_pen_line(&t->pen);
}

void smp_text_footprint(struct smp_text *t)
{
    struct smp_footprint_parts f;
    char remark[96], at[SMP_NUMBER_SIZE], rss[SMP_NUMBER_SIZE];
    if (!t->memory || smp_footprint_parts(&f, t->profile, &t->options->filter))
        return;
    smp_text_seconds(at, f.at_s);
    smp_text_bytes(rss, f.rss);
    snprintf(remark, sizeof remark, "%s at %s", rss, at);
    smp_text_title(t, "", "resident memory at its most", remark);
    part(t, f.tracked, f.rss, "alive in the program (tracked)");
    part(t, f.arena_slack, f.rss, "Python's arenas: rounding up, free places");
    part(t, f.interpreter, f.rss, "the interpreter before the program began");
    part(t, f.files, f.rss, "libraries and mapped files");
    part(t, f.shared, f.rss, "other shared memory");
    part(t, f.rest, f.rss,
         f.rest < 0 ? "allocated but not touched"
                    : "not tracked (allocator, thread stacks, small rest)");
}

/* --- notes --- */

#define CHURN_LEAST (256 * MIB)
#define CHURN_PEAKS 5 /* times the peak, for churn to be worth a word */
#define LARGE_SHARE 0.1
#define LARGE_LEAST (16 * MIB)

/* The line with most of what `value` says; NULL: none has any. */
static const struct smp_line_cost *
most_line(const struct smp_text *t,
          double (*value)(const struct smp_memory_cost *), uint32_t *file)
{
    const struct smp_line_cost *best = NULL;
    for (size_t i = 0; i < t->view.file_count; i++)
        for (size_t k = 0; k < t->view.files[i].line_count; k++) {
            const struct smp_line_cost *l = &t->view.files[i].lines[k];
            if (value(&l->memory) <= (best ? value(&best->memory) : 0))
                continue;
            best = l;
            *file = t->view.files[i].file;
        }
    return best;
}

static double churn_of(const struct smp_memory_cost *m)
{
    return m->churn_bytes;
}

static double largest_of(const struct smp_memory_cost *m)
{
    return m->largest;
}

static void place_words(struct smp_text *t, uint32_t file, uint32_t line)
{
    smp_pen_words(&t->pen, SMP_STYLE_BOLD, "%s:%u",
                  smp_report_path(t->profile, file), (unsigned)line);
}

static void churn(struct smp_text *t)
{
    uint32_t file = SMP_NONE;
    const struct smp_memory_cost *all = &t->view.memory;
    const struct smp_line_cost *line = most_line(t, churn_of, &file);
    if (!line || all->churn_bytes < CHURN_LEAST ||
        all->churn_bytes < CHURN_PEAKS * all->peak_bytes)
        return;
    smp_text_note_begin(t);
    bytes_words(t, SMP_STYLE_PLAIN, "", all->churn_bytes);
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN,
                  "(%.0f%% of all) was freed at once after it was allocated, "
                  "%.0f%% of that in",
                  100 * all->churn_bytes / all->alloc_bytes,
                  100 * line->memory.churn_bytes / all->churn_bytes);
    place_words(t, file, line->line);
    smp_text_note_end(t);
}

static void largest(struct smp_text *t)
{
    uint32_t file = SMP_NONE;
    const struct smp_line_cost *line = most_line(t, largest_of, &file);
    if (!line || line->memory.largest < LARGE_LEAST ||
        line->memory.largest < LARGE_SHARE * t->view.memory.peak_bytes)
        return;
    smp_text_note_begin(t);
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN,
                  "The largest single allocation has");
    bytes_words(t, SMP_STYLE_PLAIN, "", line->memory.largest);
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "and is made in");
    place_words(t, file, line->line);
    smp_text_note_end(t);
}

static void lost_words(struct smp_text *t, uint64_t n, const char *what,
                       const char *figure)
{
    char number[SMP_NUMBER_SIZE];
    smp_text_count(number, n);
    smp_text_note_begin(t);
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN,
                  "%s sampled %s found no room in the buffer: %s is too low by "
                  "as much",
                  number, what, figure);
}

static void lost(struct smp_text *t)
{
    uint64_t allocations = t->profile->ledger.allocations_lost;
    uint64_t copies = t->profile->ledger.copies_lost;
    if (copies) {
        lost_words(t, copies, copies == 1 ? "copy" : "copies", "copy volume");
        smp_text_note_end(t);
    }
    if (!allocations)
        return;
    lost_words(t, allocations, allocations == 1 ? "allocation" : "allocations",
               "memory");
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "(a larger");
    smp_pen_words(&t->pen, SMP_STYLE_OPTION, "--allocation-sampling-window");
    smp_pen_words(&t->pen, SMP_STYLE_PLAIN, "loses fewer)");
    smp_text_note_end(t);
}

void smp_text_memory_notes(struct smp_text *t)
{
    if (!t->view.has_memory)
        return;
    if (t->memory) {
        churn(t);
        largest(t);
    }
    lost(t);
}

/* --- stacks --- */

#define STACK_LIMIT 5
#define DEPTH_LIMIT 14

struct heavy_stack {
    uint32_t stack;
    double bytes; /* at the peak */
};

static int compare_stacks(const void *left, const void *right)
{
    const struct heavy_stack *a = left, *b = right;
    if (a->bytes != b->bytes)
        return a->bytes > b->bytes ? -1 : 1;
    return a->stack < b->stack ? -1 : a->stack > b->stack;
}

static void stack_rows(struct smp_text *t, const struct heavy_stack *heavy,
                       uint32_t *frames)
{
    char number[SMP_NUMBER_SIZE];
    size_t n = smp_sift_frames(&t->sift, t->profile, heavy->stack, frames);
    size_t from = n > DEPTH_LIMIT ? n - DEPTH_LIMIT : 0;
    smp_text_bytes(number, heavy->bytes);
    smp_pen_right(&t->pen, SMP_STYLE_BOLD, 9, number);
    for (size_t i = from; i < n; i++) {
        struct smp_buf name = {0};
        smp_report_frame_name(&name, t->profile, frames[i]);
        smp_pen_to(&t->pen, 10);
        smp_pen_text(&t->pen, i + 1 == n ? SMP_STYLE_BOLD : SMP_STYLE_PLAIN,
                     name.data ? name.data : "");
        smp_pen_line(&t->pen);
        t->pen.out->failed |= name.failed;
        smp_buf_release(&name);
    }
}

static void heavy_stacks(struct smp_text *t, struct heavy_stack *all,
                         uint32_t *frames)
{
    size_t n = t->profile->stack_count;
    for (uint32_t i = 0; i < n; i++)
        all[i].stack = i;
    for (size_t i = 0; i < t->view.memory_site_count; i++) {
        const struct smp_memory_site *s = &t->view.memory_sites[i];
        all[t->sift.stack_of[s->stack]].bytes += s->cost.at_peak_bytes;
    }
    qsort(all, n, sizeof *all, compare_stacks);
    for (size_t i = 0; i < n && i < STACK_LIMIT; i++) {
        if (!all[i].stack ||
            all[i].bytes < SMP_MEMORY_SHARE * t->view.memory.peak_bytes ||
            all[i].bytes <= 0)
            break;
        if (!i)
            smp_text_title(t, "", "Stacks with the most memory at the peak",
                           "outermost call first");
        stack_rows(t, &all[i], frames);
    }
}

int smp_text_memory_stacks(struct smp_text *t)
{
    if (!t->options->stacks || !t->memory)
        return 0;
    uint32_t *frames = malloc(smp_sift_depth(t->profile) * sizeof *frames);
    struct heavy_stack *all = calloc(t->profile->stack_count, sizeof *all);
    int status = frames && all ? 0 : SMP_ENOMEM;
    if (!status)
        heavy_stacks(t, all, frames);
    free(frames);
    free(all);
    return status;
}
