/* The table of verbs: a new verb is one entry here and one file. */
#include "cli/verb.h"

const struct smp_verb smp_verb_table[] = {
    {"run", SMP_FOR_RUN, smp_verb_run, "[run] [options] PROGRAM [arguments]",
     "Runs the program, then reports."},
    {"live", SMP_FOR_RUN | SMP_FOR_LIVE, smp_verb_live,
     "live [options] PROGRAM [arguments]",
     "Runs the program, and shows its page while it runs."},
    {"view", SMP_FOR_VIEW, smp_verb_view, "view [options] [FILE]",
     "Opens a saved profile's page in the browser; in the terminal where there "
     "is no display, or with --cli. FILE is profile.json unless given."},
    {"report", SMP_FOR_VIEW, smp_verb_view, "report [options] [FILE]",
     "Shows a saved profile in the terminal, or as --json."},
    {"convert", SMP_FOR_CONVERT, smp_verb_convert,
     "convert --to FORMAT [-o FILE] [FILE]",
     "Writes a saved profile for speedscope, pprof, flame graph scripts "
     "(collapsed) or a spreadsheet (csv)."},
    {"suggest", SMP_FOR_SUGGEST, smp_verb_suggest,
     "suggest [options] [PROFILE] [FILE:LINE]",
     "Asks a language model for a change that saves time or memory, and can "
     "prove it. FILE:A-B and FILE:FUNCTION work too; else the hottest line."},
    {"compare", SMP_FOR_COMPARE, smp_verb_compare,
     "compare [--threshold PERCENT] [--json] BEFORE AFTER",
     "What changed between two saved profiles, by function and line. Exit code "
     "1 where the second needs more CPU time or memory, by more than the "
     "threshold and the noise."},
    {"profile", SMP_FOR_PROFILE, smp_verb_profile, "profile --on|--off --pid N",
     "Switches the profiling of a running program, and of the processes that "
     "it started, on or off."},
    {"snapshot", SMP_FOR_SNAPSHOT, smp_verb_snapshot,
     "snapshot [options] --pid N",
     "Reports what a running program's profile has so far, as often as you "
     "like; the program runs on."},
    {"attach", SMP_FOR_ATTACH, smp_verb_attach,
     "attach [options] --pid N [--duration SECONDS]",
     "Profiles a running program that was started with SMP=dormant or "
     "--dormant."},
    {"collect", SMP_FOR_COLLECT, smp_verb_collect, NULL, NULL},
    {"help", SMP_FOR_ALL, smp_verb_help, "help", "This text."},
    {"option-table", SMP_FOR_ALL, smp_verb_option_table, "", NULL},
};

const size_t smp_verb_count = sizeof smp_verb_table / sizeof *smp_verb_table;
