/* speedscope's file format: a sampled profile a thread, weights in seconds or, by
 * the filter's metric, bytes.
 *
 * https://github.com/jlfwong/speedscope, src/lib/file-format-spec.ts */
#include <stdlib.h>

#include "base/status.h"
#include "report/names.h"
#include "report/report.h"
#include "report/sift.h"

#define LEAF_COUNT (SMP_KIND_COUNT + 1) /* a leaf a kind, and the collector's */
#define LEAF_GC SMP_KIND_COUNT

struct work {
    struct smp_buf *out;
    const struct smp_profile *p;
    struct smp_sift sift;
    uint32_t *number;          /* by frame: its index in the file; SMP_NONE */
    uint32_t leaf[LEAF_COUNT]; /* the same for what names no frame */
    uint32_t next;
    int bytes;        /* 1: weights are bytes */
    uint32_t *frames; /* of the stack in hand */
    struct smp_buf name;
};

/* Writes a JSON string; the model's texts are UTF-8. */
static void add_string(struct smp_buf *out, const char *text)
{
    smp_buf_putc(out, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7F)
            smp_buf_printf(out, "\\u%04x", c);
        else if (c == '"' || c == '\\')
            smp_buf_printf(out, "\\%c", c);
        else
            smp_buf_putc(out, *text);
    }
    smp_buf_putc(out, '"');
}

static void add_name(struct work *w)
{
    add_string(w->out, w->name.data ? w->name.data : "");
    smp_buf_clear(&w->name);
}

static void begin_frame(struct work *w, uint32_t *number)
{
    if (w->next)
        smp_buf_puts(w->out, ",\n");
    *number = w->next++;
    smp_buf_puts(w->out, "{\"name\":");
}

static void add_frame(struct work *w, uint32_t frame)
{
    const struct smp_frame *it = &w->p->frames[frame];
    const struct smp_file *file =
        &w->p->files[w->p->functions[it->function].file];
    begin_frame(w, &w->number[frame]);
    smp_report_frame_name(&w->name, w->p, frame);
    add_name(w);
    smp_buf_puts(w->out, ",\"file\":");
    add_string(w->out, smp_profile_text(w->p, file->path));
    if (it->line)
        smp_buf_printf(w->out, ",\"line\":%u", (unsigned)it->line);
    smp_buf_putc(w->out, '}');
}

static uint32_t *leaf_number(struct work *w, const struct smp_sample *s)
{
    return &w->leaf[s->gc && SMP_KIND_IS_CPU(s->kind) ? LEAF_GC : s->kind];
}

static void add_leaf(struct work *w, const struct smp_sample *s)
{
    const char *leaf = smp_report_leaf(s);
    uint32_t *number = leaf_number(w, s);
    if (!leaf || *number != SMP_NONE)
        return;
    begin_frame(w, number);
    add_string(w->out, leaf);
    smp_buf_putc(w->out, '}');
}

/* The frames that the samples use, each once. */
static void add_frames(struct work *w)
{
    for (size_t i = 0; i < w->sift.count; i++) {
        const struct smp_sample *s = &w->sift.samples[i];
        size_t n = smp_sift_frames(&w->sift, w->p, s->stack, w->frames);
        for (size_t k = 0; k < n; k++)
            if (w->number[w->frames[k]] == SMP_NONE)
                add_frame(w, w->frames[k]);
        add_leaf(w, s);
    }
}

static void add_stack(struct work *w, const struct smp_sample *s)
{
    size_t n = smp_sift_frames(&w->sift, w->p, s->stack, w->frames);
    smp_buf_putc(w->out, '[');
    for (size_t i = 0; i < n; i++)
        smp_buf_printf(w->out, "%s%u", i ? "," : "",
                       (unsigned)w->number[w->frames[i]]);
    if (smp_report_leaf(s))
        smp_buf_printf(w->out, "%s%u", n ? "," : "",
                       (unsigned)*leaf_number(w, s));
    smp_buf_putc(w->out, ']');
}

