/* The figures of Scalene's lines as facts: samples of time, allocations, copies.
 *
 * Stacks: each line's time is given to the stacks that end in it, in proportion to
 * what they weigh, so that lines keep their figures exactly. A line without any has
 * a stack of its own. Times: spread over the moments in which the line was seen on
 * a CPU, where the file has them. */
#define _GNU_SOURCE
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/scalene_read.h"

#define STEPS 200           /* bins of time, where there are times */
#define FRAMES_LIMIT 1024   /* of a stack */
#define MOMENTS_LIMIT 10000 /* of a line */

/* A stack of Scalene's, found in the profile. */
struct stack {
    size_t line; /* that it ends in */
    uint32_t stack;
    double weight;
};

/* --- frames: "path function:line;" or ["path", "function", line] --- */

struct place {
    char *path;     /* owned */
    char *function; /* in path's storage */
    double line;
};

static int place_of(struct place *to, const json_t *frame)
{
    const char *text = json_string_value(
        json_is_array(frame) ? json_array_get(frame, 0) : frame);
    if (!text)
        return -1;
    if (json_is_array(frame)) {
        const char *name = json_string_value(json_array_get(frame, 1));
        size_t n = strlen(text);
        to->path = malloc(n + strlen(name ? name : "") + 2);
        if (!to->path)
            return -1;
        to->function = to->path + n + 1;
        memcpy(to->path, text, n + 1);
        strcpy(to->function, name ? name : "");
        to->line = json_number_value(json_array_get(frame, 2));
        return 0;
    }
    to->path = strdup(text);
    char *colon = to->path ? strrchr(to->path, ':') : NULL;
    if (!colon) {
        free(to->path);
        return -1;
    }
    *colon = '\0';
    to->line = strtod(colon + 1, NULL);
    char *space = strrchr(to->path, ' ');
    to->function = space ? space + 1 : colon;
    if (space)
        *space = '\0';
    return 0;
}

/* The line of the table that this place is; line_count: none. */
static size_t find_line(const struct smp_scalene *s, const struct place *at)
{
    const struct smp_profile *p = s->r.p;
    size_t i = 0;
    for (; i < s->line_count; i++)
        if (s->lines[i].line == (uint32_t)at->line &&
            strcmp(smp_profile_text(p, p->files[s->lines[i].file].path),
                   at->path) == 0)
            return i;
    return i;
}

/* One of the table, whose line on this stack took no time itself. */
static int find_function(const struct smp_profile *p, const struct place *at,
                         uint32_t *out)
{
    for (uint32_t i = 0; i < p->function_count; i++) {
        const struct smp_function *f = &p->functions[i];
        if (strcmp(smp_profile_text(p, f->name), at->function) == 0 &&
            strcmp(smp_profile_text(p, p->files[f->file].path), at->path) ==
                0) {
            *out = i;
            return 1;
        }
    }
    return 0;
}

static uint32_t frame_at(struct smp_scalene *s, const struct place *at)
{
    struct smp_profile *p = s->r.p;
    size_t line = find_line(s, at);
    struct smp_frame frame = {.line = (uint32_t)at->line};
    if (line < s->line_count) {
        frame.function = s->lines[line].function;
        return smp_profile_frame(p, frame);
    }
    if (find_function(p, at, &frame.function))
        return smp_profile_frame(p, frame);
    uint32_t path = smp_profile_string(p, at->path);
    struct smp_function function = {
        .name = smp_profile_string(p, at->function),
        .file = smp_profile_file(p, path,
                                 at->path[0] == '<' ? SMP_FILE_SYNTHETIC
                                                    : SMP_FILE_SOURCE)};
    frame.function = smp_profile_function(p, function);
    return smp_profile_frame(p, frame);
}

static uint32_t line_stack(struct smp_scalene *s, size_t line, uint32_t parent)
{
    struct smp_frame frame = {.function = s->lines[line].function,
                              .line = s->lines[line].line};
    return smp_profile_stack(s->r.p, parent, smp_profile_frame(s->r.p, frame));
}

