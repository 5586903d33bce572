/* Memory: which allocations are sampled, and their records. */
#include "recorder/heap.h"

#include <errno.h>

#include "base/status.h"

/* How far a thread's countdown goes while nothing is sampled: until it looks
 * again, or for ever. */
#define LOOK_AGAIN (UINT64_C(64) << 10)
#define ASLEEP_LOOK (UINT64_C(1) << 20)
#define NEVER (UINT64_C(1) << 62)
/* Ends of samples that found no room in the ring, to be written later. */
#define LATE_ENDS 4096u

__thread struct smp_heap_thread smp_heap_self;
struct smp_heap_python smp_heap_python;

static _Atomic int on;
static _Atomic int never;
static _Atomic uint64_t next_id = 1;
static uint64_t seed_given; /* 0: none */
static _Atomic uint64_t threads_seeded;
static _Atomic uint64_t late[LATE_ENDS]; /* ids; 0: empty */
static _Atomic uint32_t late_count;

int smp_heap_is_on(void)
{
    return atomic_load_explicit(&on, memory_order_relaxed) &&
           atomic_load_explicit(&smp_recorder.phase, memory_order_relaxed) ==
               SMP_RUNNING;
}

/* 1 where samples are taken: not while the recording is off. */
static int is_sampling(void)
{
    return smp_heap_is_on() &&
           atomic_load_explicit(&smp_recorder.ring->control,
                                memory_order_relaxed) == SMP_CONTROL_RUN;
}

void smp_heap_never(void)
{
    atomic_store(&never, 1);
}

static void seed(struct smp_heap_thread *t)
{
    uint64_t number = atomic_fetch_add(&threads_seeded, 1);
    t->random =
        seed_given ? smp_random_seed(seed_given, number)
                   : smp_random_seed(smp_os_now(),
                                     (uint64_t)smp_recorder.pid << 32 | number);
}

static enum smp_rate rate_of(uint64_t n)
{
    return smp_heap_is_large(n) ? SMP_RATE_LARGE : SMP_RATE_SMALL;
}

static struct smp_countdown *countdown_of(struct smp_heap_thread *t, uint64_t n)
{
    return smp_heap_is_large(n) ? &t->large : &t->small;
}

/* One of so many blocks that are drawn is sampled. Where samples are wanted closer than
 * usual all are: else a block might have more bytes drawn than the share. */
static unsigned small_share = 1;
#define SHARED_FROM (UINT64_C(32) << 10)

static uint64_t stratum_of(enum smp_rate rate)
{
    uint64_t interval = smp_rate_interval(rate);
    return rate == SMP_RATE_SMALL ? interval / small_share : interval;
}

/* A countdown begins anew, with the interval that holds now. */
static void begin(struct smp_heap_thread *t, struct smp_countdown *c,
                  enum smp_rate rate)
{
    if (!t->random)
        seed(t);
    smp_countdown_begin(c, &t->random, stratum_of(rate));
}

/* It has ended with n bytes: what they stand for where they are to be sampled, else 0. */
static uint64_t end(struct smp_heap_thread *t, struct smp_countdown *c,
                    enum smp_rate rate, uint64_t n)
{
    uint8_t *turns =
        c == &smp_heap_python.countdown ? smp_heap_python.turns : t->turns;
    if (!t->random)
        seed(t);
    if (!c->interval) { /* the thread's first bytes count like all others */
        begin(t, c, rate);
        if (!smp_heap_spend(&c->left, n))
            return 0;
    }
    uint64_t past = smp_countdown_past(c), stratum = c->interval;
    if (past >= n) /* a handler has begun anew meanwhile (smp_heap_tick) */
        return 0;
    uint64_t stands_for = smp_countdown_stands_for(c, past, n);
    uint64_t drawn =
        1 + smp_countdown_next(c, past, &t->random, stratum_of(rate));
    if (rate != SMP_RATE_SMALL || small_share == 1)
        return stands_for;
    /* Each byte is taken with probability 1 / (share * stratum), a block as often as
     * bytes of it are. */
    return smp_turns_take(turns, &t->random, n, drawn, small_share) *
           (small_share * stratum);
}

