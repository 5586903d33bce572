/* Copies of the collector: a fork that reports what there is so far. */
#ifndef SMP_COLLECTOR_COPY_H
#define SMP_COLLECTOR_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct smp_collector;

/* Empties the rings and forks; 0 in the copy, which may end with _exit only and
 * reaches no process that is recorded. -1: it could not. */
pid_t smp_copy_fork(struct smp_collector *c);
/* In the copy: everything that is recorded ends now, for its profile. */
void smp_copy_end(struct smp_collector *c);
/* Both: that, and the profile finished. */
void smp_copy_finish(struct smp_collector *c, uint64_t now);

/* Answers a request with the profile so far, from a copy; `path`: where it is to
 * be written, "": to the asker. 0, or SMP_EAGAIN (then an error was answered). */
int smp_copy_snapshot(struct smp_collector *c, int fd, const char *path);

/* Answers. 0, or SMP_EIO: nobody listens. */
int smp_answer(int fd, const char *text, size_t n);
int smp_answer_line(int fd, const char *line);
void smp_answer_error(int fd, const char *why);
/* The finished profile, as smp_copy_snapshot. */
void smp_answer_profile(struct smp_collector *c, int fd, const char *path);

#endif
