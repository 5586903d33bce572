/* links: src/collector/native_maps.c src/collector/native_space.c
   src/collector/native_modules.c src/collector/native_image.c
   src/collector/native_guard.c src/collector/native_cfi.c
   src/collector/native_expression.c src/collector/native_expression_decode.c
   src/collector/native_frames.c src/collector/native_rule.c
   src/collector/native_symbols.c src/collector/native_debug.c
   src/collector/native_demangle.c src/collector/native_functions.c
   src/collector/native_code.c src/base/buf.c src/base/map.c src/base/status.c
   -ldw -lelf -llzma -liberty */
/* /proc/PID/maps: its lines, and how one reading is merged into another. */
#include "check.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/status.h"
#include "collector/native_maps.h"
#include "collector/native_space.h"

static void test_line_fields(void)
{
    struct smp_maps_line l;
    const char *text = "7f00aa000000-7f00aa021000 r-xp 0001f000 fe:0a 1234567"
                       "                    /opt/a b/lib.so (deleted)\n";
    const char *next = smp_maps_next(text, &l);
    if (!CHECK(next != NULL))
        return;
    CHECK_INT(*next, 0);
    CHECK_INT(l.start, 0x7f00aa000000);
    CHECK_INT(l.end, 0x7f00aa021000);
    CHECK_INT(l.offset, 0x1f000);
    CHECK_INT(l.major, 0xfe);
    CHECK_INT(l.minor, 0x0a);
    CHECK_INT(l.inode, 1234567);
    CHECK(l.executable);
    CHECK(l.deleted);
    CHECK_INT(l.path_length, strlen("/opt/a b/lib.so"));
    CHECK(!memcmp(l.path, "/opt/a b/lib.so", l.path_length));
    CHECK(smp_maps_line_is_file(&l));
}

static int count_lines(const char *text)
{
    struct smp_maps_line l;
    int n = 0;
    while ((text = smp_maps_next(text, &l)))
        n++;
    return n;
}

static void test_malformed_lines_are_skipped(void)
{
    CHECK_INT(count_lines(""), 0);
    CHECK_INT(count_lines("\n\n"), 0);
    CHECK_INT(count_lines("garbage\n1000-2000 r-xp 0 0:0 0\n"), 1);
    CHECK_INT(count_lines("2000-1000 r-xp 0 0:0 0 \n"), 0);
    CHECK_INT(count_lines("1000-2000 r-"), 0);
    CHECK_INT(count_lines("1000-2000 r-xp 0 0:0"), 0);
    CHECK_INT(count_lines("1000-2000 r-xp 0 0:0 7"), 1);
    CHECK_INT(count_lines("111111111111111111111111-2 r-xp 0 0:0 7"), 0);
}

static int is_file(const char *path_and_inode)
{
    char text[200];
    struct smp_maps_line l;
    snprintf(text, sizeof text, "1000-2000 r-xp 0 0:0 %s\n", path_and_inode);
    return smp_maps_next(text, &l) && smp_maps_line_is_file(&l);
}

static void test_what_is_a_file(void)
{
    CHECK(is_file("7 /usr/bin/python3.11"));
    CHECK(is_file("0 [vdso]"));
    CHECK(!is_file("0 "));
    CHECK(!is_file("0 [heap]"));
    CHECK(!is_file("0 [stack]"));
    CHECK(!is_file("9 /memfd:libffi (deleted)"));
    CHECK(!is_file("9 /dev/zero (deleted)"));
    CHECK(!is_file("9 /SYSV00000000 (deleted)"));
    CHECK(!is_file("9 anon_inode:x"));
}

/* "start-end object offset" of each mapping, one after the other. */
static char *described(const struct smp_space *s)
{
    static char text[1000];
    size_t at = 0;
    text[0] = '\0';
    for (size_t k = 0; k < s->count; k++)
        at += (size_t)snprintf(text + at, sizeof text - at,
                               "%s%llx-%llx %s %llx", k ? ", " : "",
                               (unsigned long long)s->mappings[k].start,
                               (unsigned long long)s->mappings[k].end,
                               s->mappings[k].module->path,
                               (unsigned long long)s->mappings[k].offset);
    return text;
}

/* No process has this id: nothing can be opened by way of it. */
#define NOBODY 0x7ffffffe

static void test_only_code_is_kept(void)
{
    struct smp_modules *m = smp_modules_new();
    struct smp_space *s = smp_space_new(m);
    CHECK_INT(smp_space_take(s, NOBODY,
                             "1000-2000 r--p 0 0:1 5 /none/a\n"
                             "2000-3000 r-xp 1000 0:1 5 /none/a\n"
                             "3000-4000 rwxp 0 0:0 0 \n"
                             "5000-6000 r-xp 0 0:1 6 /none/libm.so.6\n"),
              0);
    CHECK_STR(described(s),
              "2000-3000 /none/a 1000, 5000-6000 /none/libm.so.6 0");
    CHECK(!smp_space_covers(s, 0x1fff));
    CHECK(smp_space_covers(s, 0x2000));
    CHECK(smp_space_covers(s, 0x2fff));
    CHECK(!smp_space_covers(s, 0x3000));
    CHECK_INT(smp_space_object(s, 0x2500, 0x2000), SMP_OBJECT_INTERPRETER);
    CHECK_INT(smp_space_object(s, 0x2500, 0x5000), SMP_OBJECT_OTHER);
    CHECK_INT(smp_space_object(s, 0x5001, 0x2000), SMP_OBJECT_LIBC);
    CHECK_INT(smp_space_object(s, 0x3500, 0x2000), SMP_OBJECT_NONE);
    CHECK_INT(smp_space_object(s, 0x2500, 0), SMP_OBJECT_OTHER);
    smp_space_free(s);
    smp_modules_free(m);
}

