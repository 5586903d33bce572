/* links: src/report/csv.c src/report/source.c src/report/tokens.c
   src/model/view.c src/model/view_scope.c src/model/view_cost.c
   src/model/view_groups.c src/model/view_charge.c src/model/view_lines.c
   src/model/view_functions.c src/model/view_threads.c
   src/model/view_memory.c src/model/view_memory_cost.c
   src/model/view_memory_events.c src/model/view_memory_sites.c
   src/model/view_leaks.c src/model/view_footprint.c src/model/view_files.c
   src/model/profile.c src/model/profile_memory.c src/model/profile_rows.c
   src/model/profile_samples.c src/model/profile_valid.c src/model/utf8.c
   src/model/kind.c src/base/map.c src/base/buf.c src/model/view_regions.c
   -lm */
/* CSV: read back by a small reader of RFC 4180. */
#include "report/report.h"
#include "shop_profile.h"

#define COLUMNS 32 /* 11 of them where memory was measured */
#define ROWS 64

static int expected; /* columns of a record */
static char fields[ROWS][COLUMNS][256];
static int rows;

static void put(int column, size_t *n, char c)
{
    if (rows < ROWS && column < COLUMNS && *n < 255) {
        fields[rows][column][(*n)++] = c;
        fields[rows][column][*n] = '\0';
    }
}

/* One record; NULL where it is damaged, else where the next one begins. */
static const char *read_record(const char *at)
{
    int column = 0;
    for (;; column++) {
        size_t n = 0;
        if (*at == '"') {
            for (at++; *at && (*at != '"' || at[1] == '"'); at++) {
                at += *at == '"';
                put(column, &n, *at);
            }
            if (*at++ != '"')
                return NULL;
        } else {
            for (; *at && !strchr(",\"\r\n", *at); at++)
                put(column, &n, *at);
        }
        if (at[0] == '\r' && at[1] == '\n')
            return column == expected - 1 ? at + 2 : NULL;
        if (*at++ != ',')
            return NULL;
    }
}

static int read_csv(const struct smp_profile *p, const struct smp_filter *f)
{
    struct smp_buf b = {0};
    memset(fields, 0, sizeof fields);
    expected = p->memory ? COLUMNS : COLUMNS - 11;
    CHECK_INT(smp_report_csv(&b, p, f), 0);
    const char *at = b.data;
    for (rows = 0; at && *at; rows++)
        at = read_record(at);
    smp_buf_release(&b);
    return at != NULL;
}

static int column(const char *name)
{
    for (int i = 0; i < COLUMNS; i++)
        if (strcmp(fields[0][i], name) == 0)
            return i;
    CHECK_STR(name, "a column");
    return 0;
}

static int row_of(const char *path, const char *line)
{
    for (int i = 1; i < rows; i++)
        if (strcmp(fields[i][0], path) == 0 && strcmp(fields[i][1], line) == 0)
            return i;
    CHECK_STR(line, "a line");
    return 0;
}

static double number(int row, const char *name)
{
    return atof(fields[row][column(name)]);
}

static void test_rows(void)
{
    struct shop s;
    struct smp_filter f = {.scope = SMP_SCOPE_PROGRAM};
    shop_profile(&s);
    CHECK(read_csv(s.p, &f));
    CHECK_INT(rows, 1 + 7 + 2);
    int row = row_of("/home/ann/shop/shop.py", "19");
    CHECK_NEAR(number(row, "cpu_python_s"), 1.0, 1e-6);
    CHECK_NEAR(number(row, "cpu_native_s"), 2.4, 1e-6);
    CHECK_NEAR(number(row, "cpu_native_percent"), 20, 1e-3);
    CHECK_NEAR(number(row, "samples"), 340, 0);
    CHECK_NEAR(number(row_of("/home/ann/shop/shop.py", "34"),
                      "other_threads_wait_s"),
               11, 1e-6);
    row = row_of("/home/ann/shop/prices.py", "10");
    CHECK_NEAR(number(row, "wait_s"), 1.5, 1e-6);
    CHECK_NEAR(number(row, "wait_lock_s"), 1.5, 1e-6);
    CHECK_NEAR(number(row, "wait_io_s"), 0, 1e-6);
    smp_profile_free(s.p);
}

static void test_quotes(void)
{
    struct shop s;
    struct smp_filter f = {.scope = SMP_SCOPE_PROGRAM};
    shop_profile(&s);
    s.p->files[1].path = smp_profile_string(s.p, "a,\"b\"\r\n.py");
    CHECK(read_csv(s.p, &f));
    CHECK_STR(fields[row_of("/home/ann/shop/shop.py", "30")][column("source")],
              "        return sorted(self.orders, key=lambda o: o[\"count\"])"
              "[-n:]");
    CHECK(row_of("a,\"b\"\r\n.py", "10") > 0);
    smp_profile_free(s.p);
}

static void test_nothing(void)
{
    struct smp_profile *p = smp_profile_new();
    struct smp_filter f = {.scope = SMP_SCOPE_ALL};
    CHECK(read_csv(p, &f));
    CHECK_INT(rows, 1);
    smp_profile_free(p);
}

static void test_random(void)
{
    struct smp_filter f = {.scope = SMP_SCOPE_ALL};
    for (uint64_t seed = 1; seed < 100; seed++) {
        struct smp_profile *p = random_profile(seed);
        CHECK(read_csv(p, &f));
        smp_profile_free(p);
    }
}

static void test_memory(void)
{
    struct shop s;
    struct smp_filter f = {0};
    shop_profile(&s);
    shop_memory(&s);
    CHECK(read_csv(s.p, &f));
    int row = row_of("/home/ann/shop/shop.py", "19");
    CHECK_NEAR(atof(fields[row][column("alloc_bytes")]), 200 * SHOP_MB, 100);
    CHECK_NEAR(atof(fields[row][column("peak_bytes")]), 200 * SHOP_MB, 100);
    CHECK_NEAR(atof(fields[row][column("copy_bytes")]), 0, 0);
    row = row_of("/home/ann/shop/shop.py", "30");
    CHECK_NEAR(atof(fields[row][column("net_bytes")]), -40 * SHOP_MB, 100);
    CHECK_NEAR(atof(fields[row][column("copy_bytes")]), 8 * SHOP_MB, 0);
    smp_profile_free(s.p);
}

int main(void)
{
    RUN(test_rows);
    RUN(test_quotes);
    RUN(test_nothing);
    RUN(test_random);
    RUN(test_memory);
    return check_summary();
}
