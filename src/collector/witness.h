/* The witness: tells a signal that was sent to the launcher alone, which has to
 * be passed on to the command, from one that was sent to its whole process
 * group, which the command got itself.
 *
 * A receiver is not told. So a process of ours stays in the same group and does
 * nothing but wait for signals: what it gets as well went to all. A service
 * manager that stops each process of a unit is seen in the same way. */
#ifndef SMP_COLLECTOR_WITNESS_H
#define SMP_COLLECTOR_WITNESS_H

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

/* Starts it; `signals`, which the caller has blocked, are what it waits for. 0 or
 * SMP_EIO: then smp_witness_saw is 0 for each. */
int smp_witness_start(const sigset_t *signals);
void smp_witness_end(void);
int smp_witness_is_there(void);

/* 1 where it got this signal from this sender too, at about at_ns (monotonic).
 * Waits for it, 20 ms at most. */
int smp_witness_saw(int number, pid_t sender, uint64_t at_ns);

#endif
