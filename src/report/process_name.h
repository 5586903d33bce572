/* What a process is called in a report. */
#ifndef SMP_REPORT_PROCESS_NAME_H
#define SMP_REPORT_PROCESS_NAME_H

#include "base/buf.h"
#include "model/profile.h"

/* Appends what tells it from the others: its command without the folders that
 * are the same everywhere; "child of 4711, same command" where it has its parent's;
 * what it does where Python's own machinery started it ("multiprocessing worker
 * (spawn)"). */
void smp_report_process_name(struct smp_buf *out, const struct smp_profile *p,
                             uint32_t process);

/* Appends the same without what differs between processes of one sort: numbers
 * are '#', except a parent's. What has the same kind is one row of many. */
void smp_report_process_kind(struct smp_buf *out, const struct smp_profile *p,
                             uint32_t process);

/* 1 for a resource tracker: it ends by itself when the last process that uses it
 * has ended. */
int smp_report_process_is_tracker(const struct smp_profile *p,
                                  uint32_t process);

/* Appends a text with each run of digits as one '#'. */
void smp_report_pattern(struct smp_buf *out, const char *text);

#endif
