/* New programs: no signal of ours is left pending over an exec, and a child
 * whose environment was made anew is recorded as well. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "recorder/state.h"

#define VARIABLES_MAX 16384 /* a longer environment is passed on as it is */
#define PRELOAD "LD_PRELOAD="
#define PRELOAD_BYTES 4096

/* What has to be done to an environment. */
enum change {
    KEEP,  /* pass it on as it is */
    ADD,   /* our library is missing: a recorded child wants it */
    REMOVE /* our library is there and the new program could not read it (another
            * user, a chroot): the loader would complain on its stderr; or the
            * sandbox goes on in it, and would end it for a call of ours */
};

/* Room for the changed environment: in the caller's frame, since the caller
 * may be a vfork child, which must not allocate. */
struct environment {
    enum change change;
    size_t count;
    char preload[PRELOAD_BYTES];
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

static enum change change_for(char *const given[], size_t count)
{
    int present = 0, saved = errno;
    if (!smp_recorder.library[0] || count > VARIABLES_MAX)
        return KEEP;
    for (size_t i = 0; i < count && !present; i++)
        present =
            is_preload(given[i]) && strstr(given[i], smp_recorder.library);
    if (smp_sandbox_is_on())
        return present ? REMOVE : KEEP;
    int readable =
        faccessat(AT_FDCWD, smp_recorder.library, R_OK, AT_EACCESS) == 0;
    errno = saved;
    return readable == present ? KEEP : present ? REMOVE : ADD;
}

static void append(struct environment *e, size_t *at, const char *text,
                   size_t n)
{
    if (*at + n + 2 > sizeof e->preload)
        return;
    if (e->preload[*at - 1] != '=')
        e->preload[(*at)++] = ':';
    memcpy(e->preload + *at, text, n);
    *at += n;
}

/* Appends the libraries of a variable, ours left out. */
static void append_theirs(struct environment *e, size_t *at,
                          const char *variable)
{
    const char *text = variable + sizeof PRELOAD - 1;
    size_t ours = strlen(smp_recorder.library);
    while (*text) {
        size_t n = strcspn(text, ": ");
        if (n && (n != ours || memcmp(text, smp_recorder.library, n) != 0))
            append(e, at, text, n);
        text += n + (text[n] != '\0');
    }
}

/* Writes the changed environment into `to`, which has room for count + 2. */
static void make(struct environment *e, char *const given[], char **to)
{
    size_t at = sizeof PRELOAD - 1, n = 0;
    memcpy(e->preload, PRELOAD, at);
    if (e->change == ADD)
        append(e, &at, smp_recorder.library, strlen(smp_recorder.library));
    for (size_t i = 0; i < e->count; i++) {
        if (is_preload(given[i]))
            append_theirs(e, &at, given[i]);
        else
            to[n++] = given[i];
    }
    e->preload[at] = '\0';
    if (at > sizeof PRELOAD - 1)
        to[n++] = e->preload;
    to[n] = NULL;
}

/* Declares `env`: the environment to pass on in place of `given`. */
#define WITH_RECORDER(env, given)                                              \
    struct environment env##_made;                                             \
    env##_made.count = count_variables(given);                                 \
    env##_made.change = change_for(given, env##_made.count);                   \
    char *env##_room[env##_made.change != KEEP ? env##_made.count + 2 : 1];    \
    if (env##_made.change != KEEP)                                             \
        make(&env##_made, given, env##_room);                                  \
    char *const *env = env##_made.change != KEEP ? env##_room : given

/* Before an exec of this very process (not in a vfork child, which has no
 * timers); 1 where after_failure must undo it. */
static int before_exec(void)
{
    if (atomic_load(&smp_recorder.phase) != SMP_RUNNING ||
        !smp_process_is_ours())
        return 0;
    smp_process_note(SMP_RECORD_EXEC, 0);
    smp_threads_disarm_current();
    return 1;
}

static int after_failure(int disarmed, int result)
{
    int saved = errno;
    if (disarmed) {
        smp_process_note(SMP_RECORD_EXEC, saved);
        smp_threads_arm_current();
    }
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

/* Declares `argv`: the arguments after `first`, up to the NULL; `more` then stands
 * behind it. libc's own functions of these names do not come by way of execve. */
#define GATHER(argv, first, more)                                              \
    va_list more;                                                              \
    size_t more##_count = 0;                                                   \
    va_start(more, first);                                                     \
    for (const char *a = first; a; a = va_arg(more, const char *))             \
        more##_count++;                                                        \
    va_end(more);                                                              \
    char *argv[more##_count + 1];                                              \
    argv[0] = (char *)(uintptr_t)first;                                        \
    va_start(more, first);                                                     \
    for (size_t i = 1; i <= more##_count; i++)                                 \
    argv[i] = va_arg(more, char *)

EXPORT int execl(const char *path, const char *first, ...)
{
    GATHER(argv, first, more);
    va_end(more);
    return execve(path, argv, environ);
}

EXPORT int execlp(const char *file, const char *first, ...)
{
    GATHER(argv, first, more);
    va_end(more);
    return execvpe(file, argv, environ);
}

EXPORT int execle(const char *path, const char *first, ...)
{
    GATHER(argv, first, more);
    char *const *given = va_arg(more, char *const *);
    va_end(more);
    return execve(path, argv, given);
}

EXPORT int execveat(int folder, const char *path, char *const argv[],
                    char *const envp[], int flags)
{
    WITH_RECORDER(env, envp);
    int disarmed = before_exec();
    return after_failure(disarmed, (int)syscall(SYS_execveat, folder, path,
                                                argv, env, flags));
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
