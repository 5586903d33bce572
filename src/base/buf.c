/* A growable byte buffer. */
#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"

static int reserve(struct smp_buf *b, size_t extra)
{
    if (b->failed)
        return SMP_ENOMEM;
    if (extra > (size_t)-1 / 4 - b->length) {
        b->failed = 1;
        return SMP_ENOMEM;
    }
    size_t need = b->length + extra + 1;
    if (need <= b->capacity)
        return 0;
    size_t capacity = b->capacity ? b->capacity : 128;
    while (capacity < need)
        capacity *= 2;
    char *data = realloc(b->data, capacity);
    if (!data) {
        b->failed = 1;
        return SMP_ENOMEM;
    }
    b->data = data;
    b->capacity = capacity;
    return 0;
}

void smp_buf_release(struct smp_buf *b)
{
    free(b->data);
    *b = (struct smp_buf){0};
}

void smp_buf_clear(struct smp_buf *b)
{
    b->length = 0;
    if (b->data)
        b->data[0] = '\0';
}

void smp_buf_add(struct smp_buf *b, const void *bytes, size_t n)
{
    if (reserve(b, n))
        return;
    if (n)
        memcpy(b->data + b->length, bytes, n);
    b->length += n;
    b->data[b->length] = '\0';
}

void smp_buf_puts(struct smp_buf *b, const char *text)
{
    smp_buf_add(b, text, strlen(text));
}

void smp_buf_putc(struct smp_buf *b, char c)
{
    smp_buf_add(b, &c, 1);
}

void smp_buf_vprintf(struct smp_buf *b, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    if (n >= 0 && !reserve(b, (size_t)n)) {
        vsnprintf(b->data + b->length, (size_t)n + 1, format, again);
        b->length += (size_t)n;
    }
    va_end(again);
}

void smp_buf_printf(struct smp_buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    smp_buf_vprintf(b, format, args);
    va_end(args);
}

char *smp_buf_take(struct smp_buf *b)
{
    if (!b->data)
        smp_buf_add(b, "", 0);
    char *data = b->data;
    if (b->failed) {
        free(data);
        data = NULL;
    }
    *b = (struct smp_buf){0};
    return data;
}

int smp_buf_read_fd(struct smp_buf *b, int fd, size_t limit)
{
    size_t taken = 0;
    for (;;) {
        if (reserve(b, 4096))
            return SMP_ENOMEM;
        ssize_t n = read(fd, b->data + b->length, b->capacity - b->length - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return SMP_EIO;
        b->length += (size_t)n;
        b->data[b->length] = '\0';
        taken += (size_t)n;
        if (n == 0)
            return 0;
        if (taken > limit)
            return SMP_ERANGE;
    }
}

int smp_buf_read_file(struct smp_buf *b, const char *path, size_t limit)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? SMP_ENOENT
               : errno == EACCES                   ? SMP_EACCES
                                                   : SMP_EIO;
    int status = smp_buf_read_fd(b, fd, limit);
    close(fd);
    return status;
}
