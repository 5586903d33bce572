/* links: tests/unit/test_report_text.c */
/* The terminal report on memory: header, columns, leaks, what is resident. */
#include "report/text_numbers.h"
#include "terminal_report.h"

/* The shop with memory: the line, the columns, the leak, what is resident. */
static void memory_is_told(void)
{
    struct shop s;
    struct smp_text_options o = plain;
    o.width = 160;
    shop_profile(&s);
    CHECK(!strstr(report(s.p, &o), "Memory"));
    shop_memory(&s);
    s.p->ledger.allocations_lost = 7;
    s.p->ledger.copies_lost = 1;
    const char *text = report(s.p, &o);
    CHECK(has(text,
              "Memory peak 244 MiB + 8.50 MiB in Python's arenas at "
              "8.96 s (resident 300 MiB), allocated 2.91 GiB (Python 7%)"));
    CHECK(has(text, "Mem Py  Peak"));
    CHECK(has(text, "  100%  200M")); /* shop.py 19 */
    CHECK(has(text, "self.orders.append"));
    CHECK(has(text, "with open(self.path")); /* for its memory alone */
    CHECK(has(text, "possible leak"));
    CHECK(has(text, "20.0 MiB   100%  prices.py:10 lookup"));
    CHECK(has(text, "resident memory at its most"));
    CHECK(has(text, "300 MiB at 10.5 s"));
    CHECK(has(text, "freed at once"));
    CHECK(has(text, "64.0 MiB and is made in shop.py:17"));
    CHECK(has(text, "7 sampled allocations found no room"));
    CHECK(has(text, "1 sampled copy found no room"));
    smp_profile_free(s.p);
}

/* Columns go one by one where the terminal is narrow; the peak is the last. */
static void memory_columns_by_width(void)
{
    static const struct {
        int width;
        const char *there, *gone;
    } rows[] = {{200, "Net Timeline Mem%", "|||"},
                {120, "Peak Timeline", "Mem Py"},
                {80, "Peak", "Timeline"},
                {60, "Peak", "sys"},
                {30, "Line Time", "Timeline"}};
    struct shop s;
    shop_profile(&s);
    shop_memory(&s);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct smp_text_options o = plain;
        o.width = rows[i].width;
        const char *text = report(s.p, &o);
        const char *title = strstr(text, " Line Time");
        char line[256] = "";
        if (CHECK(title != NULL))
            snprintf(line, sizeof line, "%.*s", (int)strcspn(title, "\n"),
                     title);
        CHECK(has(line, rows[i].there));
        CHECK(!strstr(line, rows[i].gone));
    }
    smp_profile_free(s.p);
}

/* A program that allocates little gets one line, and no columns. */
static void little_memory_is_one_line(void)
{
    struct shop s;
    shop_profile(&s);
    s.p->memory = 1;
    uint32_t stack = push(s.p, push(s.p, 0, s.module, 47), s.read, 19);
    add_allocation(s.p, 1, NAN,
                   allocation(s.main_thread, stack, SMP_DOMAIN_PYTHON, 3, 3e6));
    const char *text = report(s.p, &plain);
    CHECK(has(text, "Memory peak 2.86 MiB\n"));
    CHECK(!strstr(line_with(text, " Line Time"), "Peak"));
    CHECK(!strstr(text, "resident"));
    smp_profile_free(s.p);
}

/* --malloc-threshold and --reduced-profile decide over lines without time. */
static void few_allocations_can_be_left_out(void)
{
    struct shop s;
    struct smp_text_options o = plain;
    shop_profile(&s);
    shop_memory(&s);
    uint32_t stack = push(s.p, push(s.p, 0, s.module, 47), s.best, 31);
    /* 36 MB in 60 short steps: more than 1 % of all bytes, never much alive. */
    for (int i = 0; i < 60; i++)
        add_allocation(s.p, 9 + i * 0.01, 9 + i * 0.01,
                       allocation(s.main_thread, stack, SMP_DOMAIN_PYTHON, 1,
                                  600e3));
    o.malloc_threshold = 61;
    o.reduced = 1;
    CHECK(!strstr(report(s.p, &o), "   31"));
    o.malloc_threshold = 60;
    CHECK(has(report(s.p, &o), "   31"));
    o.malloc_threshold = 61;
    o.reduced = 0;
    o.malloc_threshold = 0;
    CHECK(has(report(s.p, &o), "   31"));
    smp_profile_free(s.p);
}

static void bytes_read_well(void)
{
    static const struct {
        double bytes;
        const char *text, *brief;
    } rows[] = {{0, "0 B", "0B"},
                {12, "12 B", "12B"},
                {999, "999 B", "999B"},
                {1000, "0.98 KiB", "1.0K"},
                {900 * 1024, "900 KiB", "900K"},
                {412.4 * 1048576, "412 MiB", "412M"},
                {1.23 * 1073741824, "1.23 GiB", "1.2G"},
                {38.94 * 1073741824, "38.9 GiB", "39G"},
                {-40 * 1048576.0, "-40.0 MiB", "-40M"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char number[SMP_NUMBER_SIZE];
        smp_text_bytes(number, rows[i].bytes);
        CHECK_STR(number, rows[i].text);
        smp_text_bytes_short(number, rows[i].bytes);
        CHECK_STR(number, rows[i].brief);
    }
}

int main(void)
{
    RUN(memory_is_told);
    RUN(memory_columns_by_width);
    RUN(little_memory_is_one_line);
    RUN(few_allocations_can_be_left_out);
    RUN(bytes_read_well);
    return check_summary();
}