/* 1 where the stack ends in a line that has time. */
static int read_stack(struct smp_scalene *s, const json_t *frames,
                      struct stack *to)
{
    size_t n = json_array_size(frames);
    uint32_t stack = 0;
    to->line = s->line_count;
    for (size_t i = 0; i < n && n <= FRAMES_LIMIT; i++) {
        struct place at;
        if (place_of(&at, json_array_get(frames, i)))
            return 0;
        int fits = at.line >= 0 && at.line < 1e7;
        to->line = fits ? find_line(s, &at) : s->line_count;
        if (fits)
            stack = smp_profile_stack(s->r.p, stack, frame_at(s, &at));
        free(at.path);
        if (!fits || stack == SMP_NONE)
            return 0;
    }
    to->stack = stack;
    return to->line < s->line_count;
}

/* What the stack weighs: {"cpu_samples": x} or [count, python, c, cpu]. */
static double weight_of(const json_t *figures)
{
    const json_t *it = json_is_array(figures)
                           ? json_array_get(figures, 3)
                           : json_object_get(figures, "cpu_samples");
    double weight = json_number_value(it);
    return weight > 0 && weight < 1e12 ? weight : 0;
}

/* Owned array in *out; returns how many. What cannot be read as a stack is left
 * out: the lines have its time all the same. */
static size_t read_stacks(struct smp_scalene *s, const json_t *root,
                          struct stack **out)
{
    const json_t *all = json_object_get(root, "stacks");
    size_t n = json_array_size(all), count = 0;
    struct stack *stacks = calloc(n + 1, sizeof *stacks);
    for (size_t i = 0; i < n && stacks; i++) {
        const json_t *pair = json_array_get(all, i);
        struct stack *to = &stacks[count];
        to->weight = weight_of(json_array_get(pair, 1));
        if (to->weight <= 0 || !read_stack(s, json_array_get(pair, 0), to))
            continue;
        s->lines[to->line].weight += to->weight;
        count++;
    }
    *out = stacks;
    return count;
}

/* --- time --- */

static int add_time(struct smp_scalene *s, uint32_t stack,
                    const struct smp_scalene_line *l, double part, double at_s,
                    uint32_t count)
{
    static const uint8_t kinds[] = {SMP_KIND_PYTHON, SMP_KIND_NATIVE,
                                    SMP_KIND_WAIT_OTHER};
    int status = 0;
    for (int k = 0; k < 3 && !status; k++) {
        struct smp_sample sample = {.thread = s->thread,
                                    .stack = stack,
                                    .kind = kinds[k],
                                    .count = count,
                                    .seconds = l->seconds[k] * part};
        if (sample.seconds > 0)
            status = smp_profile_add(s->r.p, at_s, sample);
    }
    return status ? smp_json_no_memory(&s->r) : 0;
}

/* Its clock at the start: where it is told, else of the first sample. */
static void find_start(struct smp_scalene *s, const json_t *root)
{
    const json_t *start = json_object_get(root, "start_time_perf");
    double first = INFINITY;
    for (size_t i = 0; i < s->line_count && !json_is_number(start); i++)
        if (s->lines[i].times)
            first =
                fmin(first,
                     json_number_value(json_array_get(s->lines[i].times, 0)));
    s->first_s = json_is_number(start) ? json_number_value(start) : first;
}

static int spread(struct smp_scalene *s, uint32_t stack,
                  const struct smp_scalene_line *l, double part)
{
    size_t n = json_array_size(l->times);
    int status = 0;
    if (!n)
        return add_time(s, stack, l, part, s->elapsed_s / 2, 0);
    if (n > MOMENTS_LIMIT)
        n = MOMENTS_LIMIT;
    for (size_t i = 0; i < n && !status; i++) {
        double at = json_number_value(json_array_get(l->times, i)) - s->first_s;
        at = at >= 0 ? fmin(at, s->elapsed_s) : 0;
        status = add_time(s, stack, l, part / (double)n, at, 0);
    }
    return status;
}

/* --- memory, in one bin: when it was is not known line by line --- */

/* `bytes` of one domain: alive at the end, or not. */
static int allocate(struct smp_scalene *s, uint32_t stack,
                    const struct smp_scalene_line *l, enum smp_domain domain,
                    double bytes, int lives)
{
    double count = l->alloc > 0 ? l->allocations * bytes / l->alloc : 0;
    struct smp_allocation a = {.thread = s->thread,
                               .stack = stack,
                               .domain = (uint8_t)domain,
                               .samples = (uint32_t)fmax(1, fmin(count, 1e9)),
                               .bytes = bytes,
                               .count = count,
                               .variance =
                                   count > 0 ? bytes * bytes / count : 0};
    if (!(bytes > 0))
        return 0;
    int status = smp_profile_allocate(s->r.p, 0, a);
    return status || lives ? status
                           : smp_profile_end_allocation(s->r.p, 0, 0, a);
}

