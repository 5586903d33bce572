/* The table of options: a new option is one entry here. */
#include "cli/options.h"
#include "cli/say.h"

#define AT(field) .offset = offsetof(struct smp_options, field)
#define REPORT .group = SMP_GROUP_REPORT
#define OUTPUT .group = SMP_GROUP_OUTPUT
#define MEASURE .group = SMP_GROUP_MEASURE
#define CODE .group = SMP_GROUP_CODE
#define RUN .group = SMP_GROUP_RUN
#define ASK .group = SMP_GROUP_ASK
#define OTHER .group = SMP_GROUP_OTHER
#define HIDDEN .group = SMP_GROUP_HIDDEN
#define FOR(which) .verbs = SMP_FOR_##which
#define FLAG .type = SMP_TYPE_FLAG
#define KEY .config = 1

#define USE_TERMINAL "use --cli or --json"

static const char *const when_words[] = {"auto", "always", "never", NULL};
static const char *const goal_words[] = {"", "time", "memory", "both", NULL};
static const char *const format_words[] = {"",          "speedscope", "pprof",
                                           "collapsed", "csv",        NULL};

static const char *const signal_words[] = {"",     "USR1",  "USR2", "HUP",
                                           "ALRM", "WINCH", NULL};
static const char *const metric_words[] = {"time", "cpu",  "wait", "alloc",
                                           "live", "peak", "copy", NULL};