static void watch(int yes)
{
    smp_malloc_watch(yes);
    smp_copy_watch(yes);
}

void smp_heap_start(const struct smp_welcome *w)
{
    if (!w->heap || smp_table_start())
        return;
    seed_given = w->heap_seed;
    smp_rate_start(SMP_RATE_SMALL, w->heap_interval, (int)w->heap_fixed);
    small_share =
        smp_rate_interval(SMP_RATE_SMALL) < SHARED_FROM ? 1 : SMP_HEAP_SHARE;
    smp_rate_start(SMP_RATE_LARGE, w->heap_interval, (int)w->heap_fixed);
    smp_rate_start(SMP_RATE_COPIES, 0, 0);
    /* We may stand in a handler, inside of an allocation. */
    struct smp_heap_thread *t = &smp_heap_self;
    if (!t->inside && !t->pending)
        t->small.left = t->large.left = t->copies.left = 0;
    t->small.interval = t->large.interval = t->copies.interval = 0;
    smp_heap_python = (struct smp_heap_python){0};
    atomic_store(&smp_recorder.ring->counts.heap_state, SMP_HEAP_ON);
    atomic_store(&on, 1);
    watch(is_sampling());
}

void smp_heap_stop(void)
{
    atomic_store(&on, 0);
    watch(0);
}

void smp_heap_pause(int pause)
{
    watch(!pause && smp_heap_is_on());
}

void smp_heap_after_fork(uint32_t wanted)
{
    struct smp_heap_thread *t = &smp_heap_self;
    t->tid = 0;
    t->inside = 0;
    smp_ranges_after_fork();
    for (uint32_t i = 0; i < LATE_ENDS && atomic_load(&late_count); i++)
        if (atomic_exchange(&late[i], 0))
            atomic_fetch_sub(&late_count, 1);
    if (!atomic_load(&on) || !wanted) {
        smp_heap_stop();
        return;
    }
    if (!seed_given) /* else parent and child would draw the same */
        t->random = 0;
    begin(t, &smp_heap_python.countdown, SMP_RATE_SMALL);
    begin(t, &t->small, SMP_RATE_SMALL);
    begin(t, &t->large, SMP_RATE_LARGE);
    smp_rate_after_fork();
    atomic_store(&smp_recorder.ring->counts.heap_state, SMP_HEAP_ON);
}

/* How far a countdown goes while nothing is sampled. */
static uint64_t look_again(void)
{
    return atomic_load_explicit(&never, memory_order_relaxed) ? NEVER
           : smp_heap_is_on()                                 ? LOOK_AGAIN
                                                              : ASLEEP_LOOK;
}

/* 1 where this countdown counts; else it is put back by n, or sleeps. */
static int counts(const struct smp_heap_thread *t, struct smp_countdown *c,
                  uint64_t n)
{
    if (t->inside) {
        c->left += n;
        return 0;
    }
    if (!is_sampling()) {
        c->interval = 0;
        c->left = look_again();
        return 0;
    }
    return 1;
}

uint64_t smp_heap_due(uint64_t n)
{
    struct smp_heap_thread *t = &smp_heap_self;
    struct smp_countdown *c = countdown_of(t, n);
    if (t->pending && smp_heap_is_large(n)) { /* the allocator's own tables */
        c->left += n;
        return 0;
    }
    if (!counts(t, c, n))
        return 0;
    if (!t->pending)
        return end(t, c, rate_of(n), n);
    c->left = 0; /* until what was handed on comes */
    return smp_python_is_handed_on(n) ? t->pending_stands_for : 0;
}

uint64_t smp_heap_python_due(uint64_t n)
{
    struct smp_heap_thread *t = &smp_heap_self;
    struct smp_countdown *c = &smp_heap_python.countdown;
    if (t->pending) { /* an allocator in between that asks PyMem */
        c->left += n;
        return 0;
    }
    return counts(t, c, n) ? end(t, c, SMP_RATE_SMALL, n) : 0;
}

