/* Where a report goes: a file, written whole or not at all, or a stream. */
#ifndef SMP_CLI_OUTPUT_H
#define SMP_CLI_OUTPUT_H

#include "base/buf.h"

/* 1 where the path stands for standard output: NULL, "-", /dev/stdout. */
int smp_output_is_stdout(const char *path);

/* Finds out, without leaving a trace, whether the path can be written later.
 * 0, or an exit code after the reason was printed. */
int smp_output_check(const char *path);

/* Writes the bytes. A regular file is replaced in one step by a new one with
 * its permissions, so that a reader never sees half of it; a pipe or device is
 * written to as it is. A reader of standard output that goes away is no error.
 * Returns 0 or an exit code after the reason was printed. Changes this
 * process's SIGPIPE, SIGXFSZ and file size limit: for its last deeds. */
int smp_output_write(const char *path, const struct smp_buf *bytes);

/* As smp_output_write to a file, and says nothing: 0 or an errno. */
int smp_output_save(const char *path, const struct smp_buf *bytes);

/* 1 where standard output is a terminal, and we run in its background. */
int smp_output_is_background(void);

/* 1: that a file can't be written was said, and is not said again. */
void smp_output_hush(int hush);

#endif
