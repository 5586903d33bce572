/* Kinds of time and domains of memory: their names and words. */
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

static const char *const domains[] = {"python", "native", "mapped", "shared"};
_Static_assert(sizeof domains / sizeof *domains == SMP_DOMAIN_COUNT,
               "a domain has no name");

const char *smp_domain_name(enum smp_domain domain)
{
    return domains[domain];
}

enum smp_domain smp_domain_from_name(const char *name)
{
    int domain = 0;
    while (domain < SMP_DOMAIN_COUNT && strcmp(domains[domain], name) != 0)
        domain++;
    return (enum smp_domain)domain;
}
