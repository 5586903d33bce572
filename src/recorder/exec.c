/* New programs: no signal of ours is left pending over an exec, and a child
 * whose environment was made anew is recorded as well. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "recorder/state.h"

#define VARIABLES_MAX 16384 /* a longer environment is passed on as it is */
#define PRELOAD "LD_PRELOAD="
#define PRELOAD_BYTES 4096

/* Room for the changed environment: in the caller's frame, since the caller
 * may be a vfork child, which must not allocate. */
struct environment {
    char preload[PRELOAD_BYTES];
    char *const *given;
    char **changed; /* room for count + 2 */
    size_t count;
    int present; /* 1: given already has our library */
};

static size_t count_variables(char *const given[])
{
    size_t n = 0;
    while (given && given[n] && n <= VARIABLES_MAX)
        n++;
    return n;
}

static int is_preload(const char *variable)
{
    return strncmp(variable, PRELOAD, sizeof PRELOAD - 1) == 0;
}

/* 1 where the environment has to be changed for the recorder to be loaded. */
static int needs_change(char *const given[], size_t count)
{
    if (!smp_recorder.library[0] || count > VARIABLES_MAX)
        return 0;
    for (size_t i = 0; i < count; i++)
        if (is_preload(given[i]))
            return !strstr(given[i], smp_recorder.library);
    return 1;
}

static void change(struct environment *e, char *const given[], size_t count)
{
    size_t ours = strlen(smp_recorder.library), to = 0;
    memcpy(e->preload, PRELOAD, sizeof PRELOAD - 1);
    memcpy(e->preload + sizeof PRELOAD - 1, smp_recorder.library, ours + 1);
    for (size_t i = 0; i < count; i++) {
        if (!is_preload(given[i])) {
            e->changed[to++] = given[i];
            continue;
        }
        /* Keep what the program wants preloaded, behind ours. */
        const char *theirs = given[i] + sizeof PRELOAD - 1;
        size_t at = sizeof PRELOAD - 1 + ours, n = strlen(theirs);
        if (n && at + 1 + n + 1 <= sizeof e->preload) {
            e->preload[at] = ':';
            memcpy(e->preload + at + 1, theirs, n + 1);
        }
    }
    e->changed[to++] = e->preload;
    e->changed[to] = NULL;
}

/* Declares `env`: the environment to pass on in place of `given`. */
#define WITH_RECORDER(env, given)                                              \
    size_t env##_count = count_variables(given);                              \
    int env##_change = needs_change(given, env##_count);                      \
    char *env##_room[env##_change ? env##_count + 2 : 1];                     \
    struct environment env##_made;                                            \
    env##_made.changed = env##_room;                                          \
    if (env##_change)                                                         \
        change(&env##_made, given, env##_count);                              \
    char *const *env = env##_change ? env##_room : given

/* Before an exec of this very process (not in a vfork child, which has no
 * timers); 1 where after_failure must undo it. */
static int before_exec(void)
{
    if (atomic_load(&smp_recorder.phase) != SMP_RUNNING || !smp_process_is_ours())
        return 0;
    smp_process_note(SMP_RECORD_EXEC, 0);
    smp_threads_disarm_current();
    return 1;
}

static int after_failure(int disarmed, int result)
{
    int saved = errno;
    if (disarmed)
        smp_threads_arm_current();
    errno = saved;
    return result;
}

#define EXPORT __attribute__((visibility("default")))

EXPORT int execve(const char *path, char *const argv[], char *const envp[])
{
    WITH_RECORDER(env, envp);
    int disarmed = before_exec();
    return after_failure(disarmed, smp_real()->execve(path, argv, env));
}

EXPORT int execv(const char *path, char *const argv[])
{
    return execve(path, argv, environ);
}

EXPORT int execvpe(const char *file, char *const argv[], char *const envp[])
{
    WITH_RECORDER(env, envp);
    int disarmed = before_exec();
    return after_failure(disarmed, smp_real()->execvpe(file, argv, env));
}

EXPORT int execvp(const char *file, char *const argv[])
{
    return execvpe(file, argv, environ);
}

EXPORT int fexecve(int fd, char *const argv[], char *const envp[])
{
    WITH_RECORDER(env, envp);
    int disarmed = before_exec();
    return after_failure(disarmed, smp_real()->fexecve(fd, argv, env));
}

EXPORT int posix_spawn(pid_t *pid, const char *path,
                       const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const argv[],
                       char *const envp[])
{
    WITH_RECORDER(env, envp);
    return smp_real()->posix_spawn(pid, path, actions, attributes, argv, env);
}

EXPORT int posix_spawnp(pid_t *pid, const char *file,
                        const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const argv[],
                        char *const envp[])
{
    WITH_RECORDER(env, envp);
    return smp_real()->posix_spawnp(pid, file, actions, attributes, argv, env);
}
