/* links: src/record/ring.c -lpthread */
/* The ring after its writers were killed: at any instant, in the midst of
 * records. What was committed is read, what was not is counted, no more. */
#define _GNU_SOURCE
#include "record/ring.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "ring_memory.h"

#define WRITERS 3
#define DEATHS 150

static struct smp_ring *ring;
static uint32_t expected[WRITERS + 1]; /* number of each stream's next record */
static uint64_t seen;

/* Checks a record; each stream's numbers come without a gap. */
static void look_at(const struct smp_record *record)
{
    const struct ring_note *note = (const void *)record;
    seen++;
    if (!CHECK(ring_is_intact(record)) || !CHECK(note->stream <= WRITERS))
        return;
    CHECK_INT(note->number, expected[note->stream]);
    expected[note->stream] = note->number + 1;
}

static void read_all(int ended, uint64_t *damaged)
{
    const struct smp_record *record;
    while ((record = smp_ring_next(ring, ended, damaged))) {
        look_at(record);
        smp_ring_release(ring, record);
    }
}

static void *write_for_ever(void *p)
{
    uint32_t stream = (uint32_t)(uintptr_t)p, number = 0;
    for (uint32_t n = 0;; n++)
        number += (uint32_t)ring_write(ring, stream, number, n * 53 % 3000);
    return NULL;
}

static pid_t start_writers(void)
{
    pid_t pid = fork();
    if (pid)
        return pid;
    for (uintptr_t n = 1; n < WRITERS; n++) {
        pthread_t thread;
        pthread_create(&thread, NULL, write_for_ever, (void *)n);
    }
    write_for_ever((void *)(uintptr_t)WRITERS);
    return 0;
}

static void nap(long ns)
{
    struct timespec t = {0, ns};
    nanosleep(&t, NULL);
}

static void test_killed_at_any_instant(void)
{
    uint64_t all_damaged = 0;
    seen = 0;
    for (int death = 0; death < DEATHS; death++) {
        uint64_t damaged = 0;
        ring = ring_make(RING_SMALL);
        memset(expected, 0, sizeof expected);
        pid_t pid = start_writers();
        for (int n = 0; n < 3; n++) {
            nap(100000 + death * 7919 % 400000);
            read_all(0, &damaged);
        }
        CHECK_INT(damaged, 0); /* while it lives nothing is given up */
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        read_all(1, &damaged);
        CHECK_INT(smp_ring_used(ring), 0);
        CHECK(damaged <= WRITERS); /* each had at most one under way */
        all_damaged += damaged;
        ring_drop(ring);
    }
    CHECK(seen > DEATHS);
    printf("%llu records, %llu cut by %d deaths\n", (unsigned long long)seen,
           (unsigned long long)all_damaged, DEATHS);
}

/* The writer of stream 1 dies where the test wants it; stream 2 goes on. */
static void die_in(void (*last_act)(void))
{
    uint64_t damaged = 0;
    ring = ring_make(RING_SMALL);
    memset(expected, 0, sizeof expected);
    pid_t pid = fork();
    if (pid == 0) {
        for (uint32_t n = 0; n < 10; n++)
            ring_write(ring, 1, n, n * 100);
        last_act();
        for (uint32_t n = 0; n < 5; n++)
            ring_write(ring, 2, n, n * 100);
        kill(getpid(), SIGKILL);
    }
    waitpid(pid, NULL, 0);
    read_all(0, &damaged);
    CHECK_INT(expected[1], 10);
    CHECK_INT(expected[2], 0); /* behind the one that is not complete */
    CHECK_INT(damaged, 0);
    read_all(1, &damaged);
    CHECK_INT(expected[1], 10);
    CHECK_INT(expected[2], 5);
    CHECK_INT(damaged, 1);
    ring_drop(ring);
}

static void reserve_only(void)
{
    ring_begin(ring, 1, 10, 777);
}

static void move_head_only(void)
{
    atomic_fetch_add(&ring->head, 800);
}

static void test_killed_after_reserving(void)
{
    die_in(reserve_only);
}

static void test_killed_before_its_first_store(void)
{
    die_in(move_head_only);
}

int main(void)
{
    RUN(test_killed_at_any_instant);
    RUN(test_killed_after_reserving);
    RUN(test_killed_before_its_first_store);
    return check_summary();
}
