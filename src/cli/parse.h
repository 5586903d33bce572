/* The command line: from argv to a verb, its options and its words. */
#ifndef SMP_CLI_PARSE_H
#define SMP_CLI_PARSE_H

#include "cli/options.h"

struct smp_call;

/* One verb: `solvidia-mem-prof NAME ...`. */
struct smp_verb {
    const char *name;
    unsigned bit; /* SMP_FOR_...: options for it have it in `verbs` */
    /* Carries it out and returns the exit code. */
    int (*carry_out)(struct smp_call *call);
    const char *usage; /* what follows the program's name */
    const char *help;  /* a sentence; NULL: another name of the one before */
};

extern const struct smp_verb smp_verb_table[]; /* run is the first */
extern const size_t smp_verb_count;

/* A command line that was understood. */
struct smp_call {
    const struct smp_verb *verb;
    struct smp_options options;
    /* run: the program and its arguments; else the words that are no options.
     * Ends with NULL. The array is owned, the words belong to argv. */
    char **words;
    int word_count;
};

/* Fills `call` from argv and the config files; release it in any case.
 * Returns 0, or an exit code after the reason was printed. */
int smp_parse(struct smp_call *call, int argc, char **argv);
void smp_call_release(struct smp_call *call);

/* The verb of this name, or NULL. */
const struct smp_verb *smp_verb_find(const char *name);

#endif
