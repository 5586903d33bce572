/* Reading mapped files that somebody may cut short meanwhile. */
#ifndef SMP_COLLECTOR_NATIVE_GUARD_H
#define SMP_COLLECTOR_NATIVE_GUARD_H

#include <stddef.h>

/* A page of a mapped file that lies past the file's end raises SIGBUS. Inside
 * a guarded range such a page reads as zeros instead: a damaged file, which
 * every reader of ELF survives. A SIGBUS anywhere else takes its usual course.
 * Installs a process-wide handler for SIGBUS at its first use. 0, or SMP_EFULL
 * (the range is then not guarded, and must not be read). */
int smp_guard_add(const void *start, size_t size);

/* Before the range is unmapped. */
void smp_guard_remove(const void *start);

/* Pages that were read as zeros so far. */
unsigned long smp_guard_zeroed(void);

#endif
