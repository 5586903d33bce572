/* links: src/model/profile.c src/model/profile_samples.c
   src/model/profile_valid.c src/model/utf8.c src/model/kind.c
   src/model/profile_memory.c src/model/profile_rows.c src/base/map.c */
/* The profile: interning, text, the timeline's bins, validity. */
#include "base/status.h"
#include "check.h"
#include "model/utf8.h"
#include "profiles.h"

static void empty_profile_has_its_zero_elements(void)
{
    struct smp_profile *p = smp_profile_new();
    CHECK_INT(p->string_count, 1);
    CHECK_STR(smp_profile_text(p, 0), "");
    CHECK_INT(p->stack_count, 1);
    CHECK_INT(smp_profile_string(p, ""), 0);
    CHECK(smp_profile_is_valid(p));
    smp_profile_free(p);
    smp_profile_free(NULL);
}

static void things_are_stored_once(void)
{
    struct smp_profile *p = smp_profile_new();
    uint32_t a = add_file(p, "/a.py", SMP_FILE_SOURCE, 1);
    CHECK_INT(add_file(p, "/a.py", SMP_FILE_SOURCE, 1), a);
    CHECK(add_file(p, "/a.py", SMP_FILE_NATIVE, 0) != a);
    uint32_t f = add_function(p, "f", a, 3);
    CHECK_INT(add_function(p, "f", a, 3), f);
    CHECK(add_function(p, "f", a, 4) != f);
    uint32_t s = push(p, 0, f, 5);
    CHECK_INT(push(p, 0, f, 5), s);
    CHECK(push(p, s, f, 5) != s);
    CHECK_INT(smp_profile_string_n(p, "/a.pyc", 5),
              smp_profile_string(p, "/a.py"));
    CHECK(smp_profile_string(p, "/a.p") != smp_profile_string(p, "/a.py"));
    CHECK(smp_profile_is_valid(p));
    smp_profile_free(p);
}

static void many_strings_keep_their_numbers(void)
{
    struct smp_profile *p = smp_profile_new();
    char text[32];
    for (uint32_t i = 1; i <= 20000; i++) {
        snprintf(text, sizeof text, "name-%u", i);
        if (!CHECK_INT(smp_profile_string(p, text), i))
            break;
    }
    CHECK_INT(smp_profile_string(p, "name-7777"), 7777);
    CHECK_STR(smp_profile_text(p, 12345), "name-12345");
    smp_profile_free(p);
}

static void none_goes_through_nested_calls(void)
{
    struct smp_profile *p = smp_profile_new();
    CHECK_INT(smp_profile_file(p, SMP_NONE, SMP_FILE_SOURCE), SMP_NONE);
    CHECK_INT(add_function(p, "f", SMP_NONE, 1), SMP_NONE);
    CHECK_INT(push(p, 0, SMP_NONE, 1), SMP_NONE);
    CHECK_INT(smp_profile_stack(p, SMP_NONE, SMP_NONE), SMP_NONE);
    CHECK_INT(smp_profile_stack(p, 0, SMP_NONE), SMP_NONE);
    CHECK_INT(add_thread(p, SMP_NONE, 1, 1), SMP_NONE);
    CHECK_STR(smp_profile_text(p, SMP_NONE), "");
    CHECK(smp_profile_is_valid(p));
    smp_profile_free(p);
}

