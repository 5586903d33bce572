/* The launch: starts the command with the recorder, as if we were not here. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/status.h"
#include "collector/launcher.h"
#include "collector/state.h"

/* The recorder's path with the session's number in its spelling: before the
 * file's name 32 times "/" (0) or "./" (1), most significant bit first. */
static void add_library(struct smp_buf *b, const char *path, uint32_t session)
{
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    smp_buf_add(b, path, (size_t)(name - path));
    for (int bit = 31; bit >= 0; bit--)
        smp_buf_puts(b, session >> bit & 1 ? "./" : "/");
    smp_buf_puts(b, name);
}

/* LD_PRELOAD separates by spaces and colons, and knows no quoting: a library
 * below such a path is reached through a link in a temporary folder. Fills
 * c->link; the recorder's own path where that fails. */
static const char *path_without_separators(struct smp_collector *c)
{
    const char *path = c->options->recorder, *tmp = getenv("TMPDIR");
    if (!path[strcspn(path, " :")])
        return path;
    if (!tmp || !*tmp || tmp[strcspn(tmp, " :")])
        tmp = "/tmp";
    char folder[sizeof c->link - 32];
    int n = snprintf(folder, sizeof folder, "%s/solvidia-mem-prof-XXXXXX", tmp);
    if (n < 0 || (size_t)n >= sizeof folder || !mkdtemp(folder))
        return path;
    chmod(folder, 0755);
    snprintf(c->link, sizeof c->link, "%s/librecorder.so", folder);
    if (symlink(path, c->link) == 0)
        return c->link;
    rmdir(folder);
    c->link[0] = '\0';
    return path;
}

void smp_launch_clean(struct smp_collector *c)
{
    char *slash = strrchr(c->link, '/');
    if (!slash)
        return;
    unlink(c->link);
    *slash = '\0';
    rmdir(c->link);
    c->link[0] = '\0';
}

/* LD_PRELOAD: ours first, then what the user had. */
static char *preload_of(struct smp_collector *c)
{
    struct smp_buf b = {0};
    const char *theirs = getenv("LD_PRELOAD");
    add_library(&b, path_without_separators(c), c->session);
    if (theirs && *theirs)
        smp_buf_printf(&b, ":%s", theirs);
    return smp_buf_take(&b);
}

int smp_launch_dormant(const char *recorder, char *const *argv)
{
    const struct smp_run_options o = {.recorder = recorder};
    struct smp_collector c = {.options = &o};
    char *preload = preload_of(&c); /* session 0 */
    if (!preload)
        return ENOMEM;
    setenv("LD_PRELOAD", preload, 1);
    free(preload);
    execvp(argv[0], argv);
    return errno;
}

static void run_child(const struct smp_collector *c, const char *preload,
                      int report)
{
    smp_launcher_restore();
    setenv("LD_PRELOAD", preload, 1);
    execvp(c->options->argv[0], c->options->argv);
    int error = errno;
    ssize_t n = write(report, &error, sizeof error);
    (void)n;
    _exit(error == ENOENT || error == ENOTDIR ? 127 : 126);
}

int smp_launch(struct smp_collector *c, struct smp_launch *out)
{
    int report[2];
    char *preload = preload_of(c);
    if (!preload)
        return SMP_ENOMEM;
    if (pipe2(report, O_CLOEXEC)) {
        free(preload);
        return SMP_EIO;
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        run_child(c, preload, report[1]);
    close(report[1]);
    free(preload);
    if (pid < 0) {
        close(report[0]);
        return SMP_EIO;
    }
    int error = 0;
    /* End of file: the exec went well and closed it. */
    ssize_t n;
    do
        n = read(report[0], &error, sizeof error);
    while (n < 0 && errno == EINTR);
    close(report[0]);
    out->pid = pid;
    out->exec_errno = n == (ssize_t)sizeof error ? error : 0;
    return 0;
}
