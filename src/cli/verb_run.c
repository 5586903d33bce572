/* run: the program under the profiler, then its report. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/status.h"
#include "cli/command.h"
#include "cli/ending.h"
#include "cli/find.h"
#include "cli/help.h"
#include "cli/load.h"
#include "cli/outfile.h"
#include "cli/page.h"
#include "cli/reports.h"
#include "cli/say.h"
#include "cli/show.h"
#include "cli/verb.h"
#include "collector/run.h"
#include "report/process_name.h"

static int no_program(void)
{
    struct smp_buf out = {0};
    smp_help_usage(&out);
    ssize_t n = out.failed ? 0 : write(STDERR_FILENO, out.data, out.length);
    smp_buf_release(&out);
    (void)n;
    return smp_say_usage("no program to run was given");
}

/* What was asked for and is not measured: said when the program has ended. */
static void tell_what_is_missing(const struct smp_options *o,
                                 const struct smp_profile *p)
{
    if (o->memory && smp_options_memory(o) && !p->memory)
        smp_say("memory was not measured: this report is about time");
    if (o->gpu)
        smp_say("the GPU is not measured yet: this report is about CPU time");
}

/* Recorded, and let go; not a helper that ends with the command. */
static int is_left(const struct smp_profile *p, uint32_t process)
{
    const struct smp_process *it = &p->processes[process];
    return it->exit_status == SMP_EXIT_RUNNING &&
           it->recording != SMP_NOT_RECORDED &&
           !smp_report_process_is_tracker(p, process);
}

/* The first of them is named, so that it can be found. */
static void tell_who_is_left(const struct smp_options *o,
                             const struct smp_profile *p)
{
    struct smp_buf name = {0};
    uint32_t first = SMP_NONE;
    size_t left = 0;
    for (uint32_t n = 0; n < p->process_count; n++) {
        if (!is_left(p, n))
            continue;
        first = left++ ? first : n;
    }
    if (!left)
        return;
    smp_report_process_name(&name, p, first);
    smp_say("%zu %s in the background (pid %d: %s), profiled no further%s",
            left,
            left == 1 ? "process that it started goes on"
                      : "processes that it started go on",
            (int)p->processes[first].pid, name.data ? name.data : "",
            o->follow ? "" : "; --follow profiles to the end of them all");
    smp_buf_release(&name);
}

/* The exit code where exec failed with this errno, as a shell's. */
static int not_run(const char *word, int error)
{
    if (error == ENOENT) {
        smp_say("%s: not found, or the interpreter of its #! line is not",
                word);
        return SMP_EXIT_NOT_FOUND;
    }
    smp_say("%s: %s", word, strerror(error));
    return SMP_EXIT_NOT_RUN;
}

/* Where nothing can be measured the program runs all the same. */
static int run_bare(const struct smp_command *command, int status)
{
    smp_say("runs unprofiled: %s", smp_status_text(status));
    execvp(command->argv[0], command->argv);
    return not_run(command->argv[0], errno);
}

/* The page in the browser, or where that can't be the report as planned. */
static void show_end(const struct smp_show *show, const struct smp_profile *p,
                     const struct smp_options *o)
{
    struct smp_show saved = {.json = 1, .path = SMP_PROFILE_FILE};
    if (smp_page_ends_run(o) && smp_show(&saved, p, o) == 0 &&
        smp_page_open(saved.path, o))
        return;
    int code = smp_show(show, p, o);
    if (!code && show->json && !o->outfile && show->path)
        smp_say("the profile is in %s; " SMP_CLI_NAME " view shows it",
                show->path);
}

static int run_profiled(const struct smp_command *command, const char *recorder,
                        const struct smp_show *show,
                        const struct smp_options *o)
{
    struct smp_profile *profile = NULL;
    struct smp_run_result result = {0};
    struct smp_reports reports;
    struct smp_run_options run = {
        .argv = command->argv,
        .recorder = recorder,
        .program = command->program,
        .interval_s = o->cpu_sampling_rate,
        .cpu_only = o->virtual_time,
        .native_stacks = 1,
        .memory = smp_options_memory(o),
        .heap_interval = (uint32_t)o->allocation_window,
        .off = o->off,
        .reports = smp_reports_init(&reports, o, show),
        .periodic_s = o->profile_interval,
        .windows = o->window,
        .snapshot_signal = smp_options_signal(o),
        .follow = o->follow,
    };
    int status = smp_run(&profile, &result, &run);
    if (status)
        return run_bare(command, status);
    if (result.exec_errno) {
        smp_run_finished();
        smp_profile_free(profile);
        return not_run(command->argv[0], result.exec_errno);
    }
    tell_what_is_missing(o, profile);
    tell_who_is_left(o, profile);
    if (smp_reports_are_windows(o))
        smp_reports_last_window(&reports, profile);
    else
        show_end(show, profile, o);
    smp_run_finished();
    smp_profile_free(profile);
    return smp_end_as(result.exit_status);
}

static int is_dormant(const struct smp_options *o)
{
    const char *said = getenv("SMP");
    return o->dormant || (said && strcmp(said, "dormant") == 0);
}

/* What can be wrong is found out before the program runs. */
static int check_options(struct smp_show *show, const struct smp_options *o)
{
    struct smp_filter filter;
    char *folder;
    int code = smp_show_filter(&filter, &folder, o);
    free(folder);
    return code ? code : smp_show_plan(show, o, SMP_PROFILE_FILE);
}

int smp_verb_run(struct smp_call *call)
{
    struct smp_command command = {0};
    struct smp_show show;
    char *recorder = NULL;
    if (call->word_count == 0)
        return no_program();
    if (smp_outfile_fill(&call->options))
        return smp_say_usage("%s", smp_status_text(SMP_ENOMEM));
    int code = check_options(&show, &call->options);
    if (!code)
        code = smp_command_make(&command, call->words, call->options.python);
    if (!code && smp_find_recorder(&recorder) != 0)
        code = smp_say_usage("librecorder.so is not where this program was "
                             "installed: install it again");
    if (!code && is_dormant(&call->options))
        code = not_run(command.argv[0],
                       smp_launch_dormant(recorder, command.argv));
    else if (!code)
        code = run_profiled(&command, recorder, &show, &call->options);
    free(recorder);
    smp_command_release(&command);
    return code;
}
