/* Stacks: a record's frames, registers and piece of stack to a stack of the
 * profile. Places that are seen again and again are looked up, not made anew. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/state.h"

#define MAPS_AGAIN_NS 50000000u /* between two readings of a process's maps */
/* The object whose frames are ours: the hooks' own. */
#define RECORDER "/librecorder.so"

int smp_stack_view_fits(const struct smp_stack_view *v, uint64_t bytes)
{
    uint64_t need =
        (uint64_t)v->frame_count * sizeof(struct smp_record_frame) +
        (v->stack_bytes ? (uint64_t)v->stack_bytes + 8 * SMP_REGISTER_COUNT
                        : 0);
    return v->frame_count <= SMP_RECORD_DEPTH &&
           v->stack_bytes <= SMP_RECORD_STACK_BYTES && need <= bytes;
}

/* ---- Python's part */

/* Makes it; *known is 0 where a code's definition has not come. */
static uint32_t make_python(struct smp_collector *c, struct smp_image *i,
                            const struct smp_stack_view *v, int *known)
{
    const struct smp_record_frame *frames = (const void *)v->payload;
    uint32_t stack = 0;
    for (uint32_t n = v->frame_count; n-- > 0;) {
        if (frames[n].code == SMP_RECORD_REGION) {
            stack = smp_said_stack(c, i, stack, (uint32_t)frames[n].offset);
            continue;
        }
        uint32_t def = smp_code_definition(i, frames[n].code);
        if (def == SMP_NONE) {
            c->profile->ledger.records_damaged++;
            *known = 0;
            continue;
        }
        stack = smp_profile_stack(c->profile, stack,
                                  smp_resolver_frame(&c->resolver, def,
                                                     frames[n].offset));
    }
    return stack;
}

static struct smp_stack_cache *cache_of(struct smp_collector *c)
{
    if (!c->stacks)
        c->stacks = calloc(1, sizeof *c->stacks);
    return c->stacks;
}

/* Two hashes of different beginnings: that both agree by chance is as good as
 * impossible. */
static void hash_frames(const struct smp_image *i,
                        const struct smp_stack_view *v, uint64_t hash[2])
{
    const uint8_t *at = v->payload;
    uint64_t a = i->number * UINT64_C(0x9e3779b97f4a7c15) + v->frame_count;
    uint64_t b = ~a;
    for (uint32_t n = 0; n < v->frame_count; n++, at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        a = (a ^ word) * UINT64_C(0xff51afd7ed558ccd);
        a ^= a >> 32;
        b = (b + word) * UINT64_C(0xc4ceb9fe1a85ec53);
        b ^= b >> 29;
    }
    hash[0] = a;
    hash[1] = b;
}

uint32_t smp_stack_python(struct smp_collector *c, struct smp_image *i,
                          const struct smp_stack_view *v)
{
    uint64_t hash[2];
    struct smp_stack_cache *cache = v->frame_count ? cache_of(c) : NULL;
    int known = 1;
    if (!cache)
        return make_python(c, i, v, &known);
    hash_frames(i, v, hash);
    struct smp_python_entry *e =
        &cache->python[hash[0] % (sizeof cache->python / sizeof *e)];
    if (e->used && e->hash[0] == hash[0] && e->hash[1] == hash[1])
        return e->stack;
    uint32_t stack = make_python(c, i, v, &known);
    if (known && stack != SMP_NONE)
        *e = (struct smp_python_entry){{hash[0], hash[1]}, stack, 1};
    return stack;
}

/* ---- the native part */

static uint32_t native_frame(struct smp_collector *c,
                             const struct smp_native_frame *f)
{
    struct smp_profile *p = c->profile;
    const char *object = f->object[0] ? f->object : "[unknown]";
    const char *slash = strrchr(object, '/');
    uint32_t file =
        smp_profile_file(p, smp_profile_string(p, object), SMP_FILE_NATIVE);
    char name[128];
    if (!f->name && !f->object[0]) {
        strcpy(name, object);
        p->ledger.native_unnamed++;
    } else if (!f->name) {
        snprintf(name, sizeof name, "[%.80s+0x%llx]",
                 slash ? slash + 1 : object,
                 (unsigned long long)(f->function ? f->function : f->offset));
        p->ledger.native_unnamed++;
        if (file != SMP_NONE)
            p->files[file].stripped = 1;
    }
    uint32_t function = smp_profile_function(
        p,
        (struct smp_function){smp_profile_string(p, f->name ? f->name : name),
                              file, 0});
    return smp_profile_frame(p, (struct smp_frame){.function = function});
}

void smp_stack_read_maps(struct smp_image *i, uint64_t now)
{
    if (now - i->maps_read_ns < MAPS_AGAIN_NS)
        return;
    i->maps_read_ns = now;
    smp_space_read(i->space, i->pid);
}

