/* The options: their values, and the one table that drives the parser, the
 * help, the keys of config files and the suggestions. */
#ifndef SMP_CLI_OPTIONS_H
#define SMP_CLI_OPTIONS_H

#include <stddef.h>

/* Where a value came from; a higher one wins over a lower, in any order. */
enum smp_level {
    SMP_LEVEL_DEFAULT,
    SMP_LEVEL_PROJECT, /* [tool.solvidia-mem-prof] in pyproject.toml */
    SMP_LEVEL_FILE,    /* --config */
    SMP_LEVEL_COMMAND  /* the command line */
};

enum smp_option_type {
    SMP_TYPE_FLAG,   /* int: 1, or 0 by its --no- form */
    SMP_TYPE_NUMBER, /* double, low to high */
    SMP_TYPE_WHOLE,  /* int, low to high */
    SMP_TYPE_TEXT,   /* const char * */
    SMP_TYPE_PATH, /* const char *; in a config file: from the file's folder */
    SMP_TYPE_LIST, /* struct smp_list, A,B,C; repeated: added */
    SMP_TYPE_CHOICE, /* int: index of the word in `words` */
    SMP_TYPE_LATER   /* known, but not made yet: using it is an error */
};

enum smp_option_group {
    SMP_GROUP_REPORT,
    SMP_GROUP_OUTPUT,
    SMP_GROUP_MEASURE,
    SMP_GROUP_CODE,
    SMP_GROUP_RUN,
    SMP_GROUP_ASK,
    SMP_GROUP_OTHER,
    SMP_GROUP_HIDDEN /* works, but is not in the help */
};

/* The verbs an option is for. */
#define SMP_FOR_RUN 1u
#define SMP_FOR_VIEW 2u
#define SMP_FOR_CONVERT 4u
#define SMP_FOR_PROFILE 8u
#define SMP_FOR_SUGGEST 16u
#define SMP_FOR_COMPARE 32u
#define SMP_FOR_SNAPSHOT 64u
#define SMP_FOR_ATTACH 128u
#define SMP_FOR_COLLECT 256u
#define SMP_FOR_LIVE 512u /* beside SMP_FOR_RUN */
#define SMP_FOR_MEASURE (SMP_FOR_RUN | SMP_FOR_ATTACH | SMP_FOR_COLLECT)
#define SMP_FOR_PID (SMP_FOR_PROFILE | SMP_FOR_SNAPSHOT | SMP_FOR_ATTACH)
#define SMP_FOR_SHOW (SMP_FOR_VIEW | SMP_FOR_SNAPSHOT | SMP_FOR_MEASURE)
#define SMP_FOR_TEXT (SMP_FOR_SHOW | SMP_FOR_COMPARE)
#define SMP_FOR_ALL                                                            \
    (SMP_FOR_TEXT | SMP_FOR_CONVERT | SMP_FOR_PROFILE | SMP_FOR_SUGGEST)

struct smp_option {
    const char *name; /* without the dashes */
    char letter;      /* its one-letter form, or 0 */
    enum smp_option_type type;
    size_t offset;            /* of its value in struct smp_options */
    double low, high;         /* NUMBER, WHOLE: both included */
    const char *const *words; /* CHOICE: up to a NULL */
    const char *argument;     /* as the help shows it; NULL: it takes none */
    enum smp_option_group group;
    unsigned verbs;
    int config;       /* 1: also a key in config files */
    const char *help; /* LATER: what to do instead */
};

extern const struct smp_option smp_option_table[];
extern const size_t smp_option_count;
#define SMP_OPTION_LIMIT 64 /* asserted against the table's size */

struct smp_list {
    const char **items; /* owned array of borrowed strings */
    size_t count;
};

enum smp_when { SMP_WHEN_AUTO, SMP_WHEN_ALWAYS, SMP_WHEN_NEVER };

enum smp_format {
    SMP_FORMAT_NONE,
    SMP_FORMAT_SPEEDSCOPE,
    SMP_FORMAT_PPROF,
    SMP_FORMAT_COLLAPSED,
    SMP_FORMAT_CSV
};

/* Every value. Strings are kept in `kept`. */
struct smp_options {
    int cli, json, html;
    const char *outfile; /* NULL: not given */
    int cpu, memory, gpu;
    int malloc_threshold;  /* allocations */
    int allocation_window; /* bytes; 0: not said */
    int reduced;
    int profile_all;
    struct smp_list only, exclude;
    int virtual_time;
    double cpu_percent_threshold; /* percent of the whole */
    double cpu_sampling_rate;     /* CPU seconds between samples */
    const char *program_path;
    int stacks; /* -1: not said */
    int on, off;
    int pid;                 /* 0: not said */
    int dormant;             /* 1: prepare the program for attach */
    double profile_interval; /* seconds; 0: only at the end */
    int snapshot_signal;     /* index of its word; 0: none */
    int window;              /* 1: each such report is of its own interval */
    double duration;         /* seconds of attach; 0: to the program's end */
    int follow;
    const char *python;
    const char *config;
    int color; /* enum smp_when */
    int width; /* columns; 0: as the terminal */
    int to;    /* enum smp_format */
    int port;  /* of the page's server; 0: any that is free */
    int no_browser;
    int empty; /* view: the page without a profile */
    const char *provider, *model, *base_url, *notes, *test_command;
    int goal; /* index of its word; 0: not said */
    int print_prompt, verify, apply;
    int metric;               /* enum smp_metric of model/view.h */
    double compare_threshold; /* percent */
    int help, version;
    int nothing; /* accepted for the sake of old command lines */
    unsigned char level[SMP_OPTION_LIMIT]; /* enum smp_level, by option */
    char **kept;                           /* owned strings */
    size_t kept_count;
};

#define SMP_WHY 512 /* bytes of a message */

void smp_options_init(struct smp_options *o); /* the defaults */
void smp_options_release(struct smp_options *o);

/* The option of this name, or letter; NULL where there is none. '_' counts as
 * '-' where `config` is set: only keys of config files are found then. */
const struct smp_option *smp_option_find(const char *name, size_t length,
                                         int config);
const struct smp_option *smp_option_by_letter(char letter);

/* The level at which the option that stores at this offset was set. */
enum smp_level smp_option_level(const struct smp_options *o, size_t offset);
#define SMP_LEVEL_OF(o, field)                                                 \
    smp_option_level(o, offsetof(struct smp_options, field))

/* Gives an option its value, unless a higher level did (then the text is only
 * checked). `text`: the value, copied; for a FLAG "true" or "false". Returns 0,
 * SMP_ENOMEM or SMP_EINVAL with what is wrong in `why`, to be read behind the
 * option's name: "is a number from 0 to 100, not 'x'". */
int smp_option_set(struct smp_options *o, const struct smp_option *option,
                   const char *text, enum smp_level level, char why[SMP_WHY]);

/* 1 where memory is to be measured: asked for, or no kind of measurement was;
 * what was said nearer to the person wins. */
int smp_options_memory(const struct smp_options *o);

/* The number of the signal that asks for a report; 0: none. */
int smp_options_signal(const struct smp_options *o);

/* A copy of `text` that lives as long as the options; NULL: no memory. */
const char *smp_options_keep(struct smp_options *o, const char *text);

#endif
