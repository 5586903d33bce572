/* The command line: from argv to a verb, its options and its words. */
#include "cli/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/status.h"
#include "cli/config.h"
#include "cli/say.h"
#include "cli/suggest.h"

/* Where the parser is. */
struct parser {
    struct smp_call *call;
    int argc, at;
    char **argv;
    int ended; /* "---" or "--" was met: no more options of ours */
};

const struct smp_verb *smp_verb_find(const char *name)
{
    for (size_t i = 0; i < smp_verb_count; i++)
        if (strcmp(smp_verb_table[i].name, name) == 0)
            return &smp_verb_table[i];
    return NULL;
}

static int add_word(struct parser *p, char *word)
{
    p->call->words[p->call->word_count++] = word;
    return 0;
}

/* The rest of the line is the program and its arguments. In Scalene's syntax,
 * `prog.py --- --its-options`, the "---" behind the program is no argument. */
static int take_program(struct parser *p)
{
    while (p->at < p->argc) {
        char *word = p->argv[p->at++];
        int second = p->call->word_count == 1 && !p->ended;
        if (second && strcmp(word, "---") == 0)
            continue;
        add_word(p, word);
    }
    return 0;
}

static int set(struct parser *p, const struct smp_option *option,
               const char *text)
{
    char why[SMP_WHY];
    int status =
        smp_option_set(&p->call->options, option, text, SMP_LEVEL_COMMAND, why);
    if (!status)
        return 0;
    return smp_say_usage("--%s %s", option->name, why);
}

static int unknown(const char *word, size_t length)
{
    struct smp_suggestion s;
    smp_suggest_init(&s, word + 2, length > 2 ? length - 2 : 0);
    for (size_t i = 0; i < smp_option_count; i++)
        if (smp_option_table[i].group != SMP_GROUP_HIDDEN)
            smp_suggest_try(&s, smp_option_table[i].name);
    if (word[1] != '-')
        return smp_say_usage("unknown option %s; python's own options go "
                             "after python: " SMP_CLI_NAME
                             " python %s your_prog.py",
                             word, word);
    if (s.best)
        return smp_say_usage("unknown option %.*s; did you mean --%s?",
                             (int)length, word, s.best);
    return smp_say_usage("unknown option %.*s; " SMP_CLI_NAME
                         " --help lists them",
                         (int)length, word);
}

static int is_option(const char *word)
{
    size_t n = strcspn(word, "=");
    return strncmp(word, "--", 2) == 0 && n > 2 &&
           smp_option_find(word + 2, n - 2, 0) != NULL;
}

/* The value of an option that takes one: behind '=', or the next word. */
static int set_with_value(struct parser *p, const struct smp_option *option,
                          const char *value)
{
    if (value)
        return set(p, option, value);
    if (p->at >= p->argc || is_option(p->argv[p->at]))
        return smp_say_usage("--%s needs a value: --%s %s", option->name,
                             option->name, option->argument);
    return set(p, option, p->argv[p->at++]);
}

static int long_option(struct parser *p, const char *word)
{
    size_t length = strcspn(word, "=");
    const char *value = word[length] ? word + length + 1 : NULL;
    const struct smp_option *option = smp_option_find(word + 2, length - 2, 0);
    const char *flag = "true";
    if (!option && strncmp(word, "--no-", 5) == 0) {
        option = smp_option_find(word + 5, length - 5, 0);
        if (option && option->type != SMP_TYPE_FLAG)
            option = NULL;
        flag = "false";
    }
    if (!option)
        return unknown(word, length);
    if (option->argument)
        return set_with_value(p, option, value);
    if (value)
        return smp_say_usage("--%s takes no value", option->name);
    return set(p, option, flag);
}

/* -o FILE, -oFILE, -h. */
static int letter_option(struct parser *p, const char *word)
{
    const struct smp_option *option = smp_option_by_letter(word[1]);
    if (!option)
        return unknown(word, strlen(word));
    if (option->argument)
        return set_with_value(p, option, word[2] ? word + 2 : NULL);
    if (word[2])
        return unknown(word, strlen(word));
    return set(p, option, "true");
}

/* Whether the word behind -c names a config file and is not Python code: its
 * name ends as YAML files' do, and no code that does anything reads like it. */
