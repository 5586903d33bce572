/* [tool.solvidia-mem-prof] of pyproject.toml: a reader of that table alone.
 *
 * It knows strings of one line, numbers, true, false and arrays of strings.
 * Everything in other tables is skipped without being understood, strings of
 * several lines included, because other tools own it. */
#include <string.h>

#include "cli/config.h"
#include "cli/say.h"

#define WORD_BYTES 4096 /* of a key or a value */

struct toml {
    struct smp_config *config;
    const char *at, *end;
    int line;
    int ours; /* 1: inside the table that is ours */
    char word[WORD_BYTES];
};

static int at_end(const struct toml *t)
{
    return t->at >= t->end;
}

static int looks(const struct toml *t, const char *text)
{
    size_t n = strlen(text);
    return (size_t)(t->end - t->at) >= n && memcmp(t->at, text, n) == 0;
}

static void step(struct toml *t)
{
    t->line += *t->at++ == '\n';
}

static void skip_blanks(struct toml *t, int lines)
{
    while (!at_end(t)) {
        if (*t->at == '#')
            while (!at_end(t) && *t->at != '\n')
                step(t);
        else if (strchr(" \t\r", *t->at) || (lines && *t->at == '\n'))
            step(t);
        else
            return;
    }
}

/* Past a string of any of the four kinds; the place is at its quote. */
static void skip_string(struct toml *t)
{
    char quote = *t->at;
    const char three[4] = {quote, quote, quote, '\0'};
    int many = looks(t, three);
    t->at += many ? 3 : 1;
    while (!at_end(t)) {
        if (*t->at == '\\' && quote == '"' && t->end - t->at > 1) {
            step(t);
        } else if (many ? looks(t, three) : *t->at == quote) {
            t->at += many ? 3 : 1;
            return;
        } else if (!many && *t->at == '\n') {
            return; /* damaged: it ends with its line */
        }
        step(t);
    }
}

/* Past a statement of another table: to the end of its line, or of the last
 * line of its arrays, tables and strings. */
static void skip_statement(struct toml *t)
{
    int depth = 0;
    while (!at_end(t) && (depth > 0 || *t->at != '\n')) {
        if (*t->at == '#') {
            skip_blanks(t, 0);
        } else if (*t->at == '"' || *t->at == '\'') {
            skip_string(t);
        } else {
            depth += (*t->at == '[') + (*t->at == '{');
            depth -= (*t->at == ']') + (*t->at == '}');
            step(t);
        }
    }
}

static int wrong(const struct toml *t, const char *what)
{
    return smp_say_usage("%s:%d: %s", t->config->path, t->line, what);
}

/* The character that a backslash and `c` stand for; 0: not one we know. */
static char unescape(char c)
{
    static const char from[] = "\"\\nrtbf", to[] = "\"\\\n\r\t\b\f";
    const char *found = c ? strchr(from, c) : NULL;
    return found ? to[found - from] : '\0';
}

/* A string of one line, into t->word. 0 or an exit code. */
static int take_string(struct toml *t)
{
    char quote = *t->at;
    size_t n = 0;
    if (looks(t, "\"\"\"") || looks(t, "'''"))
        return wrong(t, "a string of one line expected");
    t->at++;
    while (!at_end(t) && *t->at != quote) {
        char c = *t->at++;
        if (c == '\\' && quote == '"' && !at_end(t))
            c = unescape(*t->at++);
        if (c == '\n' || c == '\0' || n + 1 >= sizeof t->word)
            return wrong(t, "a string of one line expected");
        t->word[n++] = c;
    }
    if (at_end(t))
        return wrong(t, "a string without its end");
    t->at++;
    t->word[n] = '\0';
    return 0;
}

/* A bare word (key, number, true) or a string, into t->word. */
static int take_word(struct toml *t)
{
    if (!at_end(t) && (*t->at == '"' || *t->at == '\''))
        return take_string(t);
    size_t n = 0;
    while (!at_end(t) && n + 1 < sizeof t->word &&
           !strchr(" \t\r\n=,]#[{}\"'", *t->at)) {
        t->word[n++] = *t->at;
        step(t);
    }
    t->word[n] = '\0';
    return n ? 0
             : wrong(t, "a string, a number, true, false or a list of "
                        "strings expected");
}

static int take_array(struct toml *t, const char *key)
{
    t->at++;
    for (;;) {
        skip_blanks(t, 1);
        if (!at_end(t) && *t->at == ']') {
            t->at++;
            return 0;
        }
        int line = t->line;
        int code = take_word(t);
        if (!code)
            code = smp_config_key(t->config, line, key, t->word);
        if (code)
            return code;
        skip_blanks(t, 1);
        if (!at_end(t) && *t->at == ',')
            t->at++;
        else if (at_end(t) || *t->at != ']')
            return wrong(t, "',' or ']' expected");
    }
}

/* key = value, in our table. */
static int take_pair(struct toml *t)
{
    char key[WORD_BYTES];
    int line = t->line;
    int code = take_word(t);
    if (code)
        return code;
    memcpy(key, t->word, sizeof key);
    skip_blanks(t, 0);
    if (at_end(t) || *t->at != '=')
        return wrong(t, "'option = value' expected");
    t->at++;
    skip_blanks(t, 0);
    if (!at_end(t) && *t->at == '[') {
        code = take_array(t, key);
    } else {
        code = take_word(t);
        if (!code)
            code = smp_config_key(t->config, line, key, t->word);
    }
    skip_blanks(t, 0);
    if (!code && !at_end(t) && *t->at != '\n')
        code = wrong(t, "the end of the line expected");
    return code;
}

/* [tool.solvidia-mem-prof], with blanks and quotes where TOML allows them. */
static void take_header(struct toml *t)
{
    static const char *const parts[] = {"tool", SMP_CLI_NAME};
    const char *line = t->at;
    t->ours = 0;
    t->at++;
    for (int i = 0; i < 2; i++) {
        skip_blanks(t, 0);
        char quote = !at_end(t) && strchr("\"'", *t->at) ? *t->at++ : '\0';
        size_t n = strlen(parts[i]);
        if (!looks(t, parts[i]))
            break;
        t->at += n;
        if (quote && (at_end(t) || *t->at++ != quote))
            break;
        skip_blanks(t, 0);
        if (at_end(t) || *t->at++ != (i ? ']' : '.'))
            break;
        t->ours = i;
    }
    if (t->ours)
        return;
    t->at = line; /* another table: its name is not ours to check */
    while (!at_end(t) && *t->at != '\n')
        step(t);
}

int smp_config_toml(struct smp_config *c, const struct smp_buf *text)
{
    struct toml t = {.config = c,
                     .at = text->data,
                     .end = text->data + text->length,
                     .line = 1};
    int code = 0;
    while (!code) {
        skip_blanks(&t, 1);
        if (at_end(&t))
            return 0;
        if (*t.at == '[')
            take_header(&t);
        else if (t.ours)
            code = take_pair(&t);
        else
            skip_statement(&t);
    }
    return code;
}
