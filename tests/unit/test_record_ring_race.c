/* links: src/record/ring.c -lpthread */
/* The ring with many writers: threads, and a signal handler in each of them,
 * against one reader that checks every byte and every number. */
#define _GNU_SOURCE
#include "record/ring.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "ring_memory.h"

#define THREADS 4
#define STREAMS (2 * THREADS) /* a thread's own and its handler's */
#define HANDLER_AFTER_NS 50000
#define SECONDS 1.5

static struct smp_ring *ring;
static uint32_t next_number[STREAMS]; /* of the record to be read */
static uint32_t written[STREAMS], lost[STREAMS];
static _Atomic int writing, patient, enough;
static __thread volatile uint32_t stream; /* of this thread's handler */
static __thread volatile int handled;

/* Writes the stream's next record. Its number stays where it found no room, so
 * that the reader sees no gap. */
static void write_one(uint32_t s, uint32_t bytes)
{
    if (ring_write(ring, s, written[s], bytes))
        written[s]++;
    else
        lost[s]++;
}

static void on_signal(int number)
{
    (void)number;
    if (stream)
        write_one(stream, written[stream] % 700);
    handled = 1;
}

static timer_t make_timer(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID,
                             .sigev_signo = SIGUSR1};
    timer_t timer;
    event._sigev_un._tid = gettid();
    CHECK_INT(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    return timer;
}

/* One shot, set anew when it was handled: on a busy machine a periodic timer
 * would leave the thread nothing but handlers. */
static void arm(timer_t timer)
{
    struct itimerspec once = {{0, 0}, {0, HANDLER_AFTER_NS}};
    handled = 0;
    timer_settime(timer, 0, &once, NULL);
}

static void *write_many(void *p)
{
    uint32_t s = (uint32_t)(uintptr_t)p;
    stream = s + 1;
    timer_t timer = make_timer();
    arm(timer);
    for (uint32_t n = 0; !atomic_load(&enough); n++) {
        /* Half of the ring is more than all of them write at once. A handler
         * may not wait: it may have interrupted a record that all wait for. */
        while (atomic_load(&patient) && smp_ring_used(ring) > RING_SMALL / 2)
            sched_yield();
        write_one(s, n * 31 % 400);
        if (handled)
            arm(timer);
    }
    timer_delete(timer);
    stream = 0;
    atomic_fetch_sub(&writing, 1);
    return NULL;
}

/* Takes what there is, at most a batch; the streams' numbers have no gap. */
static uint32_t read_some(uint64_t *damaged)
{
    const struct smp_record *record;
    uint32_t count = 0;
    while (count < 1000 && (record = smp_ring_next(ring, 0, damaged))) {
        const struct ring_note *note = (const void *)record;
        if (CHECK(ring_is_intact(record)) && CHECK(note->stream < STREAMS)) {
            uint32_t *next = &next_number[note->stream];
            CHECK_INT(*next, note->number);
            *next = note->number + 1;
        }
        smp_ring_release(ring, record);
        count++;
    }
    if (!count && !atomic_load(&patient)) /* a rewind may cost a record */
        smp_ring_rewind(ring);
    return count;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void run_writers(uint64_t *damaged)
{
    double end = seconds() + SECONDS;
    pthread_t threads[THREADS];
    struct sigaction a = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &a, NULL);
    atomic_store(&writing, THREADS);
    for (uintptr_t n = 0; n < THREADS; n++)
        pthread_create(&threads[n], NULL, write_many, (void *)(2 * n));
    while (atomic_load(&writing)) {
        if (!read_some(damaged))
            sched_yield();
        if (seconds() > end)
            atomic_store(&enough, 1);
    }
    for (int n = 0; n < THREADS; n++)
        pthread_join(threads[n], NULL);
    while (read_some(damaged))
        ;
}

static void begin(int is_patient)
{
    ring = ring_make(RING_SMALL);
    atomic_store(&patient, is_patient);
    atomic_store(&enough, 0);
    for (int s = 0; s < STREAMS; s++) {
        next_number[s] = written[s] = lost[s] = 0;
    }
}

static void check_sums(uint64_t *all_lost, uint32_t *by_handlers)
{
    *all_lost = *by_handlers = 0;
    for (int s = 0; s < STREAMS; s++) {
        CHECK_INT(next_number[s], written[s]);
        *all_lost += lost[s];
        *by_handlers += s % 2 ? written[s] + lost[s] : 0;
    }
    CHECK_INT(atomic_load(&ring->counts.lost), *all_lost);
    CHECK_INT(smp_ring_used(ring), 0);
}

/* As fast as they can: what is lost is counted, what is read is right. */
static void test_flood(void)
{
    uint64_t damaged = 0, all_lost;
    uint32_t by_handlers;
    begin(0);
    run_writers(&damaged);
    check_sums(&all_lost, &by_handlers);
    CHECK_INT(damaged, 0);
    CHECK(by_handlers > 100);
    ring_drop(ring);
}

/* The ring is never full, so nothing may be lost, wherever a handler or another
 * thread came between two steps of a reservation. */
static void test_nothing_lost_with_room(void)
{
    uint64_t damaged = 0, all_lost;
    uint32_t by_handlers;
    begin(1);
    run_writers(&damaged);
    check_sums(&all_lost, &by_handlers);
    CHECK_INT(all_lost, 0);
    CHECK_INT(damaged, 0);
    CHECK(by_handlers > 100);
    ring_drop(ring);
}

int main(void)
{
    RUN(test_flood);
    RUN(test_nothing_lost_with_room);
    return check_summary();
}
