/* links: tests/unit/test_collector_code.c */
/* From records to the profile: weights, stacks, threads, the process's end. */
#include <pthread.h>
#include <time.h>

#include "check.h"
#include "no_native.h"
#include "records.h"

#define TID 77

static const struct smp_sample *only_sample(const struct smp_profile *p)
{
    return CHECK_INT(p->sample_count, 1) ? &p->samples[0] : NULL;
}

/* A sample of inner() called by outer(), codes 1 and 0. */
static struct sample_text in_stack(double at_ms, double cpu_ms)
{
    return (struct sample_text){.tid = TID,
                                .at_ms = at_ms,
                                .cpu_ms = cpu_ms,
                                .anchor = 0x7fff1000,
                                .opcode = 1, /* no call */
                                .flags = SMP_SAMPLE_PYTHON,
                                .frame_count = 2,
                                .frames = {{1, 0}, {0, 2}}};
}

static struct world *with_codes(void)
{
    struct world *w = world_make();
    write_code(w, 0, "outer");
    write_code(w, 1, "inner");
    return w;
}

static void test_stack_and_place(void)
{
    struct world *w = with_codes();
    write_sample(w, in_stack(5, 5));
    drain(w);
    const struct smp_profile *p = w->c.profile;
    const struct smp_sample *s = only_sample(p);
    if (!s)
        return;
    CHECK_STR(names_of(p, s->stack), "outer/inner");
    CHECK_INT(s->kind, SMP_KIND_PYTHON);
    CHECK_INT(s->count, 1);
    const struct smp_stack *inner = &p->stacks[s->stack];
    const struct smp_frame *at = &p->frames[inner->frame];
    CHECK_INT(at->line, 10);
    CHECK_INT(at->column, 2);
    CHECK_INT(at->end_column, 3);
    at = &p->frames[p->stacks[inner->parent].frame];
    CHECK_INT(at->column, 3); /* the second entry of its table */
    CHECK_INT(p->threads[s->thread].python, 1);
    world_drop(w);
}

/* A weight is the thread's CPU time since its last sample: whatever the rate
 * was, and however many samples were lost in between. */
static void test_weights_are_differences(void)
{
    struct world *w = with_codes();
    write_sample(w, in_stack(10, 4));
    write_sample(w, in_stack(20, 8.5));
    write_sample(w, in_stack(100, 88.5));
    write_thread(w, SMP_RECORD_THREAD_END, TID, 120, 100, NULL);
    drain(w);
    struct smp_profile *p = world_end(w);
    uint32_t t = thread_of(p, TID);
    CHECK_NEAR(seconds_of(p, t, SMP_KIND_PYTHON), 0.1, 1e-9);
    CHECK_NEAR(p->threads[t].cpu_s, 0.1, 1e-9);
    CHECK_NEAR(p->threads[t].end_s, 0.12, 1e-9);
    CHECK(smp_profile_is_valid(p));
    world_drop(w);
}

/* A clock that goes back gives nothing, and never less than nothing. */
static void test_clocks_that_go_back(void)
{
    struct world *w = with_codes();
    write_sample(w, in_stack(10, 8));
    write_sample(w, in_stack(9, 6));
    write_sample(w, in_stack(11, 9));
    drain(w);
    CHECK_NEAR(seconds_of(w->c.profile, thread_of(w->c.profile, TID), -1),
               0.009, 1e-9);
    CHECK(smp_profile_is_valid(world_end(w)));
    world_drop(w);
}

static void test_undefined_code(void)
{
    struct world *w = with_codes();
    struct sample_text t = in_stack(5, 5);
    t.frames[0].code = 12345;
    write_sample(w, t);
    drain(w);
    const struct smp_sample *s = only_sample(w->c.profile);
    CHECK_STR(s ? names_of(w->c.profile, s->stack) : NULL, "outer");
    CHECK_INT(w->c.profile->ledger.records_damaged + w->i.damaged, 1);
    world_drop(w);
}

/* 3.11 and 3.12, while a frame is set up: the time goes to the last place. */
static void test_entering(void)
{
    struct world *w = with_codes();
    struct sample_text t = in_stack(10, 8);
    write_sample(w, in_stack(5, 5));
    t.flags |= SMP_SAMPLE_ENTERING;
    t.frame_count = 0;
    t.anchor = 0;
    write_sample(w, t);
    drain(w);
    uint32_t thread = thread_of(w->c.profile, TID);
    CHECK_NEAR(seconds_of(w->c.profile, thread, SMP_KIND_PYTHON), 0.008, 1e-9);
    CHECK_NEAR(seconds_of(w->c.profile, thread, -1), 0.008, 1e-9);
    for (size_t n = 0; n < w->c.profile->sample_count; n++)
        CHECK_STR(names_of(w->c.profile, w->c.profile->samples[n].stack),
                  "outer/inner");
    world_drop(w);
}

