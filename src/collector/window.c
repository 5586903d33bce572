/* Windows: what one process did between two requests of its own. */
#include "collector/window.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "collector/state.h"

#define LINES_MAX (1u << 16) /* of a window; more are in its sums alone */
#define TOP_MAX 64

static struct smp_window *find(struct smp_collector *c, uint32_t process)
{
    for (size_t n = 0; n < c->windows.count; n++)
        if (c->windows.items[n].process == process)
            return &c->windows.items[n];
    return NULL;
}

static struct smp_window *open_window(struct smp_collector *c, uint32_t process)
{
    struct smp_window *w = c->windows.count ? find(c, process) : NULL;
    return w && w->begin_ns ? w : NULL;
}

/* ---- lines */

/* The innermost frame in a file that is no library; else the innermost one of
 * Python. SMP_NONE: there is none. */
static uint32_t frame_of(const struct smp_profile *p, uint32_t stack)
{
    uint32_t inner = SMP_NONE;
    for (; stack; stack = p->stacks[stack].parent) {
        uint32_t frame = p->stacks[stack].frame;
        uint32_t file = p->functions[p->frames[frame].function].file;
        if (file >= p->file_count || p->files[file].kind == SMP_FILE_NATIVE)
            continue;
        if (smp_is_own_file(p, file))
            return frame;
        if (inner == SMP_NONE)
            inner = frame;
    }
    return inner;
}

static int line_equal(const void *context, const void *key, uint32_t value)
{
    const struct smp_window *w = context;
    const struct smp_window_line *a = key, *b = &w->lines[value];
    return a->function == b->function && a->line == b->line;
}

static struct smp_window_line *add_line(struct smp_window *w, uint64_t hash,
                                        struct smp_window_line line)
{
    if (w->line_count == LINES_MAX)
        return NULL;
    if (w->line_count == w->line_capacity) {
        size_t capacity = w->line_capacity ? w->line_capacity * 2 : 64;
        void *lines = realloc(w->lines, capacity * sizeof *w->lines);
        if (!lines)
            return NULL;
        w->lines = lines;
        w->line_capacity = capacity;
    }
    if (smp_map_put(&w->index, hash, (uint32_t)w->line_count))
        return NULL;
    line.peak = w->peak_number;
    w->lines[w->line_count] = line;
    return &w->lines[w->line_count++];
}

static struct smp_window_line *line_of(struct smp_collector *c,
                                       struct smp_window *w, uint32_t stack)
{
    const struct smp_profile *p = c->profile;
    uint32_t frame = frame_of(p, stack);
    if (frame == SMP_NONE)
        return NULL;
    uint32_t words[] = {p->frames[frame].function, p->frames[frame].line};
    struct smp_window_line line = {.function = words[0], .line = words[1]};
    uint64_t hash = smp_hash_bytes(words, sizeof words);
    uint32_t found = smp_map_find(&w->index, hash, &line, line_equal, w);
    return found != SMP_MAP_NONE ? &w->lines[found] : add_line(w, hash, line);
}

/* ---- hooks */

void smp_window_cpu(struct smp_collector *c, uint32_t process, uint32_t stack,
                    enum smp_kind kind, uint64_t at_ns, uint64_t ns)
{
    struct smp_window *w = open_window(c, process);
    if (!w || kind > SMP_KIND_SYSTEM || at_ns < w->begin_ns)
        return;
    /* The first sample of a thread stands for what it did before, too. */
    uint64_t since = at_ns - w->begin_ns;
    double seconds = (double)(ns < since ? ns : since) * 1e-9;
    w->cpu_s[kind] += seconds;
    w->cpu_samples++;
    struct smp_window_line *line = line_of(c, w, stack);
    if (line)
        line->cpu_s += seconds;
}

void smp_window_allocate(struct smp_collector *c, uint32_t process,
                         uint32_t stack, double bytes, double count)
{
    struct smp_window *w = open_window(c, process);
    if (!w)
        return;
    w->alloc_bytes += bytes;
    w->alloc_count += count;
    w->alloc_samples++;
    struct smp_window_line *line = line_of(c, w, stack);
    if (line)
        line->alloc_bytes += bytes;
}

/* A peak is a moment before a decrease; a line remembers what it had then when it
 * first changes after it. */
static void note_peak(struct smp_window *w)
{
    if (w->live_bytes <= w->peak_bytes)
        return;
    w->peak_bytes = w->live_bytes;
    w->peak_variance = w->live_variance;
    w->peak_number++;
}

static double at_peak(const struct smp_window *w,
                      const struct smp_window_line *line)
{
    return line->peak == w->peak_number ? line->peak_bytes : line->live_bytes;
}

void smp_window_change(struct smp_collector *c, uint32_t process,
                       uint32_t stack, uint64_t born_ns, double bytes,
                       double variance)
{
    struct smp_window *w = open_window(c, process);
    if (!w || born_ns < w->begin_ns)
        return;
    if (bytes < 0)
        note_peak(w);
    struct smp_window_line *line = line_of(c, w, stack);
    if (line) {
        if (line->peak != w->peak_number) {
            line->peak = w->peak_number;
            line->peak_bytes = line->live_bytes;
        }
        line->live_bytes = fmax(0, line->live_bytes + bytes);
    }
    w->live_bytes = fmax(0, w->live_bytes + bytes);
    w->live_variance = fmax(0, w->live_variance + variance);
}

/* ---- begin and end */

