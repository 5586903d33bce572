/* A growable byte buffer: how reports and messages build text. */
#ifndef SMP_BASE_BUF_H
#define SMP_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

/* Storage of the caller; {0} is a valid empty buffer. The bytes are owned by
 * the buffer and always NUL-terminated once anything was added. An allocation
 * that fails sets `failed` and drops this and every later addition, so that a
 * writer checks once, at its end. */
struct smp_buf {
    char *data;      /* owned; NULL while empty */
    size_t length;   /* bytes, without the NUL */
    size_t capacity; /* bytes allocated */
    int failed;      /* 1 after an allocation failed */
};

void smp_buf_release(struct smp_buf *b); /* frees the bytes, leaves {0} */
void smp_buf_clear(struct smp_buf *b);   /* length 0, keeps the storage */

void smp_buf_add(struct smp_buf *b, const void *bytes, size_t n);
void smp_buf_puts(struct smp_buf *b, const char *text);
void smp_buf_putc(struct smp_buf *b, char c);
void smp_buf_printf(struct smp_buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void smp_buf_vprintf(struct smp_buf *b, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* The bytes, as an owned C string (free() it), and an empty buffer; NULL
 * where an allocation had failed. Never NULL otherwise ("" when empty). */
char *smp_buf_take(struct smp_buf *b);

/* Reads the whole of a file or an open descriptor into `b` (appending).
 * `limit`: the most bytes taken; a larger file is SMP_ERANGE. Returns 0,
 * SMP_ENOENT, SMP_EACCES, SMP_EIO, SMP_ERANGE or SMP_ENOMEM. */
int smp_buf_read_file(struct smp_buf *b, const char *path, size_t limit);
int smp_buf_read_fd(struct smp_buf *b, int fd, size_t limit);

#endif
