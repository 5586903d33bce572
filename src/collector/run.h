/* A run: starts the command with the recorder in it, collects, returns the
 * profile. */
#ifndef SMP_COLLECTOR_RUN_H
#define SMP_COLLECTOR_RUN_H

#include "model/profile.h"

struct smp_run_options {
    char *const *argv;      /* the command as execvp takes it; borrowed */
    const char *recorder;   /* path of the recorder library */
    const char *program;    /* as the report names it: script, module, ... */
    double interval_s;      /* CPU seconds between samples of a thread */
    int cpu_only;           /* 1: do not read waiting threads */
    int native_stacks;      /* 1: unwind native stacks */
    int memory;             /* 1: measure memory too, where that can be done */
    uint32_t heap_interval; /* mean bytes between two sampled allocations, at
                             * first; 0: as the recorder finds best */
    int follow; /* 1: collect until the last process that the command left
                 * behind has ended, or a signal asks for the end */
    /* For tests. */
    int heap_fixed;     /* 1: it stays so, whatever it costs */
    uint64_t heap_seed; /* of the sampler; 0: other in each process */
};

struct smp_run_result {
    /* How the command ended: exit code, or -signal (as smp_process). */
    int exit_status;
    /* Set where the command could not be run at all: errno of exec (126 or
     * 127 is then the launcher's exit code, as a shell's). 0 otherwise. */
    int exec_errno;
    size_t left; /* recorded processes that ran on: let go */
};

/* Blocks until the command has ended. The profile is owned by the caller, also
 * where nothing of Python ran (then it has no process that was recorded).
 * 0, or SMP_ENOMEM, SMP_EIO (the command was then not started). While it runs,
 * signals sent to this process are passed on to the command. */
int smp_run(struct smp_profile **out, struct smp_run_result *result,
            const struct smp_run_options *o);

#endif
