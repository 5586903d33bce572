/* Windows: one file for each interval of a long run, old ones thinned. */
#define _GNU_SOURCE
#include "cli/windows.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STAMP "20260131-235959"
#define STAMP_BYTES (sizeof STAMP - 1)

/* Where the stamp goes: before the ending, or at the end. */
static size_t stem_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    const char *name = slash ? slash + 1 : path;
    return dot && dot > name ? (size_t)(dot - path) : strlen(path);
}

char *smp_windows_path(const char *path, double start_unix_s)
{
    time_t at = (time_t)start_unix_s;
    struct tm t;
    char stamp[32], *out = NULL;
    size_t stem = stem_of(path);
    gmtime_r(&at, &t);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &t);
    if (asprintf(&out, "%.*s.%s%s", (int)stem, path, stamp, path + stem) < 0)
        return NULL;
    return out;
}

/* ---- thinning */

struct pattern {
    const char *name; /* of the file without a stamp, in its folder */
    size_t stem;
};

static int is_window(const struct pattern *p, const char *name)
{
    const char *end = p->name + p->stem;
    if (strlen(name) != strlen(p->name) + 1 + STAMP_BYTES ||
        strncmp(name, p->name, p->stem) != 0 || name[p->stem] != '.' ||
        strcmp(name + p->stem + 1 + STAMP_BYTES, end) != 0)
        return 0;
    for (size_t n = 0; n < STAMP_BYTES; n++) {
        char c = name[p->stem + 1 + n];
        if (n == 8 ? c != '-' : c < '0' || c > '9')
            return 0;
    }
    return 1;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t list(DIR *d, const struct pattern *p, char ***names)
{
    struct dirent *entry;
    size_t count = 0, room = 0;
    *names = NULL;
    while ((entry = readdir(d))) {
        if (!is_window(p, entry->d_name))
            continue;
        if (count == room) {
            void *more =
                realloc(*names, (room = room * 2 + 64) * sizeof(char *));
            if (!more)
                break;
            *names = more;
        }
        if (((*names)[count] = strdup(entry->d_name)))
            count++;
    }
    if (count)
        qsort(*names, count, sizeof **names, by_name);
    return count;
}

void smp_windows_thin(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char **names, *folder = slash ? strndup(path, (size_t)(slash - path) + 1)
                                  : strdup(".");
    struct pattern p = {name, stem_of(name)};
    DIR *d = folder ? opendir(folder) : NULL;
    size_t count = d ? list(d, &p, &names) : 0;
    /* The first stays: the run's beginning. */
    for (size_t n = 1; count > SMP_WINDOWS_MOST && n < count / 2; n += 2)
        unlinkat(dirfd(d), names[n], 0);
    for (size_t n = 0; n < count; n++)
        free(names[n]);
    if (d) {
        free(names);
        closedir(d);
    }
    free(folder);
}
