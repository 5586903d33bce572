/* A collector with one image and a ring, without a process behind it, and the
 * records that a recorder would write. */
#ifndef SMP_TESTS_RECORDS_H
#define SMP_TESTS_RECORDS_H

#include <stdlib.h>
#include <string.h>

#include "collector/state.h"
#include "ring_memory.h"

#define NOBODY 0x7ffffff0        /* a pid that no process has */
#define TABLE "\x80\x11\x83\x22" /* units 0: columns 2 to 3; 1 to 4: 3 to 5 */
#define TABLE_BYTES 4

struct world {
    struct smp_run_options options;
    struct smp_collector c;
    struct smp_image i;
    uint64_t damaged_before;
};

static inline struct world *world_make(void)
{
    struct world *w = calloc(1, sizeof *w);
    w->options.cpu_only = 1;
    w->c.options = &w->options;
    w->c.start_ns = 1000000000;
    w->c.profile = smp_profile_new();
    smp_resolver_init(&w->c.resolver, w->c.profile);
    w->i.pid = NOBODY;
    w->i.pidfd = -1;
    w->i.hello.kind = SMP_HELLO_START;
    w->i.hello.python_version = 0x030c01f0;
    w->i.ring = ring_make(4 * RING_SMALL);
    w->i.ring_mapped = SMP_RING_HEADER_BYTES + 4 * RING_SMALL;
    w->i.process = smp_profile_process(
        w->c.profile, (struct smp_process){.pid = NOBODY, .parent = SMP_NONE});
    w->c.live = 1;
    return w;
}

/* Ends the image; the profile stays, to be looked at. */
static inline struct smp_profile *world_end(struct world *w)
{
    smp_image_end(&w->c, &w->i, 0);
    return w->c.profile;
}

static inline void world_drop(struct world *w)
{
    if (!w->i.ended)
        smp_image_end(&w->c, &w->i, 0);
    for (size_t n = 0; n < w->i.part_count; n++)
        free(w->i.parts[n].table);
    free(w->i.tasks);
    free(w->i.region_frames);
    free(w->i.codes);
    free(w->i.parts);
    smp_image_free_threads(&w->i);
    smp_heap_release(&w->i.heap);
    smp_collector_release(&w->c);
    smp_profile_free(w->c.profile);
    free(w);
}

/* One part of a code's definition. */
struct code_text {
    const char *filename, *qualname;
    uint32_t filename_bytes, qualname_bytes; /* 0: as strlen says */
    uint8_t width;                           /* of both; 0: 1 */
};

static inline struct smp_record_code *
write_code_part(struct world *w, uint32_t number, struct code_text t,
                const uint8_t *table, uint32_t total, uint32_t offset,
                uint32_t bytes)
{
    uint32_t f = t.filename_bytes, q = t.qualname_bytes;
    f = f || !t.filename ? f : (uint32_t)strlen(t.filename);
    q = q || !t.qualname ? q : (uint32_t)strlen(t.qualname);
    struct smp_record_code *r = (struct smp_record_code *)smp_ring_reserve(
        w->i.ring, (uint32_t)sizeof *r + f + q + bytes, SMP_RECORD_CODE);
    uint8_t *to = (uint8_t *)(r + 1);
    r->number = number;
    r->first_line = 10;
    r->filename = (struct smp_record_text){f, t.width ? t.width : 1, 0, 0};
    r->qualname = (struct smp_record_text){q, t.width ? t.width : 1, 0, 0};
    r->table_total = total;
    r->table_offset = offset;
    r->table_bytes = bytes;
    r->reserved = 0;
    if (f)
        memcpy(to, t.filename, f);
    if (q)
        memcpy(to + f, t.qualname, q);
    memcpy(to + f + q, table + offset, bytes);
    smp_ring_commit(w->i.ring, &r->head);
    return r;
}

static inline struct smp_record_code *
write_code(struct world *w, uint32_t number, const char *name)
{
    struct code_text t = {.filename = "/dir/prog.py", .qualname = name};
    return write_code_part(w, number, t, (const uint8_t *)TABLE, TABLE_BYTES, 0,
                           TABLE_BYTES);
}

