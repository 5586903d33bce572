/* What reports call things: short paths, frames, and the kinds of time that a
 * stack alone does not show. One wording for every report and export. */
#ifndef SMP_REPORT_NAMES_H
#define SMP_REPORT_NAMES_H

#include "base/buf.h"
#include "model/profile.h"

/* A file's path as short as it stays clear: relative to the program's working
 * directory, a library's from its package on, a shared object's last part.
 * Borrowed: the end of the path itself. */
const char *smp_report_path(const struct smp_profile *p, uint32_t file);

int smp_report_frame_is_native(const struct smp_profile *p, uint32_t frame);

/* 1 where the function is native code that has no symbol: "[x.so+0x12]". */
int smp_report_is_unnamed(const struct smp_profile *p, uint32_t function);

/* Appends "function (file:line)" for a Python frame, "symbol [object.so]" for
 * a native one ("[object.so+0x12]" where there is no symbol). */
void smp_report_frame_name(struct smp_buf *out, const struct smp_profile *p,
                           uint32_t frame);

/* The same without a line: "function (file)". */
void smp_report_function_name(struct smp_buf *out, const struct smp_profile *p,
                              uint32_t function);

/* The innermost thing of a sample where the stack does not tell it: "[waiting:
 * lock]", "[kernel]", "[garbage collector]"; NULL for other time. Static. */
const char *smp_report_leaf(const struct smp_sample *s);

/* Appends a thread as people know it: "MainThread (4711)". */
void smp_report_thread_name(struct smp_buf *out, const struct smp_profile *p,
                            uint32_t thread);

#endif
