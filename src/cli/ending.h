/* Ending as the program did: by its exit code or by its signal. */
#ifndef SMP_CLI_ENDING_H
#define SMP_CLI_ENDING_H

/* `status`: exit code, or -signal. For a signal this process dies of the same
 * one, without a core file of its own, and does not return (as PID 1, which
 * signals don't kill, it returns 128 + signal, as shells say it). */
int smp_end_as(int status);

#endif
