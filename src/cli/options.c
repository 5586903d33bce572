/* The values of the options: defaults, checks, and which source wins. */
#include "cli/options.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

#define DEFAULT_THRESHOLD 1.0  /* percent */
#define DEFAULT_INTERVAL 0.004 /* CPU seconds */
#define DEFAULT_MALLOC_THRESHOLD 100
#define DEFAULT_COMPARE_THRESHOLD 10.0 /* percent */

void smp_options_init(struct smp_options *o)
{
    *o = (struct smp_options){
        .stacks = -1,
        .cpu_percent_threshold = DEFAULT_THRESHOLD,
        .cpu_sampling_rate = DEFAULT_INTERVAL,
        .malloc_threshold = DEFAULT_MALLOC_THRESHOLD,
        .compare_threshold = DEFAULT_COMPARE_THRESHOLD,
    };
}

void smp_options_release(struct smp_options *o)
{
    for (size_t i = 0; i < o->kept_count; i++)
        free(o->kept[i]);
    free(o->kept);
    free(o->only.items);
    free(o->exclude.items);
    smp_options_init(o);
}

const char *smp_options_keep(struct smp_options *o, const char *text)
{
    char **kept = realloc(o->kept, (o->kept_count + 1) * sizeof *kept);
    if (!kept)
        return NULL;
    o->kept = kept;
    char *copy = strdup(text);
    if (copy)
        o->kept[o->kept_count++] = copy;
    return copy;
}

/* 1 where the n characters are the option's name. */
static int is_name(const char *name, const char *text, size_t n, int config)
{
    if (strlen(name) != n)
        return 0;
    for (size_t i = 0; i < n; i++) {
        char c = config && text[i] == '_' ? '-' : text[i];
        if (c != name[i])
            return 0;
    }
    return 1;
}

const struct smp_option *smp_option_find(const char *name, size_t length,
                                         int config)
{
    for (size_t i = 0; i < smp_option_count; i++) {
        const struct smp_option *option = &smp_option_table[i];
        if ((option->config || !config) &&
            is_name(option->name, name, length, config))
            return option;
    }
    return NULL;
}

const struct smp_option *smp_option_by_letter(char letter)
{
    for (size_t i = 0; i < smp_option_count; i++)
        if (letter && smp_option_table[i].letter == letter)
            return &smp_option_table[i];
    return NULL;
}

enum smp_level smp_option_level(const struct smp_options *o, size_t offset)
{
    unsigned level = SMP_LEVEL_DEFAULT;
    for (size_t i = 0; i < smp_option_count; i++)
        if (smp_option_table[i].type != SMP_TYPE_LATER &&
            smp_option_table[i].offset == offset && o->level[i] > level)
            level = o->level[i];
    return (enum smp_level)level;
}

int smp_options_memory(const struct smp_options *o)
{
    enum smp_level memory = SMP_LEVEL_OF(o, memory);
    if (memory != SMP_LEVEL_DEFAULT &&
        (memory >= SMP_LEVEL_OF(o, cpu) || !o->cpu))
        return o->memory;
    return !o->cpu && !o->gpu;
}

static int parse_flag(const char *text, int *out, char why[SMP_WHY])
{
    static const char *const yes[] = {"true", "yes", "on", "1"};
    static const char *const no[] = {"false", "no", "off", "0"};
    for (size_t i = 0; i < 4; i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *out = strcmp(text, yes[i]) == 0;
            return 0;
        }
    }
    snprintf(why, SMP_WHY, "is true or false, not '%s'", text);
    return SMP_EINVAL;
}

static int parse_number(const struct smp_option *option, const char *text,
                        double *out, char why[SMP_WHY])
{
    char *end;
    double value = strtod(text, &end);
    int whole = option->type == SMP_TYPE_WHOLE;
    if (end == text || *end || isnan(value) || value < option->low ||
        value > option->high || (whole && value != floor(value))) {
        snprintf(why, SMP_WHY, "is a %snumber from %.10g to %.10g, not '%s'",
                 whole ? "whole " : "", option->low, option->high, text);
        return SMP_EINVAL;
    }
    *out = value;
    return 0;
}