/* ---- records that lie */

static void not_taken(void (*change)(struct smp_record_sample *))
{
    struct world *w = with_codes();
    change(write_sample(w, in_stack(5, 5)));
    drain(w);
    CHECK_INT(w->c.profile->sample_count, 0);
    CHECK_INT(w->i.damaged, 1);
    write_sample(w, in_stack(6, 6));
    drain(w);
    CHECK_INT(w->c.profile->sample_count, 1);
    world_drop(w);
}

static void too_many_frames(struct smp_record_sample *r)
{
    r->frame_count = 3;
}
static void endless_frames(struct smp_record_sample *r)
{
    r->frame_count = UINT32_MAX;
}
static void too_much_stack(struct smp_record_sample *r)
{
    r->stack_bytes = 8;
}
static void endless_stack(struct smp_record_sample *r)
{
    r->stack_bytes = UINT32_MAX - 8;
}
static void unknown_type(struct smp_record_sample *r)
{
    r->head.type = 99;
}

static void test_records_that_lie(void)
{
    not_taken(too_many_frames);
    not_taken(endless_frames);
    not_taken(too_much_stack);
    not_taken(endless_stack);
    not_taken(unknown_type);
}

/* The program wrote over the ring's header: the loss is told, no more. */
static void test_ring_written_over(void)
{
    struct world *w = with_codes();
    write_sample(w, in_stack(5, 5));
    memset(w->i.ring, 0xdd, sizeof *w->i.ring);
    drain(w);
    struct smp_profile *p = world_end(w);
    CHECK_INT(p->sample_count, 0);
    CHECK_INT(p->ledger.samples_taken, 0);
    CHECK(p->ledger.records_damaged >= 1);
    CHECK(smp_profile_is_valid(p));
    world_drop(w);
}

/* ---- native stacks */

static void test_native_frames(void)
{
    struct world *w = with_codes();
    struct smp_space space = {.object = SMP_OBJECT_OTHER};
    struct sample_text t = in_stack(5, 5);
    space.native.count = 2;
    space.native.complete = 1;
    space.native.frames[0] = (struct smp_native_frame){.object = "/lib/libz.so",
                                                       .name = NULL,
                                                       .offset = 0x12};
    space.native.frames[1] = (struct smp_native_frame){.object = "/lib/libz.so",
                                                       .name = "deflate",
                                                       .offset = 0x34};
    w->i.space = &space;
    t.stack_bytes = 64;
    write_sample(w, t);
    drain(w);
    const struct smp_sample *s = only_sample(w->c.profile);
    if (!s)
        return;
    CHECK_STR(names_of(w->c.profile, s->stack),
              "outer/inner/deflate/[libz.so+0x12]");
    CHECK_INT(s->kind, SMP_KIND_NATIVE);
    CHECK_INT(space.unwound, 1);
    CHECK_INT(space.last.stack_size, 64);
    CHECK_INT(space.last.anchor, t.anchor);
    CHECK_INT(w->c.profile->ledger.native_unwound, 1);
    CHECK_INT(w->c.profile->ledger.native_unnamed, 1);
    w->i.space = NULL;
    world_drop(w);
}

/* ---- threads and the process */

static const char *name_of_thread(const struct smp_profile *p, int32_t tid)
{
    uint32_t n = thread_of(p, tid);
    return n == SMP_NONE ? NULL : smp_profile_text(p, p->threads[n].name);
}

static void test_thread_names(void)
{
    struct world *w = with_codes();
    write_thread(w, SMP_RECORD_THREAD_START, TID, 1, 0, "w\xc3\xbc");
    write_thread(w, SMP_RECORD_THREAD_START, TID + 1, 1, 0, NULL);
    write_thread(w, SMP_RECORD_THREAD_START, TID + 2, 1, 0, "long")
        ->name_bytes = 4000;
    drain(w);
    CHECK_STR(name_of_thread(w->c.profile, TID), "w\xc3\xbc");
    CHECK_STR(name_of_thread(w->c.profile, TID + 1), "");
    CHECK_STR(name_of_thread(w->c.profile, TID + 2), "");
    CHECK(smp_profile_is_valid(world_end(w)));
    world_drop(w);
}

