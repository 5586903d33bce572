/* links: tests/unit/test_report_text.c src/report/collapsed.c src/report/csv.c
   src/report/speedscope.c src/report/pprof.c src/report/protobuf.c
   src/report/gzip.c -lz -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc */
/* Lack of memory, rehearsed: each report with every allocation failing in turn
 * says SMP_ENOMEM, leaks nothing and breaks nothing. */
#include "base/status.h"
#include "report/report.h"
#include "shop_profile.h"

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

static int text(struct smp_buf *out, const struct smp_profile *p,
                const struct smp_filter *f)
{
    struct smp_text_options o = {.filter = *f,
                                 .cpu_percent_threshold = 1,
                                 .width = 100,
                                 .color = SMP_COLOR_256,
                                 .utf8 = 1,
                                 .links = 1,
                                 .stacks = 1};
    return smp_report_text(out, p, &o);
}

typedef int writer(struct smp_buf *out, const struct smp_profile *p,
                   const struct smp_filter *f);

/* Returns 1 where the nth allocation was met, and was then told of. */
static int write_with_failure(writer *write, const struct smp_profile *p,
                              const struct smp_filter *f, long n)
{
    struct smp_buf out = {0};
    countdown = n;
    int status = write(&out, p, f);
    int met = countdown == 0;
    countdown = 0;
    CHECK_INT(status, met ? SMP_ENOMEM : 0);
    smp_buf_release(&out);
    return met;
}

static void write_with_failures(writer *write, const char *name)
{
    static const char *const only[] = {"nothing"};
    struct smp_filter filters[] = {{.scope = SMP_SCOPE_PROGRAM},
                                   {.only = only, .only_count = 1}};
    struct shop s;
    shop_profile(&s);
    for (int i = 0; i < 2; i++) {
        long n = 1;
        while (write_with_failure(write, s.p, &filters[i], n))
            n++;
        printf("%s: %ld allocations\n", name, n);
        CHECK(n > 10);
    }
    smp_profile_free(s.p);
}

static void test_text(void)
{
    write_with_failures(text, "text");
}

static void test_speedscope(void)
{
    write_with_failures(smp_report_speedscope, "speedscope");
}

static void test_pprof(void)
{
    write_with_failures(smp_report_pprof, "pprof");
}

static void test_collapsed(void)
{
    write_with_failures(smp_report_collapsed, "collapsed");
}

static void test_csv(void)
{
    write_with_failures(smp_report_csv, "csv");
}

int main(void)
{
    RUN(test_text);
    RUN(test_speedscope);
    RUN(test_pprof);
    RUN(test_collapsed);
    RUN(test_csv);
    return check_summary();
}
