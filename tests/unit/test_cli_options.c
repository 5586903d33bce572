/* links: src/cli/options.c src/cli/option_table.c src/cli/suggest.c
 * src/base/status.c */
/* Tests the options: the table, the values, and which source wins. */
#include "cli/options.h"

#include <stdlib.h>

#include "base/status.h"
#include "check.h"
#include "cli/suggest.h"

static char why[SMP_WHY];

static int set(struct smp_options *o, const char *name, const char *text,
               enum smp_level level)
{
    const struct smp_option *option = smp_option_find(name, strlen(name), 0);
    why[0] = '\0';
    return option ? smp_option_set(o, option, text, level, why) : 1;
}

static void test_table(void)
{
    for (size_t i = 0; i < smp_option_count; i++) {
        const struct smp_option *a = &smp_option_table[i];
        int flag = a->type == SMP_TYPE_FLAG;
        if (!CHECK(a->name && a->help && a->verbs))
            continue;
        CHECK(!strchr(a->name, '_') && strncmp(a->name, "no-", 3) != 0
                  ? 1
                  : strcmp(a->name, "no-browser") == 0);
        CHECK(flag ? !a->argument : 1);
        CHECK(a->type != SMP_TYPE_CHOICE || a->words);
        for (size_t j = 0; j < i; j++) {
            CHECK(strcmp(a->name, smp_option_table[j].name) != 0);
            CHECK(!a->letter || a->letter != smp_option_table[j].letter);
        }
    }
}

static void test_names(void)
{
    CHECK(smp_option_find("profile-all", 11, 0) != NULL);
    CHECK(smp_option_find("profile-all=x", 11, 0) != NULL);
    CHECK(smp_option_find("profile_all", 11, 0) == NULL);
    CHECK(smp_option_find("profile_all", 11, 1) != NULL);
    CHECK(smp_option_find("profile", 7, 0) == NULL);
    CHECK(smp_option_find("pid", 3, 0) != NULL);
    CHECK(smp_option_find("pid", 3, 1) == NULL);
    CHECK_STR(smp_option_by_letter('o')->name, "outfile");
    CHECK(smp_option_by_letter('z') == NULL);
    CHECK(smp_option_by_letter('\0') == NULL);
}

static void test_the_higher_level_wins_in_any_order(void)
{
    struct smp_options o;
    smp_options_init(&o);
    CHECK_INT(set(&o, "outfile", "line", SMP_LEVEL_COMMAND), 0);
    CHECK_INT(set(&o, "outfile", "project", SMP_LEVEL_PROJECT), 0);
    CHECK_STR(o.outfile, "line");
    CHECK_INT(set(&o, "width", "100", SMP_LEVEL_PROJECT), 0);
    CHECK_INT(set(&o, "column-width", "90", SMP_LEVEL_FILE), 0);
    CHECK_INT(set(&o, "width", "80", SMP_LEVEL_PROJECT), 0);
    CHECK_INT(o.width, 90);
    CHECK_INT(SMP_LEVEL_OF(&o, width), SMP_LEVEL_FILE);
    CHECK_INT(SMP_LEVEL_OF(&o, json), SMP_LEVEL_DEFAULT);
    smp_options_release(&o);
}

static void test_lists(void)
{
    struct smp_options o;
    smp_options_init(&o);
    CHECK_INT(set(&o, "profile-only", "a,,b", SMP_LEVEL_FILE), 0);
    CHECK_INT(set(&o, "profile-only", "c", SMP_LEVEL_FILE), 0);
    CHECK_INT(o.only.count, 3);
    CHECK_STR(o.only.items[1], "b");
    CHECK_STR(o.only.items[2], "c");
    CHECK_INT(set(&o, "profile-only", "d", SMP_LEVEL_COMMAND), 0);
    CHECK_INT(o.only.count, 1);
    CHECK_STR(o.only.items[0], "d");
    smp_options_release(&o);
}

