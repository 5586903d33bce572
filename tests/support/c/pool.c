/* A library with threads of its own that allocate and run: two while its caller
 * waits, one that nobody waits for. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void *fill(void *unused)
{
    usleep(100000); /* until whoever waits was looked at */
    for (int i = 0; i < 20; i++) {
        void *block = malloc(2000000);
        if (block)
            memset(block, 1, 2000000);
    }
    return unused;
}

static double seconds; /* of CPU time, of each thread */

static void *burn(void *unused)
{
    struct timespec used;
    do {
        for (volatile int i = 0; i < 10000; i++)
            ;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    } while ((double)used.tv_sec + (double)used.tv_nsec * 1e-9 < seconds);
    return unused;
}

static void wait_for_two(void *(*work)(void *))
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

static void leave_one(void *(*work)(void *))
{
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    pthread_detach(thread);
}

void pool_run(void);
void pool_aside(void);
void pool_burn(double each);
void pool_burn_aside(double each);

void pool_run(void)
{
    wait_for_two(fill);
}

void pool_aside(void)
{
    leave_one(fill);
}

void pool_burn(double each)
{
    seconds = each;
    wait_for_two(burn);
}

void pool_burn_aside(double each)
{
    seconds = each;
    leave_one(burn);
}
