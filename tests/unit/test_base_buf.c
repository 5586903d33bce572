/* links: src/base/buf.c -Wl,--wrap=realloc */
/* The byte buffer: additions, its end as a string, files, and lack of memory. */
#include "base/buf.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "check.h"

void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);

static int allocations_left = -1; /* -1: as many as are asked for */

void *__wrap_realloc(void *p, size_t n)
{
    if (allocations_left == 0)
        return NULL;
    allocations_left -= allocations_left > 0;
    return __real_realloc(p, n);
}

static void test_grows(void)
{
    struct smp_buf b = {0};
    for (int n = 0; n < 10000; n++)
        smp_buf_printf(&b, "%d,", n % 10);
    CHECK_INT(b.length, 20000);
    CHECK(b.capacity > b.length);
    CHECK_INT(b.data[20000], '\0');
    CHECK_INT(b.data[19998], '9');
    smp_buf_clear(&b);
    CHECK_STR(b.data, "");
    smp_buf_add(&b, "a\0b", 3);
    smp_buf_putc(&b, 'c');
    smp_buf_puts(&b, "de");
    CHECK_INT(b.length, 6);
    CHECK(!memcmp(b.data, "a\0bcde", 7));
    smp_buf_release(&b);
    CHECK(!b.data && !b.length && !b.capacity);
}

static void test_take(void)
{
    struct smp_buf b = {0};
    char *text = smp_buf_take(&b);
    CHECK_STR(text, "");
    free(text);
    smp_buf_puts(&b, "x");
    text = smp_buf_take(&b);
    CHECK_STR(text, "x");
    CHECK(!b.data && !b.length);
    free(text);
}

/* After a failure nothing more is added, and what was there stays a string. */
static void test_no_memory(void)
{
    struct smp_buf b = {0};
    smp_buf_puts(&b, "kept");
    allocations_left = 0;
    for (int n = 0; n < 100; n++)
        smp_buf_puts(&b, "more than it has room for");
    CHECK_INT(b.failed, 1);
    CHECK_INT(b.data[b.length], '\0');
    CHECK(!strncmp(b.data, "keptmore", 8));
    size_t length = b.length;
    allocations_left = -1;
    smp_buf_putc(&b, 'x');
    smp_buf_printf(&b, "%d", 1);
    CHECK_INT(b.length, length);
    CHECK(smp_buf_take(&b) == NULL);
    CHECK(!b.failed);
}

static void test_sizes_that_overflow(void)
{
    struct smp_buf b = {0};
    smp_buf_puts(&b, "x");
    smp_buf_add(&b, "y", (size_t)-1 / 2);
    CHECK_INT(b.failed, 1);
    CHECK_INT(b.length, 1);
    smp_buf_release(&b);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK_INT(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    chmod(path, mode);
}

static void test_files(void)
{
    char path[] = "/tmp/test_base_buf.XXXXXX";
    struct smp_buf b = {0};
    close(mkstemp(path));
    write_file(path, "0123456789", 0600);
    smp_buf_puts(&b, "=");
    CHECK_INT(smp_buf_read_file(&b, path, 10), 0);
    CHECK_STR(b.data, "=0123456789");
    CHECK_INT(smp_buf_read_file(&b, path, 9), SMP_ERANGE);
    CHECK_INT(smp_buf_read_file(&b, "/no/such/file", 9), SMP_ENOENT);
    CHECK_INT(smp_buf_read_file(&b, "/etc/passwd/x", 9), SMP_ENOENT);
    CHECK_INT(smp_buf_read_file(&b, "/tmp", 9), SMP_EIO);
    smp_buf_release(&b);
    write_file(path, "", 0000);
    if (geteuid() != 0)
        CHECK_INT(smp_buf_read_file(&b, path, 9), SMP_EACCES);
    CHECK_INT(smp_buf_read_fd(&b, -1, 9), SMP_EIO);
    allocations_left = 0;
    smp_buf_release(&b);
    CHECK_INT(smp_buf_read_file(&b, "/etc/passwd", 1 << 20), SMP_ENOMEM);
    allocations_left = -1;
    unlink(path);
}

int main(void)
{
    RUN(test_grows);
    RUN(test_take);
    RUN(test_no_memory);
    RUN(test_sizes_that_overflow);
    RUN(test_files);
    return check_summary();
}
