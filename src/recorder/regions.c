/* Regions in the process: adds up each one, and notes which frames are inside.
 *
 * All of it runs with the GIL of the one recorded interpreter. No allocation, no
 * system call but the clock (and that is in the vdso). */
#include "recorder/regions.h"

#include <string.h>

#include "recorder/heap.h"

#define OTHERS (SMP_REGION_NAMES - 1) /* the number for names without room */
#define OTHERS_NAME "(other names)"
#define INDEX 2048u      /* a power of two, twice the names */
#define FRAMES_MOST 1024 /* frames looked through for an outer one */
#define TOTALS_MOST (SMP_REGION_TOTALS / 4 * 3)
/* The last so many are kept for what finds no room of its own. */
#define TOTALS_OTHERS SMP_REGION_NAMES

static struct {
    uint64_t hash, length;
    uint32_t number_plus_1;
    uint32_t epoch; /* another one: free */
} names[INDEX];
static uint16_t inside[SMP_REGION_TOTALS]; /* times entered and not left */
static uint32_t epoch;
static uint32_t next_serial;
/* Codes of contextlib and others: 1, 2: it is one; by the code's address. */
static struct {
    uint64_t code;
    uint8_t verdict;
} helpers[256];

static struct smp_regions *table(void)
{
    return smp_ring_regions(smp_recorder.ring);
}

int smp_regions_are_on(void)
{
    return atomic_load_explicit(&smp_recorder.phase, memory_order_relaxed) ==
               SMP_RUNNING &&
           atomic_load_explicit(&smp_recorder.ring->control,
                                memory_order_relaxed) == SMP_CONTROL_RUN;
}

uint32_t smp_regions_epoch(void)
{
    return epoch;
}