/* A thread's number is used again, after its end was told, or was lost. */
static void test_thread_numbers_used_again(void)
{
    for (int lost = 0; lost < 2; lost++) {
        struct world *w = with_codes();
        write_thread(w, SMP_RECORD_THREAD_START, TID, 1, 0, "first");
        write_sample(w, in_stack(60, 50));
        if (!lost)
            write_thread(w, SMP_RECORD_THREAD_END, TID, 70, 60, NULL);
        write_thread(w, SMP_RECORD_THREAD_START, TID, 100, 0, "second");
        write_sample(w, in_stack(140, 30));
        drain(w);
        struct smp_profile *p = world_end(w);
        CHECK_INT(p->thread_count, 2);
        CHECK_STR(smp_profile_text(p, p->threads[0].name), "first");
        CHECK_STR(smp_profile_text(p, p->threads[1].name), "second");
        CHECK_NEAR(seconds_of(p, 0, -1), lost ? 0.05 : 0.06, 1e-9);
        CHECK_NEAR(seconds_of(p, 1, -1), 0.03, 1e-9);
        world_drop(w);
    }
}

static void test_exit(void)
{
    struct world *w = with_codes();
    write_sample(w, in_stack(10, 10));
    write_process(w, SMP_RECORD_EXIT, 50, 42, 3);
    drain(w);
    CHECK_INT(w->i.exit_status, 3);
    struct smp_profile *p = world_end(w);
    const struct smp_process *process = &p->processes[w->i.process];
    CHECK_NEAR(process->end_s, 0.05, 1e-9);
    CHECK_NEAR(process->cpu_user_s + process->cpu_system_s, 0.042, 1e-9);
    world_drop(w);
}

static void test_ledger(void)
{
    struct world *w = with_codes();
    struct smp_ring_counts *n = &w->i.ring->counts;
    atomic_store(&n->samples, 100);
    atomic_store(&n->overruns, 7);
    atomic_store(&n->lost_samples, 6);
    atomic_store(&n->unreadable, 5);
    atomic_store(&n->truncated, 4);
    atomic_store(&n->untimed, 3);
    const struct smp_ledger *l = &world_end(w)->ledger;
    CHECK_INT(l->samples_taken, 100);
    CHECK_INT(l->samples_overrun, 7);
    CHECK_INT(l->samples_lost, 6);
    CHECK_INT(l->samples_unreadable, 5);
    CHECK_INT(l->samples_truncated, 4);
    CHECK_INT(l->threads_unsampled, 3);
    world_drop(w);
}

/* ---- the end of one that goes on */

static struct smp_ring *record_ring;

static void *commit_later(void *record)
{
    struct timespec moment = {.tv_nsec = 3000000};
    nanosleep(&moment, NULL);
    smp_ring_commit(record_ring, record);
    return NULL;
}

static void test_what_is_being_written_is_no_damage(void)
{
    struct world *w = with_codes();
    struct smp_ring *ring = record_ring = w->i.ring;
    pthread_t writer;
    struct smp_record *r = smp_ring_reserve(ring, 64, SMP_RECORD_PAD);
    pthread_create(&writer, NULL, commit_later, r);
    CHECK_INT(atomic_load(&ring->control), SMP_CONTROL_RUN);
    smp_image_end(&w->c, &w->i, SMP_EXIT_RUNNING);
    pthread_join(writer, NULL);
    CHECK_INT(w->c.profile->ledger.records_damaged, 0);
    world_drop(w);
    w = with_codes(); /* one that died is not waited for */
    smp_ring_reserve(w->i.ring, 64, SMP_RECORD_PAD);
    smp_image_end(&w->c, &w->i, 0);
    CHECK_INT(w->c.profile->ledger.records_damaged, 1);
    world_drop(w);
}

int main(void)
{
    RUN(test_stack_and_place);
    RUN(test_weights_are_differences);
    RUN(test_clocks_that_go_back);
    RUN(test_undefined_code);
    RUN(test_entering);
    RUN(test_records_that_lie);
    RUN(test_ring_written_over);
    RUN(test_native_frames);
    RUN(test_thread_names);
    RUN(test_thread_numbers_used_again);
    RUN(test_exit);
    RUN(test_what_is_being_written_is_no_damage);
    RUN(test_ledger);
    return check_summary();
}