void smp_heap_hand_on(uint64_t n, uint64_t stands_for)
{
    struct smp_heap_thread *t = &smp_heap_self;
    t->pending_stands_for = stands_for;
    t->put_by = t->small.left;
    t->pending = n;
    t->small.left = 0;
}

void smp_heap_handed_on(void)
{
    struct smp_heap_thread *t = &smp_heap_self;
    if (t->pending)
        t->small.left = t->put_by;
    t->pending = 0;
}

void smp_heap_tick(uint64_t now)
{
    struct smp_heap_thread *t = &smp_heap_self;
    if (!smp_heap_is_on())
        return;
    smp_rate_tick(now);
    smp_entry_tick();
    /* A new interval holds at once, since a stratum may be long. Not of Python's
     * objects: another thread may hold the GIL. */
    for (uint64_t n = 0; n <= SMP_HEAP_LARGE; n += SMP_HEAP_LARGE) {
        struct smp_countdown *c = countdown_of(t, n);
        if (!t->inside && !t->pending && is_sampling() &&
            c->interval != stratum_of(rate_of(n)))
            begin(t, c, rate_of(n));
    }
}

void smp_heap_resume(void)
{
    struct smp_heap_thread *t = &smp_heap_self;
    if (!smp_heap_is_on() || t->inside || t->pending)
        return;
    begin(t, &smp_heap_python.countdown, SMP_RATE_SMALL);
    begin(t, &t->small, SMP_RATE_SMALL);
    begin(t, &t->large, SMP_RATE_LARGE);
    begin(t, &t->copies, SMP_RATE_COPIES);
}

/* ---- records */

/* Registers of the caller of `write`, where our frames begin. */
struct place {
    uint64_t registers[SMP_REGISTERS];
    uint32_t stack_bytes;
};

static int32_t thread_id(void)
{
    if (!smp_heap_self.tid)
        smp_heap_self.tid = smp_os_thread_id();
    return smp_heap_self.tid;
}

/* 1 where a record may be written: the ring is this process's, and runs. */
static int may_write(void)
{
    return smp_heap_is_on() && smp_process_has_memory() &&
           atomic_load(&smp_recorder.ring->control) == SMP_CONTROL_RUN;
}

static int write_record(enum smp_record_type type,
                        const struct smp_record_memory *r,
                        const struct smp_capture *c, const struct place *place)
{
    struct smp_ring *ring = smp_recorder.ring;
    uint32_t size =
        (uint32_t)sizeof *r + smp_capture_bytes(c, place->stack_bytes);
    if (smp_ring_used(ring) > ring->data_bytes / 4 * 3)
        return SMP_EFULL; /* the rest is for samples of CPU time */
    struct smp_record_memory *to =
        (struct smp_record_memory *)smp_ring_reserve(ring, size, type);
    if (!to)
        return SMP_EFULL;
    to->time_ns = r->time_ns;
    to->id = r->id;
    to->bytes = r->bytes;
    to->stands_for = r->stands_for;
    to->anchor = c->walk.anchor;
    to->tid = thread_id();
    to->frame_count = c->frame_count;
    to->stack_bytes = place->stack_bytes;
    to->flags = c->flags;
    to->domain = r->domain;
    to->reserved = 0;
    smp_capture_write(c, (uint8_t *)(to + 1), place->registers,
                      place->stack_bytes);
    smp_ring_commit(ring, &to->head);
    return 0;
}

/* One record with the calling thread's stack; `native`: with a piece of its
 * native one. 0, or SMP_EFULL. */
static int record(enum smp_record_type type, const struct smp_record_memory *r,
                  int native)
{
    struct smp_capture c;
    struct place place = {.stack_bytes = 0};
    int status = SMP_EFULL;
    if (smp_capture_begin(&c, r->time_ns) == 0) {
        uint64_t state = smp_capture_state(&c, thread_id());
        if (state)
            smp_capture_frames(&c, state);
    }
    if (native && c.scratch >= 0) {
        smp_os_here(place.registers);
        place.stack_bytes =
            smp_capture_span(&c, place.registers[SMP_REGISTER_STACK],
                             smp_threads_stack_top());
    }
    if (!c.lost)
        status = write_record(type, r, &c, &place);
    if (c.flags & SMP_SAMPLE_UNREADABLE)
        atomic_fetch_add(&smp_recorder.ring->counts.unread_heap, 1);
    smp_capture_end(&c);
    return status;
}