static void input_of(const struct smp_stack_view *v,
                     struct smp_native_input *in)
{
    const uint8_t *at =
        v->payload + v->frame_count * sizeof(struct smp_record_frame);
    *in = (struct smp_native_input){.stack = at + sizeof in->registers,
                                    .stack_size = v->stack_bytes,
                                    .anchor = v->anchor};
    memcpy(in->registers, at, sizeof in->registers);
}

const struct smp_native_stack *smp_stack_unwind(struct smp_collector *c,
                                                struct smp_image *i,
                                                const struct smp_stack_view *v)
{
    static struct smp_native_stack
        native; /* large; the collector has one thread */
    struct smp_native_input in;
    if (!i->space || !v->stack_bytes)
        return NULL;
    input_of(v, &in);
    smp_native_unwind(i->space, &in, &native);
    if (native.complete)
        c->profile->ledger.native_unwound++;
    else
        c->profile->ledger.native_cut++;
    return &native;
}

static int is_recorder(const struct smp_native_frame *f)
{
    size_t n = strlen(f->object), tail = sizeof RECORDER - 1;
    return n >= tail && !memcmp(f->object + n - tail, RECORDER, tail);
}

uint32_t smp_stack_add_native(struct smp_collector *c,
                              const struct smp_native_stack *native,
                              uint32_t stack)
{
    size_t first = 0;
    while (first < native->count && is_recorder(&native->frames[first]))
        first++;
    for (size_t n = native->count; n-- > first;)
        stack = smp_profile_stack(c->profile, stack,
                                  native_frame(c, &native->frames[n]));
    return stack;
}

/* ---- both, for records that come by the thousand */

/* A native stack that was unwound once: where its return addresses lay, from SP
 * up. A record in which they lie in the same places has the same stack. */
static int is_same(const struct smp_native_entry *e,
                   const struct smp_native_input *in)
{
    for (uint32_t n = 0; n < e->count; n++) {
        uint64_t word;
        if ((uint64_t)e->at[n] + 8 > in->stack_size)
            return 0;
        memcpy(&word, in->stack + e->at[n], sizeof word);
        if (word != e->address[n])
            return 0;
    }
    return 1;
}

static uint64_t key_of(const struct smp_image *i, uint32_t outer,
                       const struct smp_native_input *in)
{
    uint64_t words[] = {i->number, i->maps_read_ns, outer,
                        in->registers[SMP_REGISTER_PC],
                        in->anchor - in->registers[SMP_REGISTER_SP]};
    return smp_hash_bytes(words, sizeof words);
}

/* Remembers it, where every return address is found in its place. */
static void remember(struct smp_native_entry *e, uint64_t key,
                     const struct smp_native_input *in,
                     const struct smp_native_stack *native, uint32_t stack)
{
    uint64_t sp = in->registers[SMP_REGISTER_SP];
    e->key = 0;
    e->count = 0;
    if (!native->complete || native->count > SMP_NATIVE_ENTRY)
        return;
    for (size_t n = 0; n < native->count; n++) {
        uint64_t at = native->frames[n].cfa - 8 - sp, word;
        if (at > in->stack_size || at + 8 > in->stack_size)
            return;
        memcpy(&word, in->stack + at, sizeof word);
        if (n + 1 < native->count && word != native->frames[n + 1].address + 1)
            return;
        e->at[n] = (uint32_t)at;
        e->address[n] = word;
        e->count = (uint32_t)n + 1;
    }
    e->key = key;
    e->stack = stack;
}

uint32_t smp_stack_whole(struct smp_collector *c, struct smp_image *i,
                         const struct smp_stack_view *v, uint64_t now)
{
    uint32_t outer = smp_stack_python(c, i, v);
    struct smp_stack_cache *cache = cache_of(c);
    struct smp_native_input in;
    if (!i->space || !v->stack_bytes || !cache || outer == SMP_NONE)
        return outer;
    input_of(v, &in);
    uint64_t key = key_of(i, outer, &in);
    struct smp_native_entry *e =
        &cache->native[key % (sizeof cache->native / sizeof *e)];
    if (e->key == key && is_same(e, &in))
        return e->stack;
    const struct smp_native_stack *native = smp_stack_unwind(c, i, v);
    if (!native->complete) { /* a library that was loaded since */
        uint64_t before = i->maps_read_ns;
        smp_stack_read_maps(i, now);
        if (before != i->maps_read_ns)
            native = smp_stack_unwind(c, i, v);
    }
    uint32_t stack = smp_stack_add_native(c, native, outer);
    if (stack != SMP_NONE)
        remember(e, key_of(i, outer, &in), &in, native, stack);
    return stack;
}
