/* A small Python tokeniser for syntax colours. */
#include "report/tokens.h"

#include <string.h>

/* The open string of a smp_token_state. */
enum {
    STATE_CODE = 0,
    STATE_STRING = 1, /* inside a string */
    STATE_DOUBLE = 2, /* its quote is ", else ' */
    STATE_TRIPLE = 4, /* three of them */
    STATE_FORMAT = 8  /* f"": braces hold code, which may hold quotes */
};

#define BRACE_DEPTH 64 /* nested braces followed in one f-string */

static const char *const keywords[] = {
    "False",  "None",   "True",    "and",      "as",       "assert", "async",
    "await",  "break",  "class",   "continue", "def",      "del",    "elif",
    "else",   "except", "finally", "for",      "from",     "global", "if",
    "import", "in",     "is",      "lambda",   "nonlocal", "not",    "or",
    "pass",   "raise",  "return",  "try",      "while",    "with",   "yield"};

/* Keywords only as the first word of a line that ends with a colon. */
static const char *const soft_keywords[] = {"case", "match"};

static const char *const builtins[] = {
    "abs",        "all",        "any",    "bool",     "bytearray", "bytes",
    "chr",        "cls",        "dict",   "dir",      "divmod",    "enumerate",
    "eval",       "exec",       "filter", "float",    "format",    "frozenset",
    "getattr",    "hasattr",    "hash",   "id",       "input",     "int",
    "isinstance", "issubclass", "iter",   "len",      "list",      "map",
    "max",        "memoryview", "min",    "next",     "object",    "open",
    "ord",        "pow",        "print",  "property", "range",     "repr",
    "reversed",   "round",      "self",   "set",      "setattr",   "slice",
    "sorted",     "str",        "sum",    "super",    "tuple",     "type",
    "vars",       "zip"};

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Bytes beyond ASCII count as letters: Python allows most of them in names. */
static int is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           is_digit(c) || (unsigned char)c >= 0x80;
}

static int is_listed(const char *name, size_t n, const char *const *list,
                     size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i][0] == name[0] && strlen(list[i]) == n &&
            memcmp(list[i], name, n) == 0)
            return 1;
    return 0;
}

#define IS_LISTED(name, n, list)                                               \
    is_listed((name), (n), (list), sizeof(list) / sizeof((list)[0]))

static char peek(const struct smp_tokens *t, size_t ahead)
{
    return t->at + ahead < t->length ? t->text[t->at + ahead] : '\0';
}

/* 1 where the open string's closing quotes stand here. */
static int closes(const struct smp_tokens *t)
{
    char quote = t->state & STATE_DOUBLE ? '"' : '\'';
    if (peek(t, 0) != quote)
        return 0;
    return !(t->state & STATE_TRIPLE) ||
           (peek(t, 1) == quote && peek(t, 2) == quote);
}

/* Depth of braces after this character of an f-string, `depth` before it. */
static int brace_depth(struct smp_tokens *t, int depth)
{
    char c = peek(t, 0);
    if (c == '{' && depth == 0 && peek(t, 1) == '{')
        t->at++; /* "{{" is a brace of the text */
    else if (c == '{' && depth < BRACE_DEPTH)
        return depth + 1;
    else if (c == '}' && depth > 0)
        return depth - 1;
    return depth;
}

/* At a line's end an ordinary string ends too, unless a backslash goes on. */
static void end_line_in_string(struct smp_tokens *t, int escaped)
{
    if (!(t->state & STATE_TRIPLE) && !escaped)
        t->state = STATE_CODE;
}

/* From inside a string to behind its end or the line's. Between braces of an
 * f-string a quote belongs to the code there and closes nothing. */
static void pass_string(struct smp_tokens *t)
{
    int depth = 0;
    while (t->at < t->length) {
        if (peek(t, 0) == '\\') {
            if (t->at + 1 >= t->length) {
                t->at++;
                end_line_in_string(t, 1);
                return;
            }
            t->at += 2;
            continue;
        }
        if (depth == 0 && closes(t)) {
            t->at += t->state & STATE_TRIPLE ? 3 : 1;
            t->state = STATE_CODE;
            return;
        }
        if (t->state & STATE_FORMAT)
            depth = brace_depth(t, depth);
        t->at++;
    }
    end_line_in_string(t, 0);
}

static void open_string(struct smp_tokens *t, int format)
{
    char quote = peek(t, 0);
    int triple = peek(t, 1) == quote && peek(t, 2) == quote;
    t->state =
        (smp_token_state)(STATE_STRING | (quote == '"' ? STATE_DOUBLE : 0) |
                          (triple ? STATE_TRIPLE : 0) |
                          (format ? STATE_FORMAT : 0));
    t->at += triple ? 3 : 1;
}

/* Length of a string prefix (r, b, u, f, t in any case, two at most) that a
 * quote follows, with `format` set where it has an f or t; -1: none. */