static int is_config_name(const char *text)
{
    size_t n = strlen(text);
    struct stat st;
    int yaml = (n > 5 && strcmp(text + n - 5, ".yaml") == 0) ||
               (n > 4 && strcmp(text + n - 4, ".yml") == 0);
    return yaml && (stat(text, &st) == 0 || !strpbrk(text, " \t\n()=;\"'"));
}

/* -c FILE.yaml: 1 where it was one and was taken, with the exit code. */
static int take_config(struct parser *p, int *code)
{
    const char *word = p->argv[p->at];
    if (strcmp(word, "-c") != 0 || p->at + 1 >= p->argc ||
        !is_config_name(p->argv[p->at + 1]))
        return 0;
    p->at += 2;
    *code = set(p, smp_option_find("config", 6, 0), p->argv[p->at - 1]);
    return 1;
}

/* 1 where the word begins a program as python's own command line does. */
static int begins_program(const char *word)
{
    return strcmp(word, "-") == 0 || strncmp(word, "-m", 2) == 0 ||
           strncmp(word, "-c", 2) == 0;
}

/* A word that is no option: a verb, a program or a verb's word. */
static int take_word(struct parser *p, int *verb_given)
{
    char *word = p->argv[p->at];
    const struct smp_verb *verb = smp_verb_find(word);
    if (verb && !*verb_given && !p->ended) {
        p->call->verb = verb;
        *verb_given = 1;
        p->at++;
        return 0;
    }
    if (p->call->verb->bit & SMP_FOR_RUN)
        return take_program(p);
    p->at++;
    return add_word(p, word);
}

static int take_option(struct parser *p)
{
    char *word = p->argv[p->at];
    int code = 0;
    int runs = p->call->verb->bit & SMP_FOR_RUN;
    if (take_config(p, &code))
        return code;
    if (runs && begins_program(word))
        return take_program(p);
    p->at++;
    if (strcmp(word, "-") == 0)
        return add_word(p, word);
    return word[1] == '-' ? long_option(p, word) : letter_option(p, word);
}

static int take_all(struct parser *p)
{
    int code = 0, verb_given = 0;
    while (p->at < p->argc && !code) {
        const char *word = p->argv[p->at];
        int end = strcmp(word, "---") == 0 || strcmp(word, "--") == 0;
        if (end && !p->ended) {
            p->ended = 1;
            p->at++;
            if (p->call->verb->bit & SMP_FOR_RUN)
                return take_program(p);
        } else if (word[0] == '-' && !p->ended) {
            code = take_option(p);
        } else {
            code = take_word(p, &verb_given);
        }
    }
    return code;
}

/* An option given on the command line must be one for the verb. */
static int check_verb(const struct smp_call *call)
{
    for (size_t i = 0; i < smp_option_count; i++) {
        const struct smp_option *option = &smp_option_table[i];
        if (call->options.level[i] == SMP_LEVEL_COMMAND &&
            !(option->verbs & call->verb->bit))
            return smp_say_usage("--%s is not for %s; " SMP_CLI_NAME
                                 " --help tells what is",
                                 option->name, call->verb->name);
    }
    return 0;
}

/* A format asked for nearer to the person replaces one from a config file. */
static void settle_format(struct smp_options *o)
{
    enum smp_level cli = SMP_LEVEL_OF(o, cli), json = SMP_LEVEL_OF(o, json);
    if (cli < json)
        o->cli = 0;
    if (json < cli)
        o->json = 0;
}

int smp_parse(struct smp_call *call, int argc, char **argv)
{
    struct parser p = {.call = call, .argc = argc, .at = 1, .argv = argv};
    *call = (struct smp_call){.verb = smp_verb_table};
    smp_options_init(&call->options);
    call->words = calloc((size_t)argc + 1, sizeof *call->words);
    if (!call->words)
        return smp_say_usage("%s", smp_status_text(SMP_ENOMEM));
    int code = take_all(&p);
    if (code)
        return code;
    if (call->options.help || call->options.version)
        return 0;
    code = check_verb(call);
    if (!code)
        code = smp_config_read(&call->options);
    settle_format(&call->options);
    return code;
}

void smp_call_release(struct smp_call *call)
{
    free(call->words);
    smp_options_release(&call->options);
    *call = (struct smp_call){0};
}