/* clang-format off */
const struct smp_option smp_option_table[] = {
    {"cli", 0, FLAG, AT(cli), REPORT, FOR(TEXT), KEY,
     .help = "Print the report in the terminal (the default)."},
    {"json", 0, FLAG, AT(json), REPORT, FOR(TEXT), KEY,
     .help = "Write the whole profile as JSON, to profile.json unless "
             "--outfile says where; with --cli to standard output."},
    {"html", 0, FLAG, AT(html), REPORT, FOR(SHOW), KEY,
     .help = "Write the page for the browser, one file, to profile.html unless "
             "--outfile says where."},
    {"reduced-profile", 0, FLAG, AT(reduced), REPORT, FOR(SHOW), KEY,
     .help = "Only lines that took time."},
    {"cpu-percent-threshold", 0, .type = SMP_TYPE_NUMBER,
     AT(cpu_percent_threshold), .low = 0, .high = 100, .argument = "PERCENT",
     REPORT, FOR(SHOW), KEY,
     .help = "Leave out files and lines below this share of the time "
             "(default 1)."},
    {"stacks", 0, FLAG, AT(stacks), REPORT, FOR(SHOW), KEY,
     .help = "Also print the hottest call stacks; --no-stacks leaves them "
             "out of the JSON as well."},
    {"use-virtual-time", 0, FLAG, AT(virtual_time), REPORT, FOR(ALL), KEY,
     .help = "Count CPU time only, not time spent waiting."},

    {"outfile", 'o', .type = SMP_TYPE_TEXT, AT(outfile), .argument = "FILE",
     OUTPUT, FOR(ALL), KEY,
     .help = "Where to write; a name that ends in .json gets JSON, one in "
             ".html the page. '-' is standard output; {pid}, {host} and {rank} "
             "in it are filled in."},
    {"color", 0, .type = SMP_TYPE_CHOICE, AT(color), .words = when_words,
     .argument = "WHEN", OUTPUT, FOR(TEXT), KEY,
     .help = "auto (the default), always or never. NO_COLOR and FORCE_COLOR "
             "in the environment work too."},
    {"width", 0, .type = SMP_TYPE_WHOLE, AT(width), .low = 20, .high = 1000,
     .argument = "COLUMNS", OUTPUT, FOR(TEXT), KEY,
     .help = "Width of the report (default: the terminal's)."},
    {"column-width", 0, .type = SMP_TYPE_WHOLE, AT(width), .low = 20,
     .high = 1000, .argument = "COLUMNS", HIDDEN, FOR(SHOW), KEY, .help = ""},
    {"port", 0, .type = SMP_TYPE_WHOLE, AT(port), .low = 0, .high = 65535,
     .argument = "N", OUTPUT, .verbs = SMP_FOR_VIEW | SMP_FOR_LIVE, KEY,
     .help = "For view and live: serve the page at this port of this machine "
             "(default: any that is free)."},
    {"no-browser", 0, FLAG, AT(no_browser), OUTPUT, FOR(SHOW), KEY,
     .help = "Open no browser. For view and live: serve the page and say "
             "where."},
    {"empty", 0, FLAG, AT(empty), HIDDEN, FOR(VIEW), .help = ""},
    {"to", 0, .type = SMP_TYPE_CHOICE, AT(to), .words = format_words,
     .argument = "FORMAT", OUTPUT, FOR(CONVERT),
     .help = "For convert: speedscope, pprof, collapsed or csv."},

    {"metric", 0, .type = SMP_TYPE_CHOICE, AT(metric), .words = metric_words,
     .argument = "WHAT", OUTPUT, FOR(CONVERT),
     .help = "For convert to speedscope and collapsed, what stacks weigh by: "
             "time (the default), cpu, wait, or bytes: alloc, live, peak, "
             "copy."},
    {"threshold", 0, .type = SMP_TYPE_NUMBER, AT(compare_threshold), .low = 0,
     .high = 1000000, .argument = "PERCENT", OUTPUT, FOR(COMPARE),
     .help = "For compare: how much more CPU time or memory is still right "
             "(default 10)."},

    {"cpu", 0, FLAG, AT(cpu), MEASURE, FOR(MEASURE), KEY,
     .help = "Measure CPU time; memory only with --memory. Without --cpu, "
             "--memory and --gpu all that can be is measured."},
    {"cpu-only", 0, FLAG, AT(cpu), MEASURE, FOR(MEASURE), KEY,
     .help = "As --cpu."},
    {"memory", 0, FLAG, AT(memory), MEASURE, FOR(MEASURE), KEY,
     .help = "Measure memory, and CPU time."},
    {"gpu", 0, FLAG, AT(gpu), MEASURE, FOR(MEASURE), KEY,
     .help = "Accepted; the GPU is measured by a later version."},
    {"cpu-sampling-rate", 0, .type = SMP_TYPE_NUMBER, AT(cpu_sampling_rate),
     .low = 0.0001, .high = 10, .argument = "SECONDS", MEASURE, FOR(MEASURE), KEY,
     .help = "CPU time of a thread between two samples (default 0.004)."},
    {"malloc-threshold", 0, .type = SMP_TYPE_WHOLE, AT(malloc_threshold),
     .low = 0, .high = 2147483647, .argument = "COUNT", REPORT, FOR(SHOW), KEY,
     .help = "Show a line that took little time for its memory from this many "
             "allocations on (default 100)."},
    {"allocation-sampling-window", 0, .type = SMP_TYPE_WHOLE,
     AT(allocation_window), .low = 1, .high = 2147483647, .argument = "BYTES",
     MEASURE, FOR(MEASURE), KEY,
     .help = "Mean bytes between two sampled allocations at the start; the "
             "distance grows where a program allocates fast."},
    {"memory-leak-detector", 0, FLAG, AT(nothing), HIDDEN, FOR(RUN), KEY,
     .help = ""},

    {"profile-all", 0, FLAG, AT(profile_all), CODE, FOR(ALL), KEY,
     .help = "All Python code, libraries too. Otherwise library time is "
             "shown on the line of your program that called it."},
    {"profile-only", 0, .type = SMP_TYPE_LIST, AT(only), .argument = "A,B",
     CODE, FOR(ALL), KEY,
     .help = "Only files whose path contains A or B."},
    {"profile-exclude", 0, .type = SMP_TYPE_LIST, AT(exclude),
     .argument = "A,B", CODE, FOR(ALL), KEY,
     .help = "No files whose path contains A or B."},
    {"program-path", 0, .type = SMP_TYPE_PATH, AT(program_path),
     .argument = "DIR", CODE, FOR(ALL), KEY,
     .help = "The folder that holds your code (default: the script's, or "
             "the current one for -m)."},

    {"python", 0, .type = SMP_TYPE_PATH, AT(python), .argument = "PATH", RUN,
     FOR(ALL), KEY,
     .help = "The interpreter to use (default: the one installed next to "
             SMP_CLI_NAME ", else python3 in PATH)."},
    {"config", 0, .type = SMP_TYPE_TEXT, AT(config), .argument = "FILE", RUN,
     FOR(ALL),
     .help = "Read options from a YAML file: 'profile-all: true'. "
             "-c FILE.yaml does the same."},
    {"on", 0, FLAG, AT(on), RUN, .verbs = SMP_FOR_RUN | SMP_FOR_PROFILE, KEY,
     .help = "Measure from the start (the default)."},
    {"follow", 0, FLAG, AT(follow), RUN, FOR(RUN), KEY,
     .help = "When the program has ended, profile on what it left in the "
             "background (a daemon) until that ends too; Ctrl-C ends the wait, "
             "not the daemon."},
    {"off", 0, FLAG, AT(off), RUN,
     .verbs = SMP_FOR_RUN | SMP_FOR_PROFILE | SMP_FOR_COLLECT, KEY,
     .help = "Begin without measuring, until profile --on --pid N."},
    {"pid", 0, .type = SMP_TYPE_WHOLE, AT(pid), .low = 1, .high = 4194304,
     .argument = "N", RUN, FOR(PID),
     .help = "For profile, snapshot and attach: the number of a program that "
             "runs."},
    {"duration", 0, .type = SMP_TYPE_NUMBER, AT(duration), .low = 0.01,
     .high = 31536000, .argument = "SECONDS", RUN, FOR(ATTACH),
     .help = "For attach: how long (default: until the program ends or "
             "Ctrl-C)."},
    {"dormant", 0, FLAG, AT(dormant), RUN, FOR(RUN),
     .help = "Run the program unprofiled but prepared, so that attach --pid N "
             "can profile it at any time. SMP=dormant in the environment "
             "of any python does the same."},
    {"profile-interval", 0, .type = SMP_TYPE_NUMBER, AT(profile_interval),
     .low = 0.1, .high = 31536000, .argument = "SECONDS", RUN, FOR(MEASURE), KEY,
     .help = "Also report while the program runs, so often; each report is of all "
             "so far, and replaces the one before."},
    {"profile-window", 0, FLAG, AT(window), RUN, FOR(MEASURE), KEY,
     .help = "With --profile-interval: each report is of its own interval, in a "
             "file of its own (profile.20260131-235959.json, in UTC); of more "
             "than 100 older ones are thinned."},
    {"snapshot-signal", 0, .type = SMP_TYPE_CHOICE, AT(snapshot_signal),
     .words = signal_words, .argument = "NAME", RUN, FOR(MEASURE), KEY,
     .help = "This signal to the profiler's own process writes a report: USR1, "
             "USR2, HUP, ALRM or WINCH. It is not passed on to the program "
             "then."},

    {"print-prompt", 0, FLAG, AT(print_prompt), ASK, FOR(SUGGEST),
     .help = "Print what would be sent, and send nothing."},
    {"provider", 0, .type = SMP_TYPE_TEXT, AT(provider), .argument = "NAME",
     ASK, FOR(SUGGEST), KEY,
     .help = "openai, anthropic, gemini, azure, bedrock, ollama or compatible "
             "(default: the one whose key is in the environment)."},
    {"model", 0, .type = SMP_TYPE_TEXT, AT(model), .argument = "NAME", ASK,
     FOR(SUGGEST), KEY, .help = "The provider's model."},
    {"base-url", 0, .type = SMP_TYPE_TEXT, AT(base_url), .argument = "URL", ASK,
     FOR(SUGGEST), .help = "The address of an OpenAI-compatible server."},
    {"goal", 0, .type = SMP_TYPE_CHOICE, AT(goal), .words = goal_words,
     .argument = "WHAT", ASK, FOR(SUGGEST), KEY,
     .help = "What to save: time (the default), memory or both."},
    {"notes", 0, .type = SMP_TYPE_TEXT, AT(notes), .argument = "TEXT", ASK,
     FOR(SUGGEST), .help = "Your own words to the model."},
    {"verify", 0, FLAG, AT(verify), ASK, FOR(SUGGEST),
     .help = "Run the program with and without the change, in copies, and say "
             "whether it is faster with the same output."},
    {"test-command", 0, .type = SMP_TYPE_TEXT, AT(test_command),
     .argument = "COMMAND", ASK, FOR(SUGGEST), KEY,
     .help = "For --verify: this must succeed with the change too."},
    {"apply", 0, FLAG, AT(apply), ASK, FOR(SUGGEST),
     .help = "Change the file, with a backup beside it; with --verify only "
             "where that succeeds."},

    {"help", 'h', FLAG, AT(help), OTHER, FOR(ALL), .help = "This text."},
    {"version", 'V', FLAG, AT(version), OTHER, FOR(ALL),
     .help = "The version of this program."},

    {"web", 0, .type = SMP_TYPE_LATER, HIDDEN, FOR(SHOW), KEY,
     .help = USE_TERMINAL},
    {"viewer", 0, .type = SMP_TYPE_LATER, HIDDEN, FOR(SHOW),
     .help = USE_TERMINAL},
    {"standalone", 0, .type = SMP_TYPE_LATER, HIDDEN, FOR(SHOW), KEY,
     .help = USE_TERMINAL},
};
/* clang-format on */

const size_t smp_option_count =
    sizeof smp_option_table / sizeof *smp_option_table;
_Static_assert(sizeof smp_option_table / sizeof *smp_option_table <=
                   SMP_OPTION_LIMIT,
               "raise SMP_OPTION_LIMIT in cli/options.h");
