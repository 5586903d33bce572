/* Suggestions: the known word that a mistyped one was probably meant to be. */
#ifndef SMP_CLI_SUGGEST_H
#define SMP_CLI_SUGGEST_H

#include <stddef.h>

/* Collects candidates; storage of the caller, `wanted` is borrowed. */
struct smp_suggestion {
    const char *wanted;
    size_t length;    /* of wanted */
    const char *best; /* borrowed; NULL: none is near enough */
    int distance;     /* of best, in edits */
};

void smp_suggest_init(struct smp_suggestion *s, const char *wanted,
                      size_t length);
void smp_suggest_try(struct smp_suggestion *s, const char *candidate);

#endif
