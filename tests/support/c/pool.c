/* A library with threads of its own that allocate: two while its caller waits, one
 * that nobody waits for. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
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

void pool_run(void);
void pool_aside(void);

void pool_run(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, fill, NULL);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

void pool_aside(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, fill, NULL);
    pthread_detach(thread);
}