static int allocate_all(struct smp_scalene *s, uint32_t stack,
                        const struct smp_scalene_line *l, double lives)
{
    double python = fmin(l->python, 1);
    const double shares[] = {python, 1 - python};
    int status = 0;
    for (int domain = 0; domain < 2 && !status; domain++) {
        enum smp_domain of = domain ? SMP_DOMAIN_NATIVE : SMP_DOMAIN_PYTHON;
        status =
            allocate(s, stack, l, of, (l->alloc - lives) * shares[domain], 0);
        if (!status)
            status = allocate(s, stack, l, of, lives * shares[domain], 1);
    }
    return status;
}

/* The domain with the most rises above what stays, so that the line's greatest
 * moment is Scalene's. */
static struct smp_high peak_of(const struct smp_scalene *s, uint32_t stack,
                               const struct smp_scalene_line *l, double lives)
{
    int native = l->python < 0.5;
    double share = native ? 1 - l->python : fmin(l->python, 1);
    return (struct smp_high){
        .thread = s->thread,
        .stack = stack,
        .domain = native ? SMP_DOMAIN_NATIVE : SMP_DOMAIN_PYTHON,
        .bytes = lives * share + fmax(0, l->peak - lives),
    };
}

static int add_memory(struct smp_scalene *s, uint32_t stack,
                      const struct smp_scalene_line *l)
{
    struct smp_profile *p = s->r.p;
    double lives = fmin(l->growth, l->alloc);
    int status = allocate_all(s, stack, l, lives);
    struct smp_deallocation d = {.thread = s->thread,
                                 .stack = stack,
                                 .samples = 1,
                                 .bytes = l->alloc - lives};
    if (!status && d.bytes > 0)
        status = smp_profile_deallocate(p, 0, d);
    struct smp_high high = peak_of(s, stack, l, lives);
    if (!status && l->peak > 0)
        status = smp_profile_high(p, 0, high);
    struct smp_copy copy = {.thread = s->thread,
                            .stack = stack,
                            .bytes = l->copy};
    if (!status && l->copy > 0)
        status = smp_profile_copy(p, 0, copy);
    return status ? smp_json_no_memory(&s->r) : 0;
}

/* The program's footprint over time, and its greatest. */
static int add_footprints(struct smp_scalene *s, const json_t *root)
{
    double peak = 0;
    const json_t *samples = json_object_get(root, "samples"), *it;
    int status = smp_scalene_number(s, root, "max_footprint_mb", 1e9, &peak);
    size_t i;
    double most = -1;
    json_array_foreach(samples, i, it)
    {
        double mb = json_number_value(json_array_get(it, 1));
        double at_s = json_number_value(json_array_get(it, 0)) * 1e-9;
        if (mb > most) {
            most = mb;
            s->r.p->peak_s = at_s >= 0 && at_s <= s->elapsed_s ? at_s : 0;
        }
    }
    s->r.p->peak = peak * SMP_SCALENE_MIB;
    return status;
}

int smp_scalene_add_facts(struct smp_scalene *s, const json_t *root)
{
    struct smp_profile *p = s->r.p;
    struct stack *stacks = NULL;
    double length = fmax(s->elapsed_s, SMP_BIN_FIRST_S);
    p->bin_s = s->has_times ? fmax(length / STEPS, SMP_BIN_FIRST_S) : length;
    p->memory_bin_s = length;
    find_start(s, root);
    size_t count = read_stacks(s, root, &stacks);
    int status = stacks ? 0 : smp_json_no_memory(&s->r);
    for (size_t i = 0; i < count && !status; i++) {
        const struct smp_scalene_line *l = &s->lines[stacks[i].line];
        status = spread(s, stacks[i].stack, l, stacks[i].weight / l->weight);
    }
    for (size_t i = 0; i < s->line_count && !status; i++) {
        const struct smp_scalene_line *l = &s->lines[i];
        uint32_t stack = line_stack(s, i, 0);
        if (stack == SMP_NONE)
            status = smp_json_no_memory(&s->r);
        else if (!(l->weight > 0))
            status = spread(s, stack, l, 1);
        if (!status && p->memory)
            status = add_memory(s, stack, l);
    }
    free(stacks);
    return status || !p->memory ? status : add_footprints(s, root);
}
