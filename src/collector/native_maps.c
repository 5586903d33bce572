/* Lines of /proc/PID/maps. */
#include "collector/native_maps.h"

#include <string.h>

#define DELETED " (deleted)"

/* A number at *p, then the separator; 0 where either is missing. */
static int number(const char **p, unsigned base, char separator, uint64_t *out)
{
    const char *start = *p;
    uint64_t value = 0;
    for (;; (*p)++) {
        unsigned digit = 99;
        if (**p >= '0' && **p <= '9')
            digit = (unsigned)(**p - '0');
        else if (**p >= 'a' && **p <= 'f')
            digit = (unsigned)(**p - 'a') + 10;
        if (digit >= base)
            break;
        value = value * base + digit;
    }
    if (*p == start || *p - start > 20)
        return 0;
    if (separator && *(*p)++ != separator)
        return 0;
    *out = value;
    return 1;
}

/* "rwxp " */
static int permissions(const char **p, int *executable)
{
    if (strnlen(*p, 5) < 5 || (*p)[4] != ' ')
        return 0;
    *executable = (*p)[2] == 'x';
    *p += 5;
    return 1;
}

static void path(const char *p, struct smp_maps_line *line)
{
    size_t tail = sizeof DELETED - 1;
    while (*p == ' ')
        p++;
    line->path = p;
    line->path_length = strcspn(p, "\n");
    line->deleted = line->path_length > tail &&
                    !memcmp(p + line->path_length - tail, DELETED, tail);
    if (line->deleted)
        line->path_length -= tail;
}

static int parse(const char *p, struct smp_maps_line *line)
{
    uint64_t major, minor;
    if (!number(&p, 16, '-', &line->start) ||
        !number(&p, 16, ' ', &line->end) || line->end <= line->start ||
        !permissions(&p, &line->executable) ||
        !number(&p, 16, ' ', &line->offset) || !number(&p, 16, ':', &major) ||
        !number(&p, 16, ' ', &minor) || !number(&p, 10, '\0', &line->inode))
        return 0;
    line->major = (uint32_t)major;
    line->minor = (uint32_t)minor;
    path(p, line);
    return 1;
}

const char *smp_maps_next(const char *text, struct smp_maps_line *line)
{
    while (*text) {
        struct smp_maps_line found = {0};
        int good = parse(text, &found);
        text += strcspn(text, "\n");
        text += *text == '\n';
        if (good) {
            *line = found;
            return text;
        }
    }
    return NULL;
}

static int begins(const struct smp_maps_line *line, const char *prefix)
{
    size_t n = strlen(prefix);
    return line->path_length >= n && !memcmp(line->path, prefix, n);
}

int smp_maps_line_is_vdso(const struct smp_maps_line *line)
{
    return line->path_length == 6 && begins(line, "[vdso]");
}

int smp_maps_line_is_file(const struct smp_maps_line *line)
{
    if (smp_maps_line_is_vdso(line))
        return 1;
    return line->inode && begins(line, "/") && !begins(line, "/memfd:") &&
           !begins(line, "/dev/zero") && !begins(line, "/SYSV");
}