/* What a sample says; times in ms since the profile's start. */
struct sample_text {
    int32_t tid;
    double at_ms, cpu_ms, system_ms;
    uint64_t faults;
    unsigned opcode, flags;
    uint64_t anchor;
    uint32_t frame_count, stack_bytes, overrun;
    struct smp_record_frame frames[4];
};

static inline struct smp_record_sample *write_sample(struct world *w,
                                                     struct sample_text t)
{
    uint32_t frames = t.frame_count * (uint32_t)sizeof *t.frames;
    struct smp_record_sample *r = (struct smp_record_sample *)
        smp_ring_reserve(w->i.ring,
                         (uint32_t)sizeof *r + frames +
                             (t.stack_bytes ? t.stack_bytes + 17 * 8 : 0),
                         SMP_RECORD_SAMPLE);
    memset((uint8_t *)r + sizeof r->head, 0, r->head.size - sizeof r->head);
    r->time_ns = w->c.start_ns + (uint64_t)(t.at_ms * 1e6);
    r->cpu_ns = (uint64_t)(t.cpu_ms * 1e6);
    r->system_us = (uint64_t)(t.system_ms * 1e3);
    r->faults = t.faults;
    r->pc = 0x1001;
    r->sp = 0x7fff0000;
    r->anchor = t.anchor;
    r->tid = t.tid;
    r->overrun = t.overrun;
    r->frame_count = t.frame_count;
    r->stack_bytes = t.stack_bytes;
    r->opcode = (uint16_t)t.opcode;
    r->flags = (uint16_t)t.flags;
    memcpy(r + 1, t.frames, frames);
    smp_ring_commit(w->i.ring, &r->head);
    return r;
}

static inline struct smp_record_thread *
write_thread(struct world *w, enum smp_record_type type, int32_t tid,
             double at_ms, double cpu_ms, const char *name)
{
    uint32_t bytes = name ? (uint32_t)strlen(name) : 0;
    struct smp_record_thread *r = (struct smp_record_thread *)
        smp_ring_reserve(w->i.ring, (uint32_t)sizeof *r + bytes, type);
    r->time_ns = w->c.start_ns + (uint64_t)(at_ms * 1e6);
    r->cpu_ns = (uint64_t)(cpu_ms * 1e6);
    r->tid = tid;
    r->name_bytes = bytes;
    if (bytes)
        memcpy(r + 1, name, bytes);
    smp_ring_commit(w->i.ring, &r->head);
    return r;
}

static inline void write_process(struct world *w, enum smp_record_type type,
                                 double at_ms, double cpu_ms, int32_t status)
{
    struct smp_record_process *r =
        (struct smp_record_process *)smp_ring_reserve(w->i.ring,
                                                      (uint32_t)sizeof *r,
                                                      type);
    r->time_ns = w->c.start_ns + (uint64_t)(at_ms * 1e6);
    r->cpu_ns = (uint64_t)(cpu_ms * 1e6);
    r->pid = NOBODY;
    r->status = status;
    r->main_cpu_ns = r->cpu_ns;
    smp_ring_commit(w->i.ring, &r->head);
}

static inline void drain(struct world *w)
{
    smp_drain(&w->c, &w->i, 0);
}

/* ---- what came of it */

/* Seconds of a thread, of a kind (-1: any). */
static inline double seconds_of(const struct smp_profile *p, uint32_t thread,
                                int kind)
{
    double sum = 0;
    for (size_t n = 0; n < p->sample_count; n++)
        if (p->samples[n].thread == thread &&
            (kind < 0 || p->samples[n].kind == kind))
            sum += p->samples[n].seconds;
    return sum;
}

/* The names of a stack, outermost first, as "a/b/c". */
static inline const char *names_of(const struct smp_profile *p, uint32_t stack)
{
    static char text[1024];
    char before[1024];
    text[0] = '\0';
    for (; stack; stack = p->stacks[stack].parent) {
        uint32_t function = p->frames[p->stacks[stack].frame].function;
        const char *name = smp_profile_text(p, p->functions[function].name);
        memcpy(before, text, sizeof before);
        snprintf(text, sizeof text, "%.400s%s%.400s", name, *before ? "/" : "",
                 before);
    }
    return text;
}

static inline uint32_t thread_of(const struct smp_profile *p, int32_t tid)
{
    for (uint32_t n = 0; n < p->thread_count; n++)
        if (p->threads[n].tid == tid)
            return n;
    return SMP_NONE;
}

#endif
