/* The launcher's own place in the system: signals, limits, descriptors. */
#ifndef SMP_COLLECTOR_LAUNCHER_H
#define SMP_COLLECTOR_LAUNCHER_H

#include <signal.h>
#include <sys/types.h>

/* Takes the process over: remembers every limit, mask and disposition, raises
 * its own limits, keeps 0, 1, 2 occupied, catches the signals to pass on. */
void smp_launcher_begin(void);

/* In the child, before exec: everything as the user had it. */
void smp_launcher_restore(void);

/* The command's pid, to pass signals on to; 0: none. */
void smp_launcher_set_child(pid_t pid);

/* Passes on to the command the signals that came to this process and not to the
 * command itself. To be called after each wait. */
void smp_launcher_pass_on(void);

/* 1 once SIGHUP, SIGINT, SIGQUIT or SIGTERM came while there was no command:
 * nobody waits for what it left behind any longer. */
int smp_launcher_asked_to_end(void);

/* The mask to wait with (ppoll): signals arrive only there. */
const sigset_t *smp_launcher_wait_mask(void);

/* 1 once after SIGCHLD arrived. */
int smp_launcher_child_changed(void);

/* This signal is for us, and not passed on; 0: none. */
void smp_launcher_keep(int number);
/* 1 once after it came. */
int smp_launcher_was_asked(void);

/* The command is over: puts dispositions and mask back. */
void smp_launcher_end(void);

/* How many descriptors can be had (the user's hard limit). */
size_t smp_launcher_descriptors(void);

#endif
