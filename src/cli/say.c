/* Messages to the person at the terminal: one line each, on stderr. */
#include "cli/say.h"

#include <stdarg.h>
#include <unistd.h>

#include "base/buf.h"

static void write_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, bytes, n);
        if (done <= 0)
            return;
        bytes += done;
        n -= (size_t)done;
    }
}

static int silent;

void smp_say_nothing(void)
{
    silent = 1;
}

static void say(const char *format, va_list args)
{
    struct smp_buf line = {0};
    if (silent)
        return;
    smp_buf_puts(&line, SMP_CLI_NAME ": ");
    smp_buf_vprintf(&line, format, args);
    for (size_t i = 0; i < line.length; i++) {
        unsigned char c = (unsigned char)line.data[i];
        if (c < ' ' || c == 0x7f)
            line.data[i] = '?';
    }
    smp_buf_putc(&line, '\n');
    if (!line.failed)
        write_all(STDERR_FILENO, line.data, line.length);
    smp_buf_release(&line);
}

void smp_say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
}

int smp_say_usage(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
    return SMP_EXIT_USAGE;
}

/* In Scalene's words, which its users' scripts look for. */
void smp_say_process(int pid)
{
    struct smp_buf text = {0};
    smp_buf_printf(&text,
                   SMP_CLI_NAME
                   " now profiling process %d\n"
                   "  to disable profiling: python3 -m " SMP_CLI_NAME
                   ".profile --off --pid %d\n"
                   "  to resume profiling:  python3 -m " SMP_CLI_NAME
                   ".profile --on  --pid %d\n",
                   pid, pid, pid);
    if (!text.failed)
        write_all(STDERR_FILENO, text.data, text.length);
    smp_buf_release(&text);
}
