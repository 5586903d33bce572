/* A run: starts the command with the recorder in it, collects, returns the
 * profile. */
#ifndef SMP_COLLECTOR_RUN_H
#define SMP_COLLECTOR_RUN_H

#include "base/buf.h"
#include "model/profile.h"

/* How a report leaves the collector while it is at work: called in a forked copy
 * of it, or at its end. */
struct smp_run_reports {
    void *context;
    /* The whole profile as JSON: 0 or a status. */
    int (*json)(void *context, const struct smp_profile *p,
                struct smp_buf *out);
    /* The same into a file (the page where its name ends in .html), whole or not
     * at all: 0 or an errno. */
    int (*save)(void *context, const struct smp_profile *p, const char *path);
    /* What was asked for at intervals; in a copy. May be NULL, as the next. */
    /* `quiet`: the one before failed, and said why. 0 or an exit code. */
    int (*periodic)(void *context, const struct smp_profile *p, int quiet);
    /* How that ended, in the collector itself: 1, it failed, and said why. */
    void (*periodic_done)(void *context, int failed);
    /* The collector was killed: this is what there was a moment before. */
    void (*orphaned)(void *context, const struct smp_profile *p);
    /* The command runs, as this process. */
    void (*started)(void *context, int pid);
};

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
    double periodic_s;      /* a report so often; 0: only at the end */
    int snapshot_signal;    /* makes such a report too; 0: none does */
    int windows;            /* 1: each is of its own interval alone */
    int off;                /* 1: begin switched off */
    int attach;             /* smp_collect: calls this prepared process to it,
                             * and ends after duration_s (0: with the process) */
    double duration_s;
    const struct smp_run_reports *reports; /* borrowed; NULL: none */
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
};

/* Blocks until the command has ended. The profile is owned by the caller, also
 * where nothing of Python ran (then it has no process that was recorded).
 * 0, or SMP_ENOMEM, SMP_EIO (the command was then not started). While it runs,
 * signals sent to this process are passed on to the command. */
int smp_run(struct smp_profile **out, struct smp_run_result *result,
            const struct smp_run_options *o);

/* The report of smp_run or smp_collect is out: until then a copy of the collector
 * stands by, which writes the profile if this process is killed. */
void smp_run_finished(void);

/* Becomes the command, prepared to be attached to. Returns the errno of exec. */
int smp_launch_dormant(const char *recorder, char *const *argv);

/* As smp_run without a command: writes "session NUMBER pid PID" to standard
 * output, collects from whoever joins, and ends when all who joined have ended or
 * left, on an END request, or at the end of standard input. */
int smp_collect(struct smp_profile **out, const struct smp_run_options *o);

#endif
