/* Where other threads and processes than the main one wait, by line: in a server
 * it is the workers that wait for what matters. */
#include <stdlib.h>

#include "base/status.h"
#include "report/names.h"
#include "report/text_numbers.h"
#include "report/text_report.h"

#define ROW_LIMIT 5
#define SHARE_LEAST 0.01 /* of the elapsed time, to be shown */
#define SECONDS_CELLS 8
#define THREADS_CELLS 7
#define KIND_CELLS 14

/* The waiting of one line; of one thread in it, while they are summed. */
struct line_wait {
    uint32_t frame, thread;
    uint32_t threads;
    uint8_t kind; /* what most was waited for, and for how long */
    double kind_s;
    double seconds;
};

static int compare_order(const void *left, const void *right)
{
    const struct line_wait *a = left, *b = right;
    if (a->frame != b->frame)
        return a->frame < b->frame ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return a->thread < b->thread ? -1 : a->thread > b->thread;
}

static int compare_seconds(const void *left, const void *right)
{
    const struct line_wait *a = left, *b = right;
    if (a->seconds != b->seconds)
        return a->seconds > b->seconds ? -1 : 1;
    return a->frame < b->frame ? -1 : a->frame > b->frame;
}

/* One entry a sample. The caller has room for all of them. */
static size_t collect(const struct smp_text *t, struct line_wait *to)
{
    size_t n = 0;
    for (size_t i = 0; i < t->sift.count; i++) {
        const struct smp_sample *s = &t->sift.samples[i];
        uint32_t frame = t->charged[s->stack];
        if (SMP_KIND_IS_CPU(s->kind) || s->kind == SMP_KIND_WAIT_CPU ||
            s->thread == t->view.main_thread || frame == SMP_NONE)
            continue;
        to[n++] = (struct line_wait){.frame = frame,
                                     .thread = s->thread,
                                     .threads = 1,
                                     .kind = s->kind,
                                     .kind_s = s->seconds,
                                     .seconds = s->seconds};
    }
    return n;
}

/* Entries in order: those of one frame and kind are neighbours. */
static size_t sum_kinds(struct line_wait *waits, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        struct line_wait *last = kept ? &waits[kept - 1] : NULL;
        if (!last || last->frame != waits[i].frame ||
            last->kind != waits[i].kind) {
            waits[kept++] = waits[i];
            continue;
        }
        last->threads += last->thread != waits[i].thread;
        last->thread = waits[i].thread;
        last->seconds += waits[i].seconds;
        last->kind_s = last->seconds;
    }
    return kept;
}

static size_t sum_lines(struct line_wait *waits, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        struct line_wait *last = kept ? &waits[kept - 1] : NULL;
        if (!last || last->frame != waits[i].frame) {
            waits[kept++] = waits[i];
            continue;
        }
        last->seconds += waits[i].seconds;
        if (waits[i].kind_s > last->kind_s) {
            last->kind = waits[i].kind;
            last->kind_s = waits[i].kind_s;
        }
        /* Which threads they have in common is not known any more. */
        if (waits[i].threads > last->threads)
            last->threads = waits[i].threads;
    }
    return kept;
}

static void put_titles(struct smp_text *t)
{
    smp_pen_right(&t->pen, SMP_STYLE_DIM, SECONDS_CELLS, "seconds");
    smp_pen_blank(&t->pen, 1);
    smp_pen_right(&t->pen, SMP_STYLE_DIM, THREADS_CELLS, "threads");
    smp_pen_blank(&t->pen, 2);
    smp_pen_left(&t->pen, SMP_STYLE_DIM, KIND_CELLS, "for");
    smp_pen_blank(&t->pen, 1);
    smp_pen_text(&t->pen, SMP_STYLE_DIM, "where");
    smp_pen_line(&t->pen);
}

static void put_row(struct smp_text *t, const struct line_wait *wait)
{
    char number[SMP_NUMBER_SIZE];
    struct smp_buf name = {0};
    smp_text_seconds(number, wait->seconds);
    smp_pen_right(&t->pen, SMP_STYLE_BOLD, SECONDS_CELLS, number);
    smp_pen_blank(&t->pen, 1);
    smp_text_count(number, wait->threads);
    smp_pen_right(&t->pen, SMP_STYLE_PLAIN, THREADS_CELLS, number);
    smp_pen_blank(&t->pen, 2);
    smp_pen_left(&t->pen, SMP_STYLE_WAIT, KIND_CELLS,
                 smp_kind_words(wait->kind));
    smp_pen_blank(&t->pen, 1);
    smp_report_frame_name(&name, t->profile, wait->frame);
    smp_pen_text(&t->pen, SMP_STYLE_PLAIN, name.data ? name.data : "");
    smp_pen_line(&t->pen);
    t->pen.out->failed |= name.failed;
    smp_buf_release(&name);
}

int smp_text_other_waits(struct smp_text *t)
{
    double least_s = SHARE_LEAST * t->profile->elapsed_s;
    if (t->options->filter.cpu_only)
        return 0;
    struct line_wait *waits = calloc(t->sift.count + 1, sizeof *waits);
    if (!waits)
        return SMP_ENOMEM;
    size_t n = collect(t, waits);
    qsort(waits, n, sizeof *waits, compare_order);
    n = sum_lines(waits, sum_kinds(waits, n));
    qsort(waits, n, sizeof *waits, compare_seconds);
    if (n && waits[0].seconds >= least_s && waits[0].seconds > 0) {
        smp_text_title(t, "", "waiting in other threads and processes", "");
        put_titles(t);
    }
    for (size_t i = 0; i < n && i < ROW_LIMIT && waits[i].seconds > 0 &&
                       waits[i].seconds >= least_s;
         i++)
        put_row(t, &waits[i]);
    free(waits);
    return 0;
}
