/* Finding things: our own folder, the recorder, commands in PATH. */
#define _GNU_SOURCE
#include "cli/find.h"

#include <glob.h>
#include <limits.h>
#include <paths.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"

#define RECORDER "librecorder.so"
#define PACKAGE "solvidia_mem_prof/"
#define DOOR "_verb.py"

int smp_find_own_folder(char **out)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0)
        return SMP_ENOENT;
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    if (!slash)
        return SMP_ENOENT;
    *slash = '\0';
    char *folder = strdup(path);
    if (!folder)
        return SMP_ENOMEM;
    *out = folder;
    return 0;
}

/* Seconds between the time stamps of the two files; -1: one is missing. */
static double age_difference(const char *a, const char *b)
{
    struct stat x, y;
    if (stat(a, &x) || stat(b, &y) || !S_ISREG(y.st_mode))
        return -1;
    double d = (double)(x.st_mtim.tv_sec - y.st_mtim.tv_sec) +
               1e-9 * (double)(x.st_mtim.tv_nsec - y.st_mtim.tv_nsec);
    return d < 0 ? -d : d;
}

/* The file that matches FOLDER/pattern, the nearest in time to this
 * executable where several do. FOLDER may hold characters that glob takes for
 * patterns, so it is made the current place of the pattern by escaping. */
static int find_match(char **out, const char *folder, const char *pattern)
{
    char full[2 * PATH_MAX];
    size_t n = 0;
    for (const char *c = folder; *c && n < PATH_MAX; c++) {
        if (strchr("*?[]{}\\~", *c))
            full[n++] = '\\';
        full[n++] = *c;
    }
    snprintf(full + n, sizeof full - n, "/%s", pattern);
    glob_t found = {0};
    const char *best = NULL;
    double least = 0;
    if (glob(full, GLOB_NOSORT | GLOB_BRACE, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            double d = age_difference("/proc/self/exe", found.gl_pathv[i]);
            if (d >= 0 && (!best || d < least)) {
                best = found.gl_pathv[i];
                least = d;
            }
        }
    }
    char *path = best ? realpath(best, NULL) : NULL;
    globfree(&found);
    if (!path)
        return SMP_ENOENT;
    *out = path;
    return 0;
}

/* Where the file `name` of our package is, seen from this executable. */
static int find_in_package(char **out, const char *folder, const char *name)
{
    static const char *const patterns[] = {
        "../%s",            /* a folder inside the package */
        "../" PACKAGE "%s", /* pip install --target */
        "../{lib,lib64}/python3*/{site,dist}-packages/" PACKAGE "%s",
        "../local/{lib,lib64}/python3*/{site,dist}-packages/" PACKAGE "%s",
        "../lib/python3/dist-packages/" PACKAGE "%s", /* a Debian package */
    };
    int status = SMP_ENOENT;
    for (size_t i = 0; status && i < sizeof patterns / sizeof *patterns; i++) {
        char *pattern = NULL;
        if (asprintf(&pattern, patterns[i], name) < 0)
            return SMP_ENOMEM;
        status = find_match(out, folder, pattern);
        free(pattern);
    }
    return status;
}

/* `built`: its place in a build folder, where this executable is beside it. */
static int find_of_ours(char **out, const char *built, const char *name)
{
    char *folder;
    int status = smp_find_own_folder(&folder);
    if (status)
        return status;
    status = find_match(out, folder, built);
    if (status)
        status = find_in_package(out, folder, name);
    free(folder);
    return status;
}

int smp_find_recorder(char **out)
{
    return find_of_ours(out, RECORDER, RECORDER);
}

int smp_find_door(char **out)
{
    return find_of_ours(out, PACKAGE DOOR, DOOR);
}

int smp_find_own_file(char **out)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0)
        return SMP_ENOENT;
    path[n] = '\0';
    char *file = strdup(path);
    if (!file)
        return SMP_ENOMEM;
    *out = file;
    return 0;
}

int smp_find_is_executable(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
           access(path, X_OK) == 0;
}

int smp_find_in_path(char **out, const char *name)
{
    const char *path = getenv("PATH");
    if (!path)
        path = _PATH_DEFPATH;
    while (*name) {
        size_t n = strcspn(path, ":");
        char *file = NULL;
        /* An empty entry is the current folder. */
        if (asprintf(&file, "%.*s%s%s", (int)n, path, n ? "/" : "./", name) < 0)
            return SMP_ENOMEM;
        if (smp_find_is_executable(file)) {
            *out = file;
            return 0;
        }
        free(file);
        if (!path[n])
            break;
        path += n + 1;
    }
    return SMP_ENOENT;
}