/* What a sample cost, from `began` until now; a long one was put off its CPU
 * meanwhile, which is no cost of ours. */
#define COST_MOST_NS UINT64_C(20000)

static uint64_t note_cost(uint64_t began, uint64_t now)
{
    uint64_t took = now - began < COST_MOST_NS ? now - began : COST_MOST_NS;
    atomic_fetch_add_explicit(&smp_recorder.ring->counts.heap_ns, took,
                              memory_order_relaxed);
    return took;
}

/* ---- ends */

static void write_late(void)
{
    struct smp_record_memory r = {.time_ns = smp_os_now()};
    struct smp_capture none = {.scratch = -1};
    struct place nowhere = {.stack_bytes = 0};
    for (uint32_t i = 0; i < LATE_ENDS && atomic_load(&late_count); i++) {
        r.id = atomic_exchange(&late[i], 0);
        if (!r.id)
            continue;
        if (write_record(SMP_RECORD_FREE, &r, &none, &nowhere)) {
            atomic_store(&late[i], r.id);
            return;
        }
        atomic_fetch_sub(&late_count, 1);
    }
}

/* The ring was full: an end that is never told would be a leak that is none. */
static void end_later(uint64_t id)
{
    for (uint32_t i = 0; i < LATE_ENDS; i++) {
        uint64_t empty = 0;
        if (atomic_compare_exchange_strong(&late[i], &empty, id)) {
            atomic_fetch_add(&late_count, 1);
            return;
        }
    }
    atomic_fetch_add(&smp_recorder.ring->counts.lost_frees, 1);
}

void smp_heap_put_back(uint64_t address, struct smp_block block)
{
    if (block.id && smp_table_put(address, block))
        smp_heap_end(block, 0);
}

/* A block that grows by small steps would else be an end and a sample with each
 * of them. Only where such a block is sampled for certain (p > 0.98): one that is
 * seldom sampled would get a chance with each step and keep it. */
int smp_heap_is_like(struct smp_block block, uint64_t bytes)
{
    uint64_t change =
        bytes > block.bytes ? bytes - block.bytes : block.bytes - bytes;
    return block.bytes / 4 > smp_rate_interval(rate_of(block.bytes)) &&
           change < block.bytes / 128;
}

int smp_heap_is_over(void)
{
    return smp_recorder.api.is_finalizing && smp_recorder.api.is_finalizing();
}

void smp_heap_end(struct smp_block block, uint64_t part)
{
    struct smp_heap_thread *t = &smp_heap_self;
    int saved = errno;
    if (!block.id || !smp_heap_is_on() || smp_heap_is_over() ||
        !smp_process_has_memory() ||
        atomic_load(&smp_recorder.ring->control) == SMP_CONTROL_STOP)
        return;
    struct smp_ring_counts *counts = &smp_recorder.ring->counts;
    t->inside++;
    uint64_t now = smp_os_now();
    struct smp_record_memory r = {.time_ns = now,
                                  .id = block.id,
                                  .bytes = part};
    if (record(SMP_RECORD_FREE, &r, 0)) {
        end_later(block.id);
    } else {
        atomic_fetch_add_explicit(&counts->frees, 1, memory_order_relaxed);
        if (atomic_load_explicit(&late_count, memory_order_relaxed))
            write_late();
    }
    smp_rate_note_time(rate_of(block.bytes), note_cost(now, smp_os_now()));
    t->inside--;
    errno = saved;
}

/* ---- allocations */

/* A free that went past us (a library bound to another allocator) left its
 * address behind. */
static void forget_stale(uint64_t address)
{
    if (smp_filter_knows((const void *)(uintptr_t)address))
        smp_heap_end(smp_table_take(address), 0);
}