static int parse_word(const struct smp_option *option, const char *text,
                      int *out, char why[SMP_WHY])
{
    char all[SMP_WHY / 2] = "";
    for (int i = 0; option->words[i]; i++) {
        if (*text && strcmp(option->words[i], text) == 0) {
            *out = i;
            return 0;
        }
        size_t n = strlen(all);
        if (*option->words[i])
            snprintf(all + n, sizeof all - n, "%s%s", n ? ", " : "",
                     option->words[i]);
    }
    snprintf(why, SMP_WHY, "is one of %s, not '%s'", all, text);
    return SMP_EINVAL;
}

static int list_add(struct smp_options *o, struct smp_list *list,
                    const char *text)
{
    const char *kept = smp_options_keep(o, text);
    if (!kept)
        return SMP_ENOMEM;
    char *rest = (char *)kept; /* our copy: cut at its commas */
    for (char *item; (item = strsep(&rest, ","));) {
        if (!*item)
            continue;
        const char **items =
            realloc(list->items, (list->count + 1) * sizeof *items);
        if (!items)
            return SMP_ENOMEM;
        list->items = items;
        list->items[list->count++] = item;
    }
    return 0;
}

/* A parsed value, before it is known whether it is stored. */
struct value {
    int whole;
    double number;
};

static int check(const struct smp_option *option, const char *text,
                 struct value *v, char why[SMP_WHY])
{
    int status = 0;
    switch (option->type) {
    case SMP_TYPE_FLAG:
        return parse_flag(text, &v->whole, why);
    case SMP_TYPE_NUMBER:
        return parse_number(option, text, &v->number, why);
    case SMP_TYPE_WHOLE:
        status = parse_number(option, text, &v->number, why);
        v->whole = status ? 0 : (int)v->number;
        return status;
    case SMP_TYPE_CHOICE:
        return parse_word(option, text, &v->whole, why);
    case SMP_TYPE_LATER:
        if (!option->argument && parse_flag(text, &v->whole, why) == 0 &&
            !v->whole)
            return 0;
        snprintf(why, SMP_WHY, "comes with a later version: %s", option->help);
        return SMP_EINVAL;
    case SMP_TYPE_TEXT:
    case SMP_TYPE_PATH:
    case SMP_TYPE_LIST:
        if (*text)
            return 0;
        snprintf(why, SMP_WHY, "must not be empty");
        return SMP_EINVAL;
    }
    return SMP_EINVAL;
}

static int store(struct smp_options *o, const struct smp_option *option,
                 const char *text, const struct value *v, int anew)
{
    void *field = (char *)o + option->offset;
    switch (option->type) {
    case SMP_TYPE_FLAG:
    case SMP_TYPE_WHOLE:
    case SMP_TYPE_CHOICE:
        *(int *)field = v->whole;
        return 0;
    case SMP_TYPE_NUMBER:
        *(double *)field = v->number;
        return 0;
    case SMP_TYPE_TEXT:
    case SMP_TYPE_PATH:
        *(const char **)field = smp_options_keep(o, text);
        return *(const char **)field ? 0 : SMP_ENOMEM;
    case SMP_TYPE_LIST:
        if (anew)
            ((struct smp_list *)field)->count = 0;
        return list_add(o, field, text);
    case SMP_TYPE_LATER:
        return 0;
    }
    return SMP_EINVAL;
}

int smp_option_set(struct smp_options *o, const struct smp_option *option,
                   const char *text, enum smp_level level, char why[SMP_WHY])
{
    struct value v = {0};
    int status = check(option, text, &v, why);
    if (status)
        return status;
    size_t index = (size_t)(option - smp_option_table);
    /* Two names of one value share its level. */
    enum smp_level before = option->type == SMP_TYPE_LATER
                                ? SMP_LEVEL_DEFAULT
                                : smp_option_level(o, option->offset);
    if (level < before)
        return 0;
    status = store(o, option, text, &v, level > before);
    if (status) {
        snprintf(why, SMP_WHY, "%s", smp_status_text(status));
        return status;
    }
    o->level[index] = (unsigned char)level;
    return 0;
}

int smp_options_signal(const struct smp_options *o)
{
    static const int numbers[] = {0,      SIGUSR1, SIGUSR2,
                                  SIGHUP, SIGALRM, SIGWINCH};
    return numbers[o->snapshot_signal]; /* as the words in option_table.c */
}