static void add_header(struct work *w, const struct smp_sample *s, size_t n)
{
    double end_s = 0;
    for (size_t i = 0; i < n; i++)
        end_s += s[i].seconds;
    smp_buf_puts(w->out, "{\"type\":\"sampled\",\"name\":");
    if (n) {
        uint32_t process = w->p->threads[s->thread].process;
        if (w->p->process_count > 1)
            smp_buf_printf(&w->name, "process %d, ",
                           (int)w->p->processes[process].pid);
        smp_report_thread_name(&w->name, w->p, s->thread);
    } else {
        smp_buf_puts(&w->name, "no samples");
    }
    add_name(w);
    smp_buf_printf(w->out,
                   ",\"unit\":\"%s\",\"startValue\":0,\"endValue\":%.*f",
                   w->bytes ? "bytes" : "seconds", w->bytes ? 0 : 9, end_s);
}

/* One profile: the n samples of a thread. */
static void add_thread(struct work *w, const struct smp_sample *s, size_t n)
{
    add_header(w, s, n);
    smp_buf_puts(w->out, ",\n\"samples\":[");
    for (size_t i = 0; i < n; i++) {
        if (i)
            smp_buf_putc(w->out, ',');
        add_stack(w, &s[i]);
    }
    smp_buf_puts(w->out, "],\n\"weights\":[");
    for (size_t i = 0; i < n; i++)
        smp_buf_printf(w->out, "%s%.*f", i ? "," : "", w->bytes ? 0 : 9,
                       s[i].seconds);
    smp_buf_puts(w->out, "]}");
}

static void add_threads(struct work *w)
{
    const struct smp_sample *s = w->sift.samples;
    if (!w->sift.count)
        add_thread(w, s, 0);
    for (size_t i = 0, n; i < w->sift.count; i += n) {
        for (n = 1; i + n < w->sift.count; n++)
            if (s[i + n].thread != s[i].thread)
                break;
        if (i)
            smp_buf_puts(w->out, ",\n");
        add_thread(w, &s[i], n);
    }
}

static void add_file(struct work *w)
{
    smp_buf_puts(w->out,
                 "{\"$schema\":"
                 "\"https://www.speedscope.app/file-format-schema.json\""
                 ",\n\"exporter\":");
    smp_buf_printf(&w->name, "solvidia-mem-prof %s",
                   smp_profile_text(w->p, w->p->version));
    add_name(w);
    smp_buf_puts(w->out, ",\n\"name\":");
    add_string(w->out, smp_profile_text(w->p, w->p->program));
    smp_buf_puts(w->out, ",\n\"activeProfileIndex\":0,\n"
                         "\"shared\":{\"frames\":[\n");
    add_frames(w);
    smp_buf_puts(w->out, "\n]},\n\"profiles\":[\n");
    add_threads(w);
    smp_buf_puts(w->out, "\n]}\n");
}

static int allocate(struct work *w)
{
    w->number = malloc((w->p->frame_count + 1) * sizeof *w->number);
    w->frames = malloc(smp_sift_depth(w->p) * sizeof *w->frames);
    if (!w->number || !w->frames)
        return SMP_ENOMEM;
    for (size_t i = 0; i <= w->p->frame_count; i++)
        w->number[i] = SMP_NONE;
    for (size_t i = 0; i < LEAF_COUNT; i++)
        w->leaf[i] = SMP_NONE;
    return 0;
}

int smp_report_speedscope(struct smp_buf *out, const struct smp_profile *p,
                          const struct smp_filter *f)
{
    struct work w = {.out = out,
                     .p = p,
                     .bytes = SMP_METRIC_IS_BYTES(f->metric)};
    int status = smp_sift_make(&w.sift, p, f, SMP_SIFT_BY_TIME);
    if (!status)
        status = allocate(&w);
    if (!status)
        add_file(&w);
    int failed = out->failed || w.name.failed;
    smp_sift_release(&w.sift);
    smp_buf_release(&w.name);
    free(w.number);
    free(w.frames);
    return status ? status : failed ? SMP_ENOMEM : 0;
}