static int keep(uint64_t address, uint64_t n, uint64_t id, int mapped)
{
    if (mapped)
        return smp_ranges_put(address, n, id);
    forget_stale(address);
    return smp_table_put(address, (struct smp_block){id, n});
}

static void give_up(uint64_t address, uint64_t n, int mapped)
{
    struct smp_range_part part;
    if (!mapped)
        smp_table_take(address);
    while (mapped && smp_ranges_cut(address, n, &part))
        ;
}

static void sample(uint64_t address, uint64_t n, uint64_t stands_for,
                   enum smp_record_domain domain)
{
    struct smp_ring_counts *counts = &smp_recorder.ring->counts;
    int mapped = domain >= SMP_RECORD_MAPPED;
    uint64_t now = smp_os_now();
    struct smp_record_memory r = {.time_ns = now,
                                  .id = atomic_fetch_add(&next_id, 1),
                                  .bytes = n,
                                  .stands_for = stands_for,
                                  .domain = (uint8_t)domain};
    smp_entry_grown(r.stands_for);
    if (keep(address, n, r.id, mapped)) {
        smp_rate_raise(rate_of(n), now);
        atomic_fetch_add(&counts->lost_heap, 1);
        return;
    }
    if (record(SMP_RECORD_ALLOC, &r, domain != SMP_RECORD_PYTHON)) {
        give_up(address, n, mapped);
        smp_rate_raise(rate_of(n), now); /* the collector does not keep up */
        atomic_fetch_add(&counts->lost_heap, 1);
    } else {
        atomic_fetch_add_explicit(&counts->allocations, 1,
                                  memory_order_relaxed);
        if (atomic_load_explicit(&late_count, memory_order_relaxed))
            write_late();
    }
    smp_rate_press(rate_of(n), now, smp_ring_used(smp_recorder.ring),
                   smp_recorder.ring->data_bytes);
    uint64_t after = smp_os_now();
    smp_rate_note(rate_of(n), after, note_cost(now, after),
                  smp_table_count(smp_heap_is_large(n)));
    smp_threads_retry(after);
}

void smp_heap_sample(uint64_t address, uint64_t n, uint64_t stands_for,
                     enum smp_record_domain domain)
{
    struct smp_heap_thread *t = &smp_heap_self;
    int saved = errno;
    t->inside++;
    if (t->pending) {
        n = t->pending;
        domain = SMP_RECORD_PYTHON;
        smp_heap_handed_on();
    }
    if (address && n && may_write())
        sample(address, n, stands_for, domain);
    t->inside--;
    errno = saved;
}

/* ---- copies */

static void record_copy(uint64_t n, uint64_t stands_for)
{
    struct smp_ring_counts *counts = &smp_recorder.ring->counts;
    uint64_t now = smp_os_now();
    struct smp_record_memory r = {.time_ns = now,
                                  .bytes = n,
                                  .stands_for = stands_for};
    if (record(SMP_RECORD_COPY, &r, 1)) {
        smp_rate_raise(SMP_RATE_COPIES, now);
        atomic_fetch_add(&counts->lost_copies, 1);
    } else {
        atomic_fetch_add_explicit(&counts->copies, 1, memory_order_relaxed);
    }
    /* From half full on. */
    smp_rate_press(SMP_RATE_COPIES, now, smp_ring_used(smp_recorder.ring) / 2,
                   smp_recorder.ring->data_bytes);
    uint64_t after = smp_os_now();
    smp_rate_note(SMP_RATE_COPIES, after, note_cost(now, after), 0);
}

void smp_heap_copied(uint64_t n)
{
    struct smp_heap_thread *t = &smp_heap_self;
    int saved = errno;
    struct smp_countdown *c = &t->copies;
    if (!counts(t, c, n))
        return;
    t->inside++;
    uint64_t stands_for = end(t, c, SMP_RATE_COPIES, n);
    if (stands_for && may_write())
        record_copy(n, stands_for);
    t->inside--;
    errno = saved;
}
