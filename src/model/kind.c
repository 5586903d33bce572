/* Kinds of time: their names and words. */
#include "model/kind.h"

#include <string.h>

static const char *const names[] = {
#define SMP_X(symbol, name, words) name,
    SMP_KIND_TABLE(SMP_X)
#undef SMP_X
};

static const char *const words_of[] = {
#define SMP_X(symbol, name, words) words,
    SMP_KIND_TABLE(SMP_X)
#undef SMP_X
};

const char *smp_kind_name(enum smp_kind kind)
{
    return names[kind];
}

const char *smp_kind_words(enum smp_kind kind)
{
    return words_of[kind];
}

enum smp_kind smp_kind_from_name(const char *name)
{
    int kind = 0;
    while (kind < SMP_KIND_COUNT && strcmp(names[kind], name) != 0)
        kind++;
    return (enum smp_kind)kind;
}