static void test_old_mappings_stay_where_nothing_new_is(void)
{
    struct smp_modules *m = smp_modules_new();
    struct smp_space *s = smp_space_new(m);
    smp_space_take(s, NOBODY,
                   "1000-9000 r-xp 0 0:1 5 /none/a\n"
                   "a000-b000 r-xp 0 0:1 6 /none/b\n");
    /* Over the middle of a: another file, then code of no file. */
    CHECK_INT(smp_space_take(s, NOBODY,
                             "3000-4000 r-xp 0 0:1 7 /none/c\n"
                             "6000-7000 r-xp 0 0:0 0\n"),
              0);
    CHECK_STR(described(s), "1000-3000 /none/a 0, 3000-4000 /none/c 0, "
                            "4000-6000 /none/a 3000, 7000-9000 /none/a 6000, "
                            "a000-b000 /none/b 0");
    CHECK(smp_space_is_valid(s));
    smp_space_free(s);
    smp_modules_free(m);
}

static void test_modules_are_shared_and_counted(void)
{
    struct smp_modules *m = smp_modules_new();
    struct smp_space *a = smp_space_new(m), *b = smp_space_new(m);
    struct smp_native_counts counts;
    smp_space_take(a, NOBODY, "1000-2000 r-xp 0 0:1 5 /none/a\n");
    smp_space_take(b, NOBODY,
                   "7000-8000 r-xp 0 0:1 5 /none/a\n"
                   "8000-9000 r-xp 0 0:1 5 /none/other\n");
    CHECK(a->mappings[0].module == b->mappings[0].module);
    CHECK(b->mappings[0].module != b->mappings[1].module);
    CHECK_INT(a->mappings[0].module->users, 2);
    struct smp_space *c = smp_space_copy(b);
    CHECK_STR(described(c), "7000-8000 /none/a 0, 8000-9000 /none/other 0");
    CHECK_INT(a->mappings[0].module->users, 3);
    smp_space_free(b);
    CHECK_INT(a->mappings[0].module->users, 2);
    smp_space_free(c);
    CHECK_INT(a->mappings[0].module->users, 1);
    smp_modules_counts(m, &counts);
    CHECK_INT(counts.modules, 2);
    CHECK_INT(counts.unreadable, 2);
    smp_space_free(a);
    smp_modules_free(m);
}

static void test_idle_modules_are_bounded(void)
{
    struct smp_modules *m = smp_modules_new();
    struct smp_native_counts counts;
    char text[100];
    for (int k = 0; k < 3 * SMP_MODULES_IDLE; k++) {
        struct smp_space *s = smp_space_new(m);
        snprintf(text, sizeof text, "1000-2000 r-xp 0 0:1 %d /none/%d\n", k + 1,
                 k);
        CHECK_INT(smp_space_take(s, NOBODY, text), 0);
        smp_space_free(s);
    }
    smp_modules_counts(m, &counts);
    CHECK_INT(counts.modules, SMP_MODULES_IDLE);
    smp_modules_free(m);
}

static void test_too_many_mappings_leave_the_space_as_it_was(void)
{
    struct smp_modules *m = smp_modules_new();
    struct smp_space *s = smp_space_new(m);
    size_t size = (SMP_SPACE_MAPPINGS + 2) * 64, at = 0;
    char *text = malloc(size);
    smp_space_take(s, NOBODY, "1000-2000 r-xp 0 0:1 5 /none/a\n");
    for (int k = 0; k <= SMP_SPACE_MAPPINGS; k++)
        at += (size_t)snprintf(text + at, size - at,
                               "%x000-%x800 r-xp 0 0:1 6 /none/b\n", k + 1,
                               k + 1);
    CHECK_INT(smp_space_take(s, NOBODY, text), SMP_EFULL);
    CHECK_STR(described(s), "1000-2000 /none/a 0");
    free(text);
    smp_space_free(s);
    smp_modules_free(m);
}

static void test_reading_processes(void)
{
    struct smp_modules *m = smp_modules_new();
    struct smp_space *s = smp_space_new(m);
    CHECK_INT(smp_space_read(s, NOBODY), SMP_EGONE);
    CHECK_INT(s->count, 0);
    CHECK_INT(smp_space_read(s, getpid()), 0);
    CHECK(smp_space_covers(s, (uint64_t)(uintptr_t)test_reading_processes));
    /* getppid: a function that sanitizers leave alone */
    CHECK(smp_space_covers(s, (uint64_t)(uintptr_t)getppid));
    CHECK(!smp_space_covers(s, (uint64_t)(uintptr_t)&m));
    CHECK_INT(smp_space_object(s, (uint64_t)(uintptr_t)getppid, 0),
              SMP_OBJECT_LIBC);
    size_t count = s->count;
    CHECK_INT(smp_space_read(s, getpid()), 0);
    CHECK_INT(s->count, count);
    smp_space_free(s);
    smp_modules_free(m);
}

int main(void)
{
    RUN(test_line_fields);
    RUN(test_malformed_lines_are_skipped);
    RUN(test_what_is_a_file);
    RUN(test_only_code_is_kept);
    RUN(test_old_mappings_stay_where_nothing_new_is);
    RUN(test_modules_are_shared_and_counted);
    RUN(test_idle_modules_are_bounded);
    RUN(test_too_many_mappings_leave_the_space_as_it_was);
    RUN(test_reading_processes);
    return check_summary();
}
