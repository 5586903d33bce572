/* Ending as the program did: by its exit code or by its signal. */
#include "cli/ending.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

static void die_of(int number)
{
    struct rlimit none = {0, 0};
    sigset_t set;
    setrlimit(RLIMIT_CORE, &none);
    signal(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    kill(getpid(), number);
}

int smp_end_as(int status)
{
    if (status >= 0)
        return status & 0xff;
    if (-status < NSIG)
        die_of(-status);
    return 128 + -status;
}