static void clear(struct smp_window *w)
{
    free(w->lines);
    smp_map_release(&w->index);
    *w = (struct smp_window){.process = w->process};
}

static int begin(struct smp_collector *c, uint32_t process, uint64_t now)
{
    struct smp_window *w = find(c, process);
    if (!w && c->windows.count == SMP_WINDOWS_MAX)
        return SMP_EFULL;
    if (!w) {
        void *items =
            realloc(c->windows.items, (c->windows.count + 1) * sizeof *w);
        if (!items)
            return SMP_ENOMEM;
        c->windows.items = items;
        w = &c->windows.items[c->windows.count++];
        *w = (struct smp_window){.process = process};
    }
    clear(w);
    w->begin_ns = now;
    return 0;
}

static void add_string(struct smp_buf *out, const char *text)
{
    smp_buf_putc(out, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            smp_buf_printf(out, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            smp_buf_printf(out, "\\u%04x", (unsigned)*text);
        else
            smp_buf_putc(out, *text);
    }
    smp_buf_putc(out, '"');
}

static void add_line_text(struct smp_buf *out, const struct smp_profile *p,
                          const struct smp_window *w,
                          const struct smp_window_line *line)
{
    const struct smp_function *f = &p->functions[line->function];
    smp_buf_puts(out, "{\"file\":");
    add_string(out, smp_profile_text(p, p->files[f->file].path));
    smp_buf_puts(out, ",\"function\":");
    add_string(out, smp_profile_text(p, f->name));
    smp_buf_printf(out,
                   ",\"line\":%u,\"cpu_s\":%.6f,\"alloc_bytes\":%.0f,"
                   "\"live_bytes\":%.0f,\"at_peak_bytes\":%.0f}",
                   line->line, line->cpu_s, line->alloc_bytes, line->live_bytes,
                   at_peak(w, line));
}

/* The figures that lines are chosen by. */
static double figure(const struct smp_window *w,
                     const struct smp_window_line *line, int which)
{
    return which == 0   ? at_peak(w, line)
           : which == 1 ? line->live_bytes
           : which == 2 ? line->alloc_bytes
                        : line->cpu_s;
}

/* Marks the `top` lines with the most of a figure. */
static void choose(const struct smp_window *w, int which, unsigned top,
                   uint8_t *chosen)
{
    for (unsigned k = 0; k < top; k++) {
        size_t best = w->line_count;
        double most = 0;
        for (size_t n = 0; n < w->line_count; n++)
            if (!(chosen[n] & 1 << which) &&
                figure(w, &w->lines[n], which) > most) {
                most = figure(w, &w->lines[n], which);
                best = n;
            }
        if (best == w->line_count)
            return;
        chosen[best] |= (uint8_t)(1 << which);
    }
}

static void add_lines(struct smp_buf *out, const struct smp_profile *p,
                      const struct smp_window *w, unsigned top)
{
    uint8_t *chosen = calloc(w->line_count + 1, 1);
    const char *comma = "";
    for (int which = 0; chosen && which < 4; which++)
        choose(w, which, top, chosen);
    for (size_t n = 0; chosen && n < w->line_count; n++) {
        if (!chosen[n])
            continue;
        smp_buf_puts(out, comma);
        add_line_text(out, p, w, &w->lines[n]);
        comma = ",";
    }
    free(chosen);
}

static int end(struct smp_collector *c, struct smp_window *w, unsigned top,
               uint64_t now, struct smp_buf *out)
{
    const double sigmas = 1.96; /* 95 % */
    note_peak(w);
    smp_buf_printf(out,
                   "{\"elapsed_s\":%.9f,\"cpu_python_s\":%.6f,"
                   "\"cpu_native_s\":%.6f,\"cpu_system_s\":%.6f,"
                   "\"cpu_samples\":%llu",
                   (double)(now - w->begin_ns) * 1e-9, w->cpu_s[0], w->cpu_s[1],
                   w->cpu_s[2], (unsigned long long)w->cpu_samples);
    if (c->options->memory)
        smp_buf_printf(out,
                       ",\"alloc_bytes\":%.0f,\"alloc_count\":%.0f,"
                       "\"alloc_samples\":%llu,\"live_bytes\":%.0f,"
                       "\"live_error\":%.0f,\"peak_bytes\":%.0f,"
                       "\"peak_error\":%.0f",
                       w->alloc_bytes, w->alloc_count,
                       (unsigned long long)w->alloc_samples, w->live_bytes,
                       sigmas * sqrt(w->live_variance), w->peak_bytes,
                       sigmas * sqrt(w->peak_variance));
    smp_buf_puts(out, ",\"lines\":[");
    add_lines(out, c->profile, w, top);
    smp_buf_puts(out, "]}\n");
    clear(w);
    return out->failed ? SMP_ENOMEM : 0;
}

int smp_window_request(struct smp_collector *c, uint32_t process,
                       const char *text, uint64_t now, struct smp_buf *out)
{
    unsigned top;
    if (!strcmp(text, "begin"))
        return begin(c, process, now);
    if (sscanf(text, "end %u", &top) != 1 || top > TOP_MAX)
        return SMP_EINVAL;
    struct smp_window *w = open_window(c, process);
    return w ? end(c, w, top, now, out) : SMP_ENOENT;
}

void smp_windows_release(struct smp_windows *w)
{
    for (size_t n = 0; n < w->count; n++)
        clear(&w->items[n]);
    free(w->items);
    *w = (struct smp_windows){0};
}
