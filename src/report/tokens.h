/* A small Python tokeniser: which bytes of a source line get which colour.
 *
 * It colours, it does not parse: any bytes are accepted, every byte belongs to
 * exactly one token, and a line that is no Python is only coloured oddly. */
#ifndef SMP_REPORT_TOKENS_H
#define SMP_REPORT_TOKENS_H

#include <stddef.h>
#include <stdint.h>

enum smp_token_kind {
    SMP_TOKEN_PLAIN, /* names, operators, space */
    SMP_TOKEN_KEYWORD,
    SMP_TOKEN_BUILTIN, /* len, range, self, None's relatives by name */
    SMP_TOKEN_DEFINED, /* the name after def or class */
    SMP_TOKEN_DECORATOR,
    SMP_TOKEN_NUMBER,
    SMP_TOKEN_STRING,
    SMP_TOKEN_COMMENT
};

/* What one line hands to the next: 0 at the start of a file, else the string
 * that is still open. */
typedef uint8_t smp_token_state;

struct smp_tokens {
    const char *text; /* borrowed: one line, without its line end */
    size_t length, at;
    smp_token_state state; /* after the last token: the next line's */
    uint8_t after_def;     /* private: the next name is being defined */
    uint8_t blank;         /* private: only space so far */
    uint8_t skipping;      /* private: names need not be told apart */
};

struct smp_token {
    enum smp_token_kind kind;
    size_t start, length; /* bytes of the line; length >= 1 */
};

void smp_tokens_init(struct smp_tokens *t, const char *line, size_t length,
                     smp_token_state state);

/* The next token: 1, or 0 at the line's end (then `state` is the next line's). */
int smp_tokens_next(struct smp_tokens *t, struct smp_token *out);

/* The state after a line, for lines that are passed over. */
smp_token_state smp_tokens_skip(const char *line, size_t length,
                                smp_token_state state);

#endif