static int string_prefix(const struct smp_tokens *t, int *format)
{
    *format = 0;
    for (size_t i = 0; i < 3; i++) {
        char c = peek(t, i);
        if (c == '"' || c == '\'')
            return (int)i;
        if (!c || !strchr("rRbBuUfFtT", c))
            return -1;
        *format |= strchr("fFtT", c) != NULL;
    }
    return -1;
}

static int ends_with_colon(const struct smp_tokens *t)
{
    size_t n = t->length;
    while (n && strchr(" \t", t->text[n - 1]))
        n--;
    return n && t->text[n - 1] == ':';
}

static enum smp_token_kind pass_name(struct smp_tokens *t, int first)
{
    const char *name = t->text + t->at;
    size_t n = 0;
    while (t->at + n < t->length && is_name(name[n]))
        n++;
    int attribute = t->at > 0 && name[-1] == '.';
    int defined = t->after_def;
    t->at += n;
    t->after_def = 0;
    if (attribute || t->skipping)
        return SMP_TOKEN_PLAIN;
    if (defined)
        return SMP_TOKEN_DEFINED;
    if (IS_LISTED(name, n, keywords)) {
        t->after_def = (n == 3 && memcmp(name, "def", 3) == 0) ||
                       (n == 5 && memcmp(name, "class", 5) == 0);
        return SMP_TOKEN_KEYWORD;
    }
    if (first && IS_LISTED(name, n, soft_keywords) && ends_with_colon(t))
        return SMP_TOKEN_KEYWORD;
    return IS_LISTED(name, n, builtins) ? SMP_TOKEN_BUILTIN : SMP_TOKEN_PLAIN;
}

/* 0x1F, 1_000, 1.5e-3j: the sign belongs to it only behind an exponent. */
static void pass_number(struct smp_tokens *t)
{
    int hexadecimal = peek(t, 0) == '0' && (peek(t, 1) | 0x20) == 'x';
    while (t->at < t->length) {
        char c = peek(t, 0);
        int exponent = !hexadecimal && (c | 0x20) == 'e' &&
                       (peek(t, 1) == '+' || peek(t, 1) == '-');
        if (!is_name(c) && c != '.')
            return;
        t->at += exponent ? 2 : 1;
    }
}

static void pass_decorator(struct smp_tokens *t)
{
    t->at++;
    while (t->at < t->length && (is_name(peek(t, 0)) || peek(t, 0) == '.'))
        t->at++;
}

static int begins_something(const struct smp_tokens *t)
{
    char c = peek(t, 0);
    return is_name(c) || c == '"' || c == '\'' || c == '#' || c == '@' ||
           (c == '.' && is_digit(peek(t, 1)));
}

static enum smp_token_kind pass_plain(struct smp_tokens *t)
{
    do {
        if (!strchr(" \t\f", peek(t, 0)))
            t->blank = 0;
        t->at++;
    } while (t->at < t->length && !begins_something(t));
    return SMP_TOKEN_PLAIN;
}

static enum smp_token_kind pass_token(struct smp_tokens *t)
{
    char c = peek(t, 0);
    int format, prefix = string_prefix(t, &format);
    int blank = t->blank;
    if (t->state != STATE_CODE) {
        pass_string(t);
        t->blank = 0;
        return SMP_TOKEN_STRING;
    }
    if (!begins_something(t) || (c == '@' && !blank))
        return pass_plain(t);
    t->blank = 0;
    if (prefix >= 0) {
        t->at += (size_t)prefix;
        open_string(t, format);
        pass_string(t);
        return SMP_TOKEN_STRING;
    }
    if (c == '#') {
        t->at = t->length;
        return SMP_TOKEN_COMMENT;
    }
    if (c == '@') {
        pass_decorator(t);
        return SMP_TOKEN_DECORATOR;
    }
    if (is_digit(c) || c == '.') {
        pass_number(t);
        return SMP_TOKEN_NUMBER;
    }
    return pass_name(t, blank);
}

void smp_tokens_init(struct smp_tokens *t, const char *line, size_t length,
                     smp_token_state state)
{
    *t = (struct smp_tokens){.text = line,
                             .length = length,
                             .state = state,
                             .blank = 1};
}

/* An empty line: an ordinary string that a backslash carried here ends. */
static int end_of_line(struct smp_tokens *t)
{
    if (t->length == 0 && t->state != STATE_CODE)
        end_line_in_string(t, 0);
    return 0;
}

int smp_tokens_next(struct smp_tokens *t, struct smp_token *out)
{
    if (t->at >= t->length)
        return end_of_line(t);
    size_t start = t->at;
    enum smp_token_kind kind = pass_token(t);
    *out = (struct smp_token){kind, start, t->at - start};
    return 1;
}

smp_token_state smp_tokens_skip(const char *line, size_t length,
                                smp_token_state state)
{
    struct smp_tokens t;
    struct smp_token token;
    smp_tokens_init(&t, line, length, state);
    t.skipping = 1;
    while (smp_tokens_next(&t, &token))
        continue;
    return t.state;
}
