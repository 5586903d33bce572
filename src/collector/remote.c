/* Remote stacks: the Python frames of a blocked thread, read from outside. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "collector/remote.h"

#define SEEK_AGAIN_NS 20000000u /* before a thread's state is sought again */

static int code_equal(const void *context, const void *key, uint32_t value)
{
    const struct smp_collector *c = context;
    const struct smp_remote_code *a = key, *b = &c->remote_codes[value];
    return a->address == b->address && a->print == b->print;
}

static uint32_t remote_text(struct smp_collector *c, const struct smp_image *i,
                            const struct smp_memory *m, uint64_t object)
{
    struct smp_text_ref text;
    uint8_t bytes[SMP_RECORD_TEXT_BYTES];
    if (smp_walk_text(&i->hello.layout, m, object, &text))
        return SMP_NONE;
    if (text.bytes > sizeof bytes)
        text.bytes = sizeof bytes;
    if (m->read(m->context, text.address, bytes, text.bytes))
        return SMP_NONE;
    return smp_code_text(c->profile, bytes, text.bytes, text.width);
}

static uint32_t define_remote(struct smp_collector *c, struct smp_image *i,
                              const struct smp_memory *m,
                              const struct smp_code_ref *code)
{
    uint64_t table, size;
    uint32_t filename = remote_text(c, i, m, code->filename);
    uint32_t name = remote_text(c, i, m, code->qualname);
    if (filename == SMP_NONE || name == SMP_NONE ||
        smp_walk_bytes(&i->hello.layout, m, code->linetable, &table, &size))
        return SMP_NONE;
    uint8_t *bytes = malloc(size ? size : 1);
    uint32_t def = SMP_NONE;
    if (bytes && !m->read(m->context, table, bytes, size))
        def = smp_resolver_define(&c->resolver,
                                  smp_code_function(c, i, filename, name,
                                                    code->first_line),
                                  code->first_line, bytes, (uint32_t)size);
    free(bytes);
    return def;
}

#define REMOTE_MAX 32768 /* code objects known; then all are looked up anew */

static uint32_t remote_code(struct smp_collector *c, struct smp_image *i,
                            const struct smp_memory *m,
                            const struct smp_code_ref *code)
{
    struct smp_remote_code key = {code->address, code->print, SMP_NONE};
    uint64_t hash = smp_hash_bytes(&key, 2 * sizeof(uint64_t));
    uint32_t found = smp_map_find(&c->remote_index, hash, &key, code_equal, c);
    if (found != SMP_MAP_NONE)
        return c->remote_codes[found].codedef;
    key.codedef = define_remote(c, i, m, code);
    if (key.codedef == SMP_NONE)
        return SMP_NONE;
    if (c->remote_count >= REMOTE_MAX) { /* most are of processes that ended */
        smp_map_release(&c->remote_index);
        c->remote_count = 0;
    }
    if (c->remote_count == c->remote_capacity) {
        size_t capacity = c->remote_capacity ? c->remote_capacity * 2 : 256;
        void *codes = realloc(c->remote_codes, capacity * sizeof key);
        if (!codes)
            return key.codedef;
        c->remote_codes = codes;
        c->remote_capacity = capacity;
    }
    if (!smp_map_put(&c->remote_index, hash, (uint32_t)c->remote_count))
        c->remote_codes[c->remote_count++] = key;
    return key.codedef;
}

uint32_t smp_remote_frame(struct smp_collector *c, struct smp_image *i,
                          const struct smp_memory *m,
                          const struct smp_walk_frame *frame)
{
    uint32_t def = remote_code(c, i, m, &frame->code);
    return def == SMP_NONE
               ? SMP_NONE
               : smp_resolver_frame(&c->resolver, def, frame->offset);
}

struct seen {
    struct smp_walk_frame frames[SMP_RECORD_DEPTH];
    unsigned count;
};

static int collect(void *context, const struct smp_walk_frame *frame)
{
    struct seen *s = context;
    if (s->count == SMP_RECORD_DEPTH)
        return 1;
    s->frames[s->count++] = *frame;
    return 0;
}

struct states {
    struct smp_image *image;
    uint64_t now;
};

/* A thread can have states in several interpreters: the first one counts. */
static int take_state(void *context, uint64_t state, uint64_t native_id)
{
    const struct states *s = context;
    struct smp_watched *t =
        native_id <= INT32_MAX
            ? smp_image_find_thread(s->image, (int32_t)native_id)
            : NULL;
    if (t && t->state_sought_ns != s->now) {
        t->state = state;
        t->state_sought_ns = s->now;
    }
    return 0;
}

/* The thread's state. The list of states is read for all threads at once, at
 * most every SEEK_AGAIN_NS: thousands of new threads would else each go through
 * it. Most threads that are not in it never will be. */
static uint64_t state_of(struct smp_image *i, struct smp_watched *t,
                         const struct smp_memory *m)
{
    const struct smp_layout *l = &i->hello.layout;
    uint64_t now = smp_os_now(), since = now - t->start_ns;
    if (smp_walk_owns(l, m, t->state, (uint64_t)t->tid))
        return t->state;
    t->state = 0;
    /* The longer it has lived without, the less likely it gets one. */
    uint64_t patience = since / 8 > SEEK_AGAIN_NS ? since / 8 : SEEK_AGAIN_NS;
    if ((t->state_sought_ns && now - t->state_sought_ns < patience) ||
        (i->states_read_ns && now - i->states_read_ns < SEEK_AGAIN_NS))
        return 0;
    struct states all = {i, now};
    i->states_read_ns = now;
    smp_walk_states(l, m, i->hello.interpreter, i->hello.runtime, take_state,
                    &all);
    t->state_sought_ns = now;
    return t->state;
}

int smp_remote_stack(struct smp_collector *c, struct smp_image *i,
                     struct smp_watched *t, uint32_t *stack)
{
    static struct seen seen;
    struct smp_memory m = smp_remote_memory(i->pid);
    struct smp_walk_result result;
    uint64_t probe;
    int status = smp_os_read_memory(i->pid, i->hello.runtime, &probe, 8);
    if (status)
        return status;
    uint64_t state = state_of(i, t, &m);
    if (!state)
        return SMP_ENOENT;
    seen.count = 0;
    status = smp_walk(&i->hello.layout, &m, i->hello.code_type, state, collect,
                      &seen, &result);
    if (status)
        return SMP_EFAULT;
    uint32_t at = 0;
    for (unsigned n = seen.count; n-- > 0;) {
        uint32_t frame = smp_remote_frame(c, i, &m, &seen.frames[n]);
        if (frame == SMP_NONE)
            return SMP_EFAULT;
        uint32_t regions[SMP_REGION_WAYS];
        uint32_t inside =
            i->ring ? smp_regions_of_frame(smp_ring_regions(i->ring),
                                           seen.frames[n].address,
                                           seen.frames[n].code.address, regions)
                    : 0;
        while (inside-- > 0)
            at = smp_said_stack(c, i, at, regions[inside]);
        at = smp_profile_stack(c->profile, at, frame);
    }
    *stack = at;
    return 0;
}
