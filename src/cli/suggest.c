/* Suggestions: the known word that a mistyped one was probably meant to be. */
#include "cli/suggest.h"

#include <string.h>

#define WORD_MAX 63 /* longer words get no suggestion */

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Edits from a to b: letters added, dropped, changed, or two swapped
 * (optimal string alignment). */
static int distance(const char *a, int na, const char *b, int nb)
{
    int d[WORD_MAX + 1][WORD_MAX + 1];
    for (int i = 0; i <= na; i++)
        d[i][0] = i;
    for (int j = 0; j <= nb; j++)
        d[0][j] = j;
    for (int i = 1; i <= na; i++) {
        for (int j = 1; j <= nb; j++) {
            int change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = least(change, least(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[na][nb];
}

void smp_suggest_init(struct smp_suggestion *s, const char *wanted,
                      size_t length)
{
    *s = (struct smp_suggestion){.wanted = wanted, .length = length};
}

void smp_suggest_try(struct smp_suggestion *s, const char *candidate)
{
    size_t n = strlen(candidate);
    if (s->length > WORD_MAX || n > WORD_MAX || s->length == 0)
        return;
    /* The beginning of a word is as near as one edit. */
    int begins =
        s->length >= 3 && strncmp(candidate, s->wanted, s->length) == 0;
    int edits =
        begins ? 1 : distance(s->wanted, (int)s->length, candidate, (int)n);
    int limit = s->length < 4 ? 1 : (int)(s->length / 3);
    if (edits <= limit && (!s->best || edits < s->distance)) {
        s->best = candidate;
        s->distance = edits;
    }
}