static void test_wrong_values_change_nothing(void)
{
    struct smp_options o;
    smp_options_init(&o);
    CHECK_INT(set(&o, "cpu-sampling-rate", "0.5x", 3), SMP_EINVAL);
    CHECK_STR(why, "is a number from 0.0001 to 10, not '0.5x'");
    CHECK_INT(set(&o, "cpu-sampling-rate", "-1", 3), SMP_EINVAL);
    CHECK_INT(set(&o, "cpu-sampling-rate", "inf", 3), SMP_EINVAL);
    CHECK_INT(set(&o, "cpu-sampling-rate", "", 3), SMP_EINVAL);
    CHECK_NEAR(o.cpu_sampling_rate, 0.004, 0);
    CHECK_INT(set(&o, "cpu-sampling-rate", "1e-3", 3), 0);
    CHECK_NEAR(o.cpu_sampling_rate, 0.001, 0);
    CHECK_INT(set(&o, "color", "", 3), SMP_EINVAL);
    CHECK_INT(set(&o, "web", "true", 3), SMP_EINVAL);
    CHECK_INT(set(&o, "web", "false", 1), 0);
    CHECK_INT(set(&o, "pid", "false", 3), SMP_EINVAL);
    CHECK_INT(o.stacks, -1);
    CHECK_INT(set(&o, "stacks", "false", 3), 0);
    CHECK_INT(o.stacks, 0);
    smp_options_release(&o);
}

static const char *near(const char *wanted)
{
    struct smp_suggestion s;
    smp_suggest_init(&s, wanted, strlen(wanted));
    for (size_t i = 0; i < smp_option_count; i++)
        smp_suggest_try(&s, smp_option_table[i].name);
    return s.best;
}

static void test_suggestions(void)
{
    CHECK_STR(near("jsno"), "json");
    CHECK_STR(near("profile-al"), "profile-all");
    CHECK_STR(near("cpu-percent"), "cpu-percent-threshold");
    CHECK_STR(near("outfiel"), "outfile");
    CHECK_STR(near("colour"), "color");
    CHECK_STR(near("xyzzy"), NULL);
    CHECK_STR(near(""), NULL);
    char many[300];
    memset(many, 'a', sizeof many);
    many[sizeof many - 1] = '\0';
    CHECK_STR(near(many), NULL);
}

/* What is measured, for each pair of options at two levels. */
static int memory_with(const char *low, const char *low_text, const char *high,
                       const char *high_text)
{
    struct smp_options o;
    smp_options_init(&o);
    if (low)
        CHECK_INT(set(&o, low, low_text, SMP_LEVEL_FILE), 0);
    if (high)
        CHECK_INT(set(&o, high, high_text, SMP_LEVEL_COMMAND), 0);
    int memory = smp_options_memory(&o);
    smp_options_release(&o);
    return memory;
}

static void test_what_is_measured(void)
{
    CHECK_INT(memory_with(NULL, NULL, NULL, NULL), 1);
    CHECK_INT(memory_with(NULL, NULL, "memory", "true"), 1);
    CHECK_INT(memory_with(NULL, NULL, "memory", "false"), 0);
    CHECK_INT(memory_with(NULL, NULL, "cpu", "true"), 0);
    CHECK_INT(memory_with(NULL, NULL, "cpu-only", "true"), 0);
    CHECK_INT(memory_with(NULL, NULL, "gpu", "true"), 0);
    CHECK_INT(memory_with(NULL, NULL, "cpu", "false"), 1);
    CHECK_INT(memory_with("memory", "true", "cpu-only", "true"), 0);
    CHECK_INT(memory_with("memory", "false", "cpu", "false"), 0);
    CHECK_INT(memory_with("cpu", "true", "memory", "true"), 1);
    CHECK_INT(memory_with("memory", "true", "gpu", "true"), 1);
    struct smp_options o;
    smp_options_init(&o);
    set(&o, "cpu", "true", SMP_LEVEL_COMMAND);
    set(&o, "memory", "true", SMP_LEVEL_COMMAND);
    CHECK_INT(smp_options_memory(&o), 1);
    CHECK_INT(o.malloc_threshold, 100);
    CHECK_INT(set(&o, "allocation-sampling-window", "0", SMP_LEVEL_COMMAND),
              SMP_EINVAL);
    smp_options_release(&o);
}

int main(void)
{
    RUN(test_table);
    RUN(test_names);
    RUN(test_the_higher_level_wins_in_any_order);
    RUN(test_lists);
    RUN(test_wrong_values_change_nothing);
    RUN(test_suggestions);
    RUN(test_what_is_measured);
    return check_summary();
}