static void text_becomes_utf8(void)
{
    static const char *const pairs[][2] = {
        {"plain", "plain"},
        {"caf\xc3\xa9", "caf\xc3\xa9"},
        {"latin \xe9!", "latin \xef\xbf\xbd!"},
        {"\xed\xa0\x80",
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* surrogate */
        {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"}, /* overlong */
        {"\xf4\x90\x80\x80x",
         "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx"},
        {"cut \xe2\x82", "cut \xef\xbf\xbd\xef\xbf\xbd"},
        {"long enough for words \xff", "long enough for words \xef\xbf\xbd"},
    };
    struct smp_profile *p = smp_profile_new();
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        CHECK_STR(smp_profile_text(p, smp_profile_string(p, pairs[i][0])),
                  pairs[i][1]);
    uint32_t nul = smp_profile_string_n(p, "a\0b", 3);
    CHECK_STR(smp_profile_text(p, nul), "a\xef\xbf\xbd"
                                        "b");
    CHECK(smp_profile_is_valid(p));
    smp_profile_free(p);
}

static void sources_become_utf8(void)
{
    struct smp_profile *p = smp_profile_new();
    uint32_t f = add_file(p, "/a.py", SMP_FILE_SOURCE, 1);
    smp_profile_set_source(p, f, owned_text("x = '\xe9'"), 7, "00ff");
    CHECK_STR(p->files[f].source, "x = '\xef\xbf\xbd'");
    CHECK_INT(p->files[f].source_length, 9);
    CHECK_STR(p->files[f].hash, "00ff");
    smp_profile_set_source(p, f, owned_text("y"), 1, NULL);
    CHECK_STR(p->files[f].source, "y");
    CHECK_STR(p->files[f].hash, "");
    CHECK(smp_profile_is_valid(p));
    smp_profile_free(p);
}

/* A profile with one thread and one stack of one frame. */
static struct smp_profile *one_line(void)
{
    struct smp_profile *p = smp_profile_new();
    add_thread(p, add_process(p, 1, SMP_NONE), 1, 1);
    push(p, 0,
         add_function(p, "f", add_file(p, "/a.py", SMP_FILE_SOURCE, 1), 1), 2);
    return p;
}

static double all_seconds(const struct smp_profile *p)
{
    double s = 0;
    for (size_t i = 0; i < p->sample_count; i++)
        s += p->samples[i].seconds;
    return s;
}

static uint64_t all_counts(const struct smp_profile *p)
{
    uint64_t n = 0;
    for (size_t i = 0; i < p->sample_count; i++)
        n += p->samples[i].count;
    return n;
}

static void samples_of_one_bin_merge(void)
{
    struct smp_profile *p = one_line();
    add_sample(p, 0.001, 0, 1, SMP_KIND_PYTHON, 0.5);
    add_sample(p, 0.009, 0, 1, SMP_KIND_PYTHON, 0.25);
    CHECK_INT(p->sample_count, 1);
    add_sample(p, 0.011, 0, 1, SMP_KIND_PYTHON, 1);
    add_sample(p, 0.011, 0, 1, SMP_KIND_NATIVE, 1);
    add_sample(p, 0.011, 0, 0, SMP_KIND_NATIVE, 1);
    add_sample(p, -3, 0, 1, SMP_KIND_PYTHON, 1);
    CHECK_INT(p->sample_count, 4);
    CHECK_NEAR(p->samples[0].seconds, 1.75, 1e-12);
    CHECK_INT(p->samples[0].count, 3);
    CHECK_INT(p->samples[1].bin, 1);
    smp_profile_free(p);
}

static void bad_samples_are_refused(void)
{
    struct smp_profile *p = one_line();
    CHECK_INT(add_sample(p, 0, 1, 1, SMP_KIND_PYTHON, 1), SMP_EINVAL);
    CHECK_INT(add_sample(p, 0, 0, 2, SMP_KIND_PYTHON, 1), SMP_EINVAL);
    CHECK_INT(add_sample(p, 0, 0, 1, SMP_KIND_COUNT, 1), SMP_EINVAL);
    CHECK_INT(add_sample(p, 0, 0, 1, SMP_KIND_PYTHON, -1), SMP_EINVAL);
    CHECK_INT(add_sample(p, NAN, 0, 1, SMP_KIND_PYTHON, 1), SMP_EINVAL);
    CHECK_INT(add_sample(p, 0, 0, 1, SMP_KIND_PYTHON, INFINITY), SMP_EINVAL);
    CHECK_INT(add_sample(p, 1e300, 0, 1, SMP_KIND_PYTHON, 1), SMP_EINVAL);
    CHECK_INT(p->sample_count, 0);
    smp_profile_free(p);
}

static void bins_double_and_nothing_is_lost(void)
{
    struct smp_profile *p = one_line();
    for (int i = 0; i < 4096; i++)
        add_sample(p, (i + 0.5) * 0.01, 0, 1, SMP_KIND_PYTHON, 0.01);
    CHECK_NEAR(p->bin_s, 0.01, 0);
    CHECK_INT(p->sample_count, 4096);
    add_sample(p, 40.965, 0, 1, SMP_KIND_PYTHON, 0.01);
    CHECK_NEAR(p->bin_s, 0.02, 0);
    CHECK_INT(p->sample_count, 2049);
    CHECK_INT(p->samples[1000].bin, 1000);
    CHECK_INT(p->samples[1000].count, 2);
    CHECK_NEAR(all_seconds(p), 40.97, 1e-9);
    add_sample(p, 86400, 0, 1, SMP_KIND_PYTHON, 0.01);
    CHECK(86400 / p->bin_s < SMP_BIN_LIMIT);
    CHECK(86400 / p->bin_s * 2 >= SMP_BIN_LIMIT);
    CHECK_INT(all_counts(p), 4098);
    CHECK_NEAR(all_seconds(p), 40.98, 1e-9);
    CHECK(smp_profile_is_valid(p));
    smp_profile_free(p);
}

static void a_far_time_makes_one_bin(void)
{
    struct smp_profile *p = one_line();
    add_sample(p, 5, 0, 1, SMP_KIND_PYTHON, 1);
    CHECK_INT(add_sample(p, 9e11, 0, 1, SMP_KIND_PYTHON, 1), 0);
    CHECK_INT(p->sample_count, 2);
    CHECK(smp_profile_is_valid(p));
    smp_profile_free(p);
}

/* A million samples from 5,000 stacks and 4 threads over an hour. */
static void a_million_samples_are_fast_and_bounded(void)
{
    struct smp_profile *p = one_line();
    uint64_t seed = 42;
    uint32_t stacks[5000];
    for (int i = 0; i < 3; i++)
        add_thread(p, 0, i + 2, 0);
    for (uint32_t i = 0; i < 5000; i++)
        stacks[i] = push(p, i % 7 ? stacks[i - 1] : 0, 0, i + 1);
    double start_s = cpu_now_s();
    for (int i = 0; i < 1000000; i++)
        add_sample(p, i * 0.0036, random_below(&seed, 4),
                   stacks[random_below(&seed, 5000)], SMP_KIND_PYTHON, 0.01);
    double took_s = cpu_now_s() - start_s;
    printf("1,000,000 samples added in %.3f s, %zu kept, bins of %g s\n",
           took_s, p->sample_count, p->bin_s);
    CHECK(took_s < 5); /* far below 1 s without sanitizers */
    CHECK_INT(all_counts(p), 1000000);
    CHECK_NEAR(all_seconds(p), 10000, 1e-3);
    CHECK(smp_profile_is_valid(p));
    smp_profile_free(p);
}

static void the_sample_limit_holds(void)
{
    struct smp_profile *p = one_line();
    uint32_t stacks[1000];
    for (uint32_t i = 0; i < 1000; i++)
        stacks[i] = push(p, 0, 0, i + 1);
    for (uint32_t i = 0; i < 2500000; i++)
        if (add_sample(p, i / 1000 * 0.01, 0, stacks[i % 1000], SMP_KIND_PYTHON,
                       0.001) != 0)
            break;
    CHECK(p->sample_count <= SMP_SAMPLE_LIMIT);
    CHECK_INT(all_counts(p), 2500000);
    CHECK_NEAR(p->bin_s, 0.16, 0); /* 2,500 bins of 1,000 rows, by 16 */
    smp_profile_free(p);
}

static void more_than_one_bin_can_hold_is_said(void)
{
    struct smp_profile *p = one_line();
    uint32_t stacks[1001];
    for (uint32_t i = 0; i <= 1000; i++)
        stacks[i] = push(p, 0, 0, i + 1);
    for (int i = 1; i < 1000; i++)
        add_thread(p, 0, i, 0);
    for (uint32_t i = 0; i < SMP_SAMPLE_LIMIT; i++)
        add_sample(p, 0, i / 1000, stacks[i % 1000], SMP_KIND_PYTHON, 1);
    CHECK_INT(p->sample_count, SMP_SAMPLE_LIMIT);
    CHECK_INT(add_sample(p, 0, 0, stacks[1000], SMP_KIND_PYTHON, 1), SMP_EFULL);
    CHECK_INT(add_sample(p, 0, 0, stacks[999], SMP_KIND_PYTHON, 1), 0);
    CHECK(smp_profile_is_valid(p));
    smp_profile_free(p);
}

static void random_profiles_are_valid(void)
{
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct smp_profile *p = random_profile(seed);
        CHECK(smp_profile_is_valid(p));
        check_same_profile(p, p);
        smp_profile_free(p);
    }
}

/* Breaks one field, expects "not valid", puts it back. */
#define CHECK_BREAKS(field, value)                                             \
    do {                                                                       \
        __typeof__(field) kept_ = (field);                                     \
        (field) = (value);                                                     \
        CHECK(!smp_profile_is_valid(p));                                       \
        (field) = kept_;                                                       \
        CHECK(smp_profile_is_valid(p));                                        \
    } while (0)

static void damage_is_seen(void)
{
    struct smp_profile *p = random_profile(7);
    CHECK_BREAKS(p->files[0].path, (uint32_t)p->string_count);
    CHECK_BREAKS(p->files[0].kind, 3);
    CHECK_BREAKS(p->files[0].hash[0], 'X');
    CHECK_BREAKS(p->functions[0].file, (uint32_t)p->file_count);
    CHECK_BREAKS(p->frames[0].function, SMP_NONE);
    CHECK_BREAKS(p->frames[0].line, UINT32_MAX);
    CHECK_BREAKS(p->stacks[0].frame, 0);
    CHECK_BREAKS(p->stacks[3].parent, 3);
    CHECK_BREAKS(p->stacks[3].frame, (uint32_t)p->frame_count);
    CHECK_BREAKS(p->processes[0].parent, 0);
    CHECK_BREAKS(p->processes[0].parent, (uint32_t)p->process_count);
    CHECK_BREAKS(p->processes[1].cpu_user_s, NAN);
    CHECK_BREAKS(p->threads[0].process, SMP_NONE);
    CHECK_BREAKS(p->threads[0].main, 2);
    CHECK_BREAKS(p->samples[0].stack, (uint32_t)p->stack_count);
    CHECK_BREAKS(p->samples[0].bin, SMP_BIN_LIMIT);
    CHECK_BREAKS(p->samples[0].kind, SMP_KIND_COUNT);
    CHECK_BREAKS(p->samples[0].seconds, -1);
    CHECK_BREAKS(p->bin_s, 0);
    CHECK_BREAKS(p->command, (uint32_t)p->string_count);
    CHECK_BREAKS(p->strings[2][0], '\xff');
    smp_profile_free(p);
}

static void process_cycles_are_seen(void)
{
    struct smp_profile *p = smp_profile_new();
    for (uint32_t i = 0; i < 50000; i++)
        add_process(p, 1, i ? i - 1 : SMP_NONE);
    CHECK(smp_profile_is_valid(p));
    p->processes[0].parent = 49999;
    CHECK(!smp_profile_is_valid(p));
    p->processes[0].parent = SMP_NONE;
    p->processes[10].parent = 12;
    CHECK(!smp_profile_is_valid(p));
    smp_profile_free(p);
}

static void kinds_have_names(void)
{
    for (int i = 0; i < SMP_KIND_COUNT; i++)
        CHECK_INT(smp_kind_from_name(smp_kind_name((enum smp_kind)i)), i);
    CHECK_INT(smp_kind_from_name("nothing"), SMP_KIND_COUNT);
    CHECK_STR(smp_kind_words(SMP_KIND_WAIT_GIL), "GIL");
}

int main(void)
{
    RUN(empty_profile_has_its_zero_elements);
    RUN(things_are_stored_once);
    RUN(many_strings_keep_their_numbers);
    RUN(none_goes_through_nested_calls);
    RUN(text_becomes_utf8);
    RUN(sources_become_utf8);
    RUN(samples_of_one_bin_merge);
    RUN(bad_samples_are_refused);
    RUN(bins_double_and_nothing_is_lost);
    RUN(a_far_time_makes_one_bin);
    RUN(a_million_samples_are_fast_and_bounded);
    RUN(the_sample_limit_holds);
    RUN(more_than_one_bin_can_hold_is_said);
    RUN(random_profiles_are_valid);
    RUN(damage_is_seen);
    RUN(process_cycles_are_seen);
    RUN(kinds_have_names);
    return check_summary();
}
