/* live: runs the program, and serves its page while it runs.
 *
 * Three processes: the run (as the verb run has it, the parent of the program),
 * the page's server, and this one, which waits for both. The run holds the write
 * end of a pipe whose read end is the server's standard input: the server knows
 * of the run's end, however it ended. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/status.h"
#include "cli/command.h"
#include "cli/ending.h"
#include "cli/load.h"
#include "cli/page.h"
#include "cli/say.h"
#include "cli/verb.h"

#define INTERVAL "1" /* seconds between two looks, unless said otherwise */

static const int passed_on[] = {SIGINT, SIGQUIT, SIGTERM,
                                SIGHUP, SIGUSR1, SIGUSR2};
#define PASSED_ON (sizeof passed_on / sizeof *passed_on)

/* Who gets a signal that was sent to us; 0: nobody. */
static volatile sig_atomic_t receiver;
/* 1: a key of the terminal reached the run too, which decides. */
static volatile sig_atomic_t with_the_terminal;

static void on_signal(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (with_the_terminal && info->si_code == SI_KERNEL)
        return;
    if (receiver > 0)
        kill((pid_t)receiver, with_the_terminal ? number : SIGTERM);
}

static void catch_signals(void)
{
    struct sigaction a;
    memset(&a, 0, sizeof a);
    a.sa_sigaction = on_signal;
    a.sa_flags = SA_SIGINFO | SA_RESTART;
    for (size_t i = 0; i < PASSED_ON; i++)
        sigaction(passed_on[i], &a, NULL);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The server, out of the reach of the terminal's keys: Ctrl-C is the program's
 * as long as that runs. */
static pid_t start_server(const int ends[2], const struct smp_options *o,
                          const sigset_t *mask)
{
    double since = now_s();
    pid_t child = fork();
    if (child != 0)
        return child;
    setpgid(0, 0);
    sigprocmask(SIG_SETMASK, mask, NULL);
    dup2(ends[0], STDIN_FILENO);
    close(ends[1]);
    _exit(smp_page_follow(o->outfile, since, o));
}

static pid_t start_run(const int ends[2], struct smp_call *call,
                       const sigset_t *mask)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    close(ends[0]);
    sigprocmask(SIG_SETMASK, mask, NULL);
    exit(smp_verb_run(call));
}

/* Exit code, or -signal; SMP_EXIT_USAGE where it can't be told. */
static int wait_for(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return SMP_EXIT_USAGE;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int run_and_serve(struct smp_call *call)
{
    int ends[2];
    sigset_t all, mask;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return smp_say_usage("%s", strerror(errno));
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &mask);
    pid_t server = start_server(ends, &call->options, &mask);
    pid_t run = server > 0 ? start_run(ends, call, &mask) : -1;
    close(ends[0]);
    close(ends[1]);
    receiver = (sig_atomic_t)run;
    with_the_terminal = 1;
    if (run > 0)
        catch_signals();
    sigprocmask(SIG_SETMASK, &mask, NULL);
    if (run < 0) /* the server ends by itself: its input has ended */
        return smp_say_usage("can't start: %s", strerror(errno));
    int code = wait_for(run);
    if (access(call->options.outfile, F_OK) == 0)
        smp_say("the profile is in %s", call->options.outfile);
    with_the_terminal = 0;
    receiver = (sig_atomic_t)server;
    wait_for(server);
    receiver = 0;
    return smp_end_as(code);
}

/* What a run of this kind writes: JSON, again and again. */
static int set_options(struct smp_options *o)
{
    char why[SMP_WHY];
    const struct smp_option *interval =
        smp_option_find("profile-interval", 16, 0);
    size_t n = o->outfile ? strlen(o->outfile) : 0;
    if (o->cli || o->html)
        return smp_say_usage("live shows the page: --%s is for run",
                             o->cli ? "cli" : "html");
    if (o->outfile && (n < 5 || strcmp(o->outfile + n - 5, ".json") != 0))
        return smp_say_usage("live keeps its profile as JSON: name a file that "
                             "ends in .json with -o");
    o->json = 1;
    if (!o->outfile)
        o->outfile = SMP_PROFILE_FILE;
    if (interval && o->level[interval - smp_option_table] == SMP_LEVEL_DEFAULT)
        smp_option_set(o, interval, INTERVAL, SMP_LEVEL_COMMAND, why);
    return 0;
}

/* No page where there is nothing to run. */
static int check_command(const struct smp_call *call)
{
    struct smp_command command = {0};
    int code = smp_command_make(&command, call->words, call->options.python);
    smp_command_release(&command);
    return code;
}

int smp_verb_live(struct smp_call *call)
{
    if (call->word_count == 0)
        return smp_verb_run(call); /* says what is missing */
    int code = set_options(&call->options);
    if (!code)
        code = check_command(call);
    return code ? code : run_and_serve(call);
}
