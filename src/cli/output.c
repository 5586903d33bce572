/* Where a report goes: a file, written whole or not at all, or a stream. */
#define _GNU_SOURCE
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/say.h"

#define MODE_NEW 0666 /* less the umask */

int smp_output_is_stdout(const char *path)
{
    return !path || strcmp(path, "-") == 0 ||
           strcmp(path, "/dev/stdout") == 0 || strcmp(path, "/dev/fd/1") == 0 ||
           strcmp(path, "/proc/self/fd/1") == 0;
}

static int hushed;

void smp_output_hush(int hush)
{
    hushed = hush;
}

static int cannot(const char *path, int error)
{
    if (hushed)
        return SMP_EXIT_USAGE;
    return smp_say_usage("can't write %s: %s", path, strerror(error));
}

/* The path's folder, owned; NULL: no memory. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* 1 where a file can be made at this path; else errno says why. Asking for
 * permission is not enough: a superuser has it where nothing can be made, as in
 * /proc. A file without a name leaves nothing behind. */
static int can_be_made(const char *path)
{
    char *folder = folder_of(path);
    int flags = O_WRONLY | O_CLOEXEC;
    int fd = folder ? open(folder, flags | O_TMPFILE, 0600) : -1;
    int named = fd < 0 && folder && (errno == EOPNOTSUPP || errno == EISDIR);
    if (named) /* a file system, or a kernel, without such files */
        fd = open(path, flags | O_CREAT | O_EXCL, 0600);
    if (named && fd >= 0)
        unlink(path);
    int error = errno;
    if (fd >= 0)
        close(fd);
    free(folder);
    errno = error;
    return fd >= 0;
}

int smp_output_check(const char *path)
{
    struct stat st;
    if (smp_output_is_stdout(path))
        return 0;
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return cannot(path, EISDIR);
        if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0)
            return 0;
        return cannot(path, errno);
    }
    if (errno != ENOENT)
        return cannot(path, errno);
    size_t n = strlen(path);
    if (n == 0 || path[n - 1] == '/')
        return cannot(path, EISDIR);
    return can_be_made(path) ? 0 : cannot(path, errno);
}

static int write_all(int fd, const struct smp_buf *bytes)
{
    size_t at = 0;
    while (at < bytes->length) {
        ssize_t n = write(fd, bytes->data + at, bytes->length - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        at += (size_t)n;
    }
    return 0;
}

/* The limits and signals that a user set for the program are not to stop the
 * report: we write when the program has ended. */
static void prepare_process(void)
{
    struct rlimit limit;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_FSIZE, &limit);
    }
}

static int write_stdout(const struct smp_buf *bytes)
{
    int error = write_all(STDOUT_FILENO, bytes);
    return error && error != EPIPE ? cannot("standard output", error) : 0;
}

static int write_in_place(const char *path, const struct smp_buf *bytes)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC | O_NOCTTY,
                  MODE_NEW);
    if (fd < 0)
        return errno;
    int error = write_all(fd, bytes);
    if (close(fd) != 0 && !error)
        error = errno;
    return error == EPIPE ? 0 : error;
}

/* Gives the new file the old one's permissions, or those of the umask. */
static void set_mode(int fd, const struct stat *old)
{
    mode_t mask = umask(0);
    umask(mask);
    if (fchmod(fd, old ? old->st_mode & 07777 : MODE_NEW & ~mask) != 0)
        return; /* a file system without permissions */
}

static int replace(const char *path, const struct stat *old,
                   const struct smp_buf *bytes)
{
    char *temporary = NULL, *folder = folder_of(path);
    if (!folder ||
        asprintf(&temporary, "%s/.smp-%ld.tmp", folder, (long)getpid()) < 0)
        temporary = NULL;
    free(folder);
    if (!temporary)
        return ENOMEM;
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int error = fd < 0 ? errno : 0;
    if (!error) {
        set_mode(fd, old);
        error = write_all(fd, bytes);
        if (close(fd) != 0 && !error)
            error = errno;
        if (!error && rename(temporary, path) != 0)
            error = errno;
        if (error)
            unlink(temporary);
    }
    free(temporary);
    return error;
}

int smp_output_save(const char *path, const struct smp_buf *bytes)
{
    struct stat st;
    prepare_process();
    int there = stat(path, &st) == 0;
    if (there && (!S_ISREG(st.st_mode) || !can_be_made(path)))
        return write_in_place(path, bytes);
    /* Behind a link the file it leads to is replaced, not the link. */
    char *target = there ? realpath(path, NULL) : NULL;
    int error = replace(target ? target : path, there ? &st : NULL, bytes);
    free(target);
    return error;
}

int smp_output_write(const char *path, const struct smp_buf *bytes)
{
    if (smp_output_is_stdout(path)) {
        prepare_process();
        return write_stdout(bytes);
    }
    int error = smp_output_save(path, bytes);
    return error ? cannot(path, error) : 0;
}

int smp_output_is_background(void)
{
    pid_t group = tcgetpgrp(STDOUT_FILENO);
    return group > 0 && group != getpgrp();
}
