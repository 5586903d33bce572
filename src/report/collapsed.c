/* Collapsed stacks (Brendan Gregg's format): a line a stack, with microseconds
 * or, by the filter's metric, bytes.
 *
 *     process;thread;outermost;...;innermost 1234
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "report/names.h"
#include "report/report.h"
#include "report/sift.h"

struct line {
    size_t start; /* of its text (NUL-terminated) in `texts` */
    const char *text;
    double seconds;
};

struct work {
    const struct smp_profile *p;
    double scale; /* of a weight: 1e6 for seconds, 1 for bytes */
    struct smp_sift sift;
    struct smp_buf texts, name;
    struct line *lines; /* one a sample */
    size_t
        *name_at; /* by frame: its safe name in `names`; SIZE_MAX: none yet */
    struct smp_buf names;
    uint32_t *frames; /* of the stack in hand */
};

/* Adds a name whose bytes cannot be taken for the format's own: ";" divides
 * frames, a line end divides stacks. */
static void add_safe(struct smp_buf *out, const char *name)
{
    for (; *name; name++) {
        unsigned char c = (unsigned char)*name;
        smp_buf_putc(out, c == ';' ? ':' : c < 0x20 || c == 0x7F ? ' ' : *name);
    }
}

/* Adds what `name` holds, made safe, and empties it. */
static void add_part(struct work *w, struct smp_buf *to)
{
    if (w->name.data)
        add_safe(to, w->name.data);
    smp_buf_clear(&w->name);
}

/* A frame is named once: stacks share most of theirs. */
static void add_frame(struct work *w, uint32_t frame)
{
    if (w->name_at[frame] == SIZE_MAX) {
        w->name_at[frame] = w->names.length;
        smp_report_frame_name(&w->name, w->p, frame);
        add_part(w, &w->names);
        smp_buf_putc(&w->names, '\0');
    }
    if (!w->names.failed)
        smp_buf_puts(&w->texts, w->names.data + w->name_at[frame]);
}

static void add_process(struct work *w, uint32_t process)
{
    const struct smp_process *it = &w->p->processes[process];
    const char *command = smp_profile_text(w->p, it->command);
    smp_buf_printf(&w->name, "%s (%d)", *command ? command : "process",
                   (int)it->pid);
    add_part(w, &w->texts);
}

static void add_stack(struct work *w, const struct smp_sample *s)
{
    const char *leaf = smp_report_leaf(s);
    add_process(w, w->p->threads[s->thread].process);
    smp_buf_putc(&w->texts, ';');
    smp_report_thread_name(&w->name, w->p, s->thread);
    add_part(w, &w->texts);
    size_t n = smp_sift_frames(&w->sift, w->p, s->stack, w->frames);
    for (size_t i = 0; i < n; i++) {
        smp_buf_putc(&w->texts, ';');
        add_frame(w, w->frames[i]);
    }
    if (leaf)
        smp_buf_printf(&w->texts, ";%s", leaf);
    smp_buf_putc(&w->texts, '\0');
}

static int compare_lines(const void *left, const void *right)
{
    const struct line *a = left, *b = right;
    return strcmp(a->text, b->text);
}

/* Writes the sorted lines; equal ones (stacks of the same names) as one. */
static void write_lines(struct smp_buf *out, const struct work *w)
{
    double seconds = 0;
    for (size_t i = 0; i < w->sift.count; i++) {
        const struct line *it = &w->lines[i];
        seconds += it->seconds;
        if (i + 1 < w->sift.count && compare_lines(it, it + 1) == 0)
            continue;
        long long us = llround(seconds * w->scale);
        if (us > 0)
            smp_buf_printf(out, "%s %lld\n", it->text, us);
        seconds = 0;
    }
}

static int make_lines(struct work *w)
{
    w->lines = calloc(w->sift.count + 1, sizeof *w->lines);
    w->frames = calloc(smp_sift_depth(w->p), sizeof *w->frames);
    w->name_at = malloc((w->p->frame_count + 1) * sizeof *w->name_at);
    if (!w->lines || !w->frames || !w->name_at)
        return SMP_ENOMEM;
    for (size_t i = 0; i <= w->p->frame_count; i++)
        w->name_at[i] = SIZE_MAX;
    for (size_t i = 0; i < w->sift.count; i++) {
        w->lines[i].start = w->texts.length;
        w->lines[i].seconds = w->sift.samples[i].seconds;
        add_stack(w, &w->sift.samples[i]);
    }
    if (w->texts.failed || w->name.failed || w->names.failed)
        return SMP_ENOMEM;
    for (size_t i = 0; i < w->sift.count; i++)
        w->lines[i].text = w->texts.data + w->lines[i].start;
    qsort(w->lines, w->sift.count, sizeof *w->lines, compare_lines);
    return 0;
}

int smp_report_collapsed(struct smp_buf *out, const struct smp_profile *p,
                         const struct smp_filter *f)
{
    struct work w = {.p = p, .scale = SMP_METRIC_IS_BYTES(f->metric) ? 1 : 1e6};
    int status = smp_sift_make(&w.sift, p, f, SMP_SIFT_BY_STACK);
    if (!status)
        status = make_lines(&w);
    if (!status)
        write_lines(out, &w);
    smp_sift_release(&w.sift);
    smp_buf_release(&w.texts);
    smp_buf_release(&w.name);
    smp_buf_release(&w.names);
    free(w.name_at);
    free(w.lines);
    free(w.frames);
    return status ? status : out->failed ? SMP_ENOMEM : 0;
}
