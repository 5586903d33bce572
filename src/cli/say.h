/* Messages to the person at the terminal: one line each, on stderr. */
#ifndef SMP_CLI_SAY_H
#define SMP_CLI_SAY_H

#define SMP_CLI_NAME "solvidia-mem-prof"

/* Exit codes of our own; every other one is the program's. */
#define SMP_EXIT_USAGE 2       /* the request can't be carried out as written */
#define SMP_EXIT_NOT_RUN 126   /* as a shell: found, but can't be run */
#define SMP_EXIT_NOT_FOUND 127 /* as a shell: no such command */

/* Prints "solvidia-mem-prof: TEXT\n" in one write. Control characters (of a
 * file's name, say) are shown as '?', so that it stays one line. */
void smp_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, and returns SMP_EXIT_USAGE. */
int smp_say_usage(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* From now on nothing is said (in a forked copy: it was said before). */
void smp_say_nothing(void);

/* That this process is being profiled, and how to switch that off and on. */
void smp_say_process(int pid);

#endif
