/* Included before every source that is linked into the recorder: its copies are
 * its own.
 *
 * The recorder stands before libc's memcpy. Its own copies, those that the
 * compiler makes of assignments included, must not be counted as the program's,
 * nor go through a table that may not be relocated yet: here the assembler
 * gives them another name (as glibc does for itself). */
#ifndef SMP_RECORDER_OWN_H
#define SMP_RECORDER_OWN_H

#ifndef SMP_STANDS_BEFORE_LIBC /* copy.c: it defines the names themselves */
__asm__(".hidden smp_own_copy\n"
        "memcpy = smp_own_copy\n"
        "memmove = smp_own_copy\n");
#endif

#endif
