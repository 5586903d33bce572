/* links: tests/unit/test_report_json.c
   -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc */
/* Lack of memory, rehearsed: the model and the JSON room with every allocation
 * failing in turn. Each call then says so, leaks nothing and breaks nothing. */
#include "base/status.h"
#include "check.h"
#include "profiles.h"
#include "report/report.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *block, size_t size);

/* Allocations until the one that fails; 0: none fails. */
static long countdown;

static int fails(void)
{
    return countdown > 0 && --countdown == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return fails() ? NULL : __real_realloc(block, size);
}

/* Whether the failure was met (else the countdown ran past the last one). */
static int was_met(void)
{
    int met = countdown == 0;
    countdown = 0;
    return met;
}

static void building_a_profile(void)
{
    long n = 1;
    for (int met = 1; met; n++) {
        countdown = n;
        struct smp_profile *p = random_profile(5);
        met = was_met();
        if (p)
            CHECK(smp_profile_is_valid(p));
        smp_profile_free(p);
    }
    printf("%ld allocations\n", n);
    CHECK(n > 50);
}

/* A sample that could not be added is not half added. */
static void adding_samples(void)
{
    struct smp_profile *p = random_profile(5);
    double at_s = 0;
    int refused = 0;
    while (refused < 3) {
        size_t before = p->sample_count;
        countdown = 1;
        int status = add_sample(p, at_s += 0.003, 0, 0, SMP_KIND_PYTHON, 0.01);
        if (was_met() && CHECK_INT(status, SMP_ENOMEM)) {
            CHECK_INT(p->sample_count, before);
            refused++;
        }
        if (!CHECK(at_s < 1000))
            break;
        add_sample(p, at_s, 0, 0, SMP_KIND_PYTHON, 0.01);
    }
    CHECK(smp_profile_is_valid(p));
    smp_profile_free(p);
}

/* Bins that merge while there is no memory for the table lose no time. */
static void merging_bins(void)
{
    for (long n = 1; n < 12; n++) {
        struct smp_profile *p = smp_profile_new();
        double seconds = 0;
        add_thread(p, add_process(p, 1, SMP_NONE), 1, 1);
        for (int i = 0; i < 4000; i++)
            add_sample(p, i * 0.01, 0, 0, SMP_KIND_PYTHON, 0.5);
        countdown = n;
        int status = add_sample(p, 1000, 0, 0, SMP_KIND_PYTHON, 0.5);
        countdown = 0;
        if (status)
            add_sample(p, 1000, 0, 0, SMP_KIND_PYTHON, 0.5);
        add_sample(p, 1000, 0, 0, SMP_KIND_PYTHON, 0.5);
        for (size_t i = 0; i < p->sample_count; i++)
            seconds += p->samples[i].seconds;
        CHECK_NEAR(seconds, 2001, 1e-9);
        CHECK(smp_profile_is_valid(p));
        smp_profile_free(p);
    }
}

static void making_a_view(void)
{
    struct smp_profile *p = random_profile(5);
    struct smp_filter all = {.scope = SMP_SCOPE_ALL};
    long n = 1;
    for (int met = 1; met; n++) {
        struct smp_view v = {.whole_s = -1};
        countdown = n;
        int status = smp_view_make(&v, p, &all);
        met = was_met();
        CHECK_INT(status, met ? SMP_ENOMEM : 0);
        if (status)
            CHECK_NEAR(v.whole_s, -1, 0); /* untouched */
        else
            smp_view_release(&v);
    }
    CHECK(n > 30);
    smp_profile_free(p);
}

static void writing(int stacks)
{
    struct smp_profile *p = random_profile(5);
    struct smp_json_options o = {.filter.scope = SMP_SCOPE_ALL,
                                 .stacks = stacks,
                                 .sources = 1};
    long n = 1;
    for (int met = 1; met; n++) {
        struct smp_buf b = {0};
        countdown = n;
        int status = smp_report_json(&b, p, &o);
        met = was_met();
        /* The check for cycles of processes calls lack of memory "not valid". */
        CHECK(met ? status == SMP_ENOMEM || status == SMP_EINVAL : status == 0);
        smp_buf_release(&b);
    }
    CHECK(n > 40);
    smp_profile_free(p);
}

static void writing_with_and_without_stacks(void)
{
    writing(1);
    writing(0);
}

/* The reader allocates for jansson too, so jansson's failures are met as well.
 * Thousands: each of the first, then one in seven. */
static void reading(void)
{
    struct smp_profile *p = random_profile(5);
    struct smp_json_options o = {.stacks = 1, .sources = 1};
    struct smp_buf b = {0};
    CHECK_INT(smp_report_json(&b, p, &o), 0);
    /* A number for which jansson's lexer needs more room: it reads on without. */
    struct smp_buf long_number = {0};
    smp_buf_printf(&long_number, "{\"x\":0.%0100d,", 1);
    smp_buf_add(&long_number, b.data + 1, b.length - 1);
    smp_buf_release(&b);
    b = long_number;
    long n = 1;
    for (int met = 1; met; n += n < 500 ? 1 : 7) {
        struct smp_profile *q = NULL;
        char why[256] = "";
        countdown = n;
        int status = smp_report_json_read(&q, b.data, b.length, why);
        met = was_met();
        CHECK((status != 0) == met);
        CHECK((status != 0) == (why[0] != '\0'));
        CHECK((status != 0) == (q == NULL));
        smp_profile_free(q);
    }
    CHECK(n > 1000);
    smp_buf_release(&b);
    smp_profile_free(p);
}

int main(void)
{
    RUN(building_a_profile);
    RUN(adding_samples);
    RUN(merging_bins);
    RUN(making_a_view);
    RUN(writing_with_and_without_stacks);
    RUN(reading);
    return check_summary();
}