/* An addition that only one thread makes at a time. */
static void add(_Atomic uint64_t *to, uint64_t n)
{
    atomic_store_explicit(to,
                          atomic_load_explicit(to, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

static uint64_t get(const _Atomic uint64_t *from)
{
    return atomic_load_explicit(from, memory_order_relaxed);
}

static void set(_Atomic uint64_t *to, uint64_t value)
{
    atomic_store_explicit(to, value, memory_order_relaxed);
}

/* ---- names */

uint32_t smp_regions_find(uint64_t hash, uint64_t length)
{
    for (uint32_t i = 0; i < INDEX; i++) {
        uint32_t at = (uint32_t)(hash + i) % INDEX;
        if (names[at].epoch != epoch || !names[at].number_plus_1)
            return UINT32_MAX;
        if (names[at].hash == hash && names[at].length == length)
            return names[at].number_plus_1 - 1;
    }
    return UINT32_MAX;
}

static void write_name(uint32_t number, const char *text, uint64_t bytes)
{
    struct smp_region_name *n = &table()->names[number];
    n->cut = bytes > sizeof n->text;
    if (n->cut)
        bytes = sizeof n->text;
    while (n->cut && bytes && ((unsigned char)text[bytes] & 0xc0) == 0x80)
        bytes--; /* not within a character */
    memcpy(n->text, text, bytes);
    atomic_store_explicit(&n->bytes, (uint32_t)bytes, memory_order_release);
}

uint32_t smp_regions_add(uint64_t hash, uint64_t length, const char *text,
                         uint64_t bytes)
{
    struct smp_regions *r = table();
    uint32_t number = atomic_load(&r->name_count), i = 0;
    if (number >= OTHERS) {
        if (!atomic_load(&r->names[OTHERS].bytes))
            write_name(OTHERS, OTHERS_NAME, sizeof OTHERS_NAME - 1);
        add(&r->names_lost, 1);
        return OTHERS;
    }
    while (names[(uint32_t)(hash + i) % INDEX].epoch == epoch &&
           names[(uint32_t)(hash + i) % INDEX].number_plus_1)
        i++; /* ends: half of the index is free */
    write_name(number, text, bytes);
    atomic_store(&r->name_count, number + 1);
    i = (uint32_t)(hash + i) % INDEX;
    names[i].hash = hash;
    names[i].length = length;
    names[i].number_plus_1 = number + 1;
    names[i].epoch = epoch;
    return number;
}

/* ---- frames: read as they are, since the GIL keeps them */

static uint64_t word_at(uint64_t address)
{
    return *(const uint64_t *)(uintptr_t)address;
}

static uint64_t code_of(uint64_t frame)
{
    const struct smp_layout *l = &smp_recorder.layout;
    return word_at(frame + l->frame_code) & l->frame_code_mask;
}

static int is_shim(uint64_t frame)
{
    const struct smp_layout *l = &smp_recorder.layout;
    return *(const int8_t *)(uintptr_t)(frame + l->frame_owner) >=
           (int)l->shim_owner;
}

static uint64_t previous_of(uint64_t frame)
{
    return word_at(frame + smp_recorder.layout.frame_previous);
}

/* 1 where the code is contextlib's: ExitStack enters for its caller. */
static int judge(uint64_t code)
{
    static const char name[] = "/contextlib.py";
    const struct smp_layout *l = &smp_recorder.layout;
    struct smp_guard guard = {.pages = {0}};
    struct smp_memory m = smp_guard_memory(&guard);
    struct smp_text_ref text;
    size_t n = sizeof name - 1;
    return !smp_walk_text(l, &m, word_at(code + l->code_filename), &text) &&
           text.width == 1 && text.bytes >= n &&
           !memcmp((const char *)(uintptr_t)text.address + text.bytes - n, name,
                   n);
}

static int is_helper(uint64_t code)
{
    uint32_t at = (uint32_t)(code >> 4) % (sizeof helpers / sizeof *helpers);
    if (helpers[at].code != code) {
        helpers[at].code = code;
        helpers[at].verdict = (uint8_t)judge(code);
    }
    return helpers[at].verdict;
}

uint64_t smp_regions_frame(const void *state)
{
    const struct smp_layout *l = &smp_recorder.layout;
    uint64_t frame = word_at((uint64_t)(uintptr_t)state + l->thread_frame);
    if (l->frame_indirect)
        frame = word_at(frame + l->frame_in_cframe);
    for (int i = 0; frame && i < FRAMES_MOST; i++) {
        if (!is_shim(frame) && !is_helper(code_of(frame)))
            return frame;
        frame = previous_of(frame);
    }
    return 0;
}

/* ---- places in the tables */

static struct smp_region_total *claim(struct smp_regions *r,
                                      struct smp_region_total *t,
                                      uint32_t region, int32_t tid)
{
    t->tid = tid;
    inside[t - r->totals] = 0;
    atomic_store_explicit(&t->key, region + 1, memory_order_release);
    atomic_fetch_add(&r->total_count, 1);
    return t;
}

/* The region's row for this thread, or for all threads that have none. */
static struct smp_region_total *total_of(struct smp_regions *r, uint32_t region,
                                         int32_t tid)
{
    uint32_t at = region * UINT32_C(2654435761) + (uint32_t)tid * 40503u;
    for (uint32_t i = 0; i < SMP_REGION_TOTALS; i++) {
        struct smp_region_total *t = &r->totals[(at + i) % SMP_REGION_TOTALS];
        uint32_t key = atomic_load_explicit(&t->key, memory_order_relaxed);
        if (key == region + 1 && t->tid == tid)
            return t;
        if (key)
            continue;
        uint32_t most = tid ? TOTALS_MOST - TOTALS_OTHERS : TOTALS_MOST;
        if (atomic_load(&r->total_count) < most)
            return claim(r, t, region, tid);
        break;
    }
    add(&r->totals_lost, 1);
    return tid ? total_of(r, region, 0) : NULL;
}

/* 1 where a frame from here outward has entered the region. */
static int is_within(const struct smp_regions *r, uint32_t region,
                     uint64_t frame)
{
    uint32_t found[SMP_REGION_WAYS];
    for (int i = 0; frame && i < FRAMES_MOST; i++) {
        uint32_t n =
            is_shim(frame)
                ? 0
                : smp_regions_of_frame(r, frame, code_of(frame), found);
        while (n-- > 0)
            if (found[n] == region)
                return 1;
        frame = previous_of(frame);
    }
    return 0;
}

static void tag(struct smp_enter *e, uint32_t region)
{
    struct smp_regions *r = e->regions;
    uint32_t bucket = smp_region_bucket(e->frame), way = 0;
    e->bucket = (uint16_t)bucket;
    while (e->frame && way < SMP_REGION_WAYS &&
           atomic_load_explicit(&r->frames[bucket][way], memory_order_relaxed))
        way++;
    if (!e->frame)
        way = SMP_REGION_WAYS;
    e->way = (uint8_t)way;
    if (way == SMP_REGION_WAYS) {
        add(&r->untagged, 1);
        return;
    }
    r->entered[bucket][way] =
        (struct smp_region_entered){.code = code_of(e->frame),
                                    .start_ns = e->start_ns,
                                    .region = region,
                                    .serial = ++next_serial,
                                    .tid = e->tid,
                                    .nested = e->nested};
    atomic_store_explicit(&r->frames[bucket][way], e->frame,
                          memory_order_release);
    atomic_fetch_add_explicit(&r->entered_count, 1, memory_order_relaxed);
}

static void untag(struct smp_regions *r, struct smp_enter *e)
{
    if (e->way == SMP_REGION_WAYS ||
        atomic_load(&r->frames[e->bucket][e->way]) != e->frame)
        return;
    atomic_store_explicit(&r->frames[e->bucket][e->way], 0,
                          memory_order_release);
    atomic_fetch_sub_explicit(&r->entered_count, 1, memory_order_relaxed);
}

/* ---- enter and leave */

void smp_regions_enter(struct smp_enter *e, uint32_t region, uint64_t frame)
{
    e->start_ns = 0;
    e->way = SMP_REGION_WAYS;
    e->epoch = epoch;
    if (!smp_heap_self.tid)
        smp_heap_self.tid = smp_os_thread_id();
    e->tid = smp_heap_self.tid;
    e->regions = table();
    e->total = total_of(e->regions, region, e->tid);
    if (!e->total)
        return;
    e->frame = frame;
    uint16_t *in = &inside[e->total - e->regions->totals];
    e->nested = *in && is_within(e->regions, region, frame);
    *in = (uint16_t)(*in + (*in != UINT16_MAX));
    e->start_ns = smp_os_now();
    tag(e, region);
}

/* 1 where it was entered in this ring's time. */
static int release(struct smp_enter *e)
{
    /* In a child that met no collector the ring is the parent's. */
    int running = atomic_load(&smp_recorder.phase) == SMP_RUNNING;
    if (!e->start_ns || !running)
        return 0;
    e->start_ns = 0;
    /* After a fork the frame is the child's too, and still inside. */
    if (e->epoch != epoch) {
        untag(table(), e);
        return 0;
    }
    untag(e->regions, e);
    uint16_t *in = &inside[e->total - e->regions->totals];
    *in = (uint16_t)(*in - (*in != 0));
    return 1;
}

void smp_regions_leave(struct smp_enter *e)
{
    uint64_t now = smp_os_now(), start = e->start_ns;
    struct smp_region_total *t = e->total;
    if (!release(e))
        return;
    uint64_t took = now > start ? now - start : 0, count = get(&t->count);
    if (e->nested)
        add(&t->nested, 1);
    else
        add(&t->total_ns, took);
    if (!count || took < get(&t->least_ns))
        set(&t->least_ns, took);
    if (took > get(&t->most_ns))
        set(&t->most_ns, took);
    if (!count || start < get(&t->first_ns))
        set(&t->first_ns, start);
    set(&t->last_ns, now);
    set(&t->count, count + 1);
}

void smp_regions_drop(struct smp_enter *e)
{
    release(e);
}

static void inherit_frames(struct smp_regions *from, struct smp_regions *to)
{
    uint32_t count = 0;
    for (uint32_t b = 0; b < SMP_REGION_BUCKETS; b++)
        for (uint32_t w = 0; w < SMP_REGION_WAYS; w++) {
            uint64_t frame = atomic_load(&from->frames[b][w]);
            if (!frame)
                continue;
            to->entered[b][w] = from->entered[b][w];
            to->entered[b][w].start_ns = 0;
            atomic_store(&to->frames[b][w], frame);
            count++;
        }
    atomic_store(&to->entered_count, count);
}

void smp_regions_inherit(struct smp_ring *from, struct smp_ring *to)
{
    uint32_t before = epoch++;
    if (!from)
        return;
    struct smp_regions *old = smp_ring_regions(from);
    struct smp_regions *new = smp_ring_regions(to);
    uint32_t count = atomic_load(&old->name_count);
    if (count > SMP_REGION_NAMES)
        return; /* the program wrote over it */
    memcpy(new->names, old->names, count * sizeof *old->names);
    atomic_store(&new->name_count, count);
    if (atomic_load(&old->names[OTHERS].bytes))
        memcpy(&new->names[OTHERS], &old->names[OTHERS], sizeof *old->names);
    for (uint32_t i = 0; count && i < INDEX; i++)
        if (names[i].epoch == before)
            names[i].epoch = epoch;
    if (atomic_load(&old->entered_count))
        inherit_frames(old, new);
}
