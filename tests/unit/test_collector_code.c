/* links: src/collector/drain.c src/collector/sample.c src/collector/window.c
   src/collector/library.c src/collector/code.c src/collector/dynamic_code.c
   src/collector/classify.c src/collector/opcode.c src/collector/resolve.c
   src/collector/image.c src/collector/images.c src/collector/switch.c
   src/collector/wait.c src/collector/threads.c src/collector/remote.c
   src/collector/remote_pages.c src/collector/tasks.c
   src/collector/tasks_read.c src/collector/tasks_reason.c
   src/cpython/objects.c src/cpython/tasks.c src/model/profile_tasks.c
   src/cpython/walk.c src/cpython/location.c src/record/ring.c
   src/model/profile.c src/model/profile_samples.c src/model/profile_valid.c
   src/model/kind.c src/model/utf8.c src/platform/linux/clock.c
   src/platform/linux/memory.c src/platform/linux/proc.c src/base/buf.c
   src/base/map.c src/base/status.c src/collector/stack.c src/collector/heap.c
   src/collector/heap_sites.c src/collector/owner.c
   src/collector/footprint.c src/model/profile_memory.c
   src/model/profile_rows.c src/collector/said.c src/record/region.c
   src/model/profile_said.c src/collector/tasks_cpu.c
   src/collector/tasks_link.c src/collector/greenlets.c src/cpython/greenlets.c
   src/collector/fold.c src/model/profile_fold.c src/model/profile_strings.c */
/* Definitions of code: names in every width, tables in parts, sizes that lie. */
#include "check.h"
#include "no_native.h"
#include "records.h"

/* The function that code `number` became. */
static const struct smp_function *function_of(struct world *w, uint32_t number)
{
    uint32_t def = number < w->i.code_count ? w->i.codes[number] : SMP_NONE;
    if (def == SMP_NONE)
        return NULL;
    return &w->c.profile->functions[w->c.resolver.defs[def].function];
}

static const char *name_of(struct world *w, uint32_t number)
{
    const struct smp_function *f = function_of(w, number);
    return f ? smp_profile_text(w->c.profile, f->name) : NULL;
}

static const char *path_of(struct world *w, uint32_t number)
{
    const struct smp_function *f = function_of(w, number);
    return f ? smp_profile_text(w->c.profile, w->c.profile->files[f->file].path)
             : NULL;
}

static void test_definition(void)
{
    struct world *w = world_make();
    write_code(w, 0, "a.b");
    write_code(w, 1, "c");
    write_code(w, 2, "a.b");
    drain(w);
    CHECK_STR(name_of(w, 0), "a.b");
    CHECK_STR(path_of(w, 0), "/dir/prog.py");
    CHECK_INT(function_of(w, 0)->first_line, 10);
    CHECK_STR(name_of(w, 1), "c");
    CHECK_INT(w->i.codes[0], w->i.codes[2]); /* the same said twice */
    CHECK_INT(w->c.resolver.def_count, 2);
    CHECK_INT(w->i.damaged, 0);
    world_drop(w);
}

static void one_text(const char *bytes, uint32_t n, uint8_t width,
                     const char *utf8)
{
    struct world *w = world_make();
    struct code_text t = {.filename = bytes,
                          .qualname = bytes,
                          .filename_bytes = n,
                          .qualname_bytes = n,
                          .width = width};
    write_code_part(w, 0, t, (const uint8_t *)TABLE, 4, 0, 4);
    drain(w);
    CHECK_STR(name_of(w, 0), utf8);
    CHECK_STR(path_of(w, 0), utf8);
    world_drop(w);
}

static void test_widths(void)
{
    one_text("h\xe9", 2, 1, "h\xc3\xa9");
    one_text("\x22\x6f\x41\0", 4, 2,
             "\xe6\xbc\xa2"
             "A");
    one_text("\x00\xf6\x01\0\x41\0\0\0", 8, 4,
             "\xf0\x9f\x98\x80"
             "A");
    one_text("\x80\xdc\x41\0", 4, 2,
             "\xef\xbf\xbd"
             "A"); /* a lone surrogate */
    one_text("\0\0\x11\0\xff\xff\xff\xff", 8, 4, "\xef\xbf\xbd\xef\xbf\xbd");
    one_text("A\0B", 3, 2, "A"); /* half a character at the end */
}

static void test_relative_names(void)
{
    struct world *w = world_make();
    static const char *const pairs[][2] = {{"prog.py", "/cwd/prog.py"},
                                           {"./x/y.py", "/cwd/x/y.py"},
                                           {"././z.py", "/cwd/z.py"},
                                           {"<string>", "<string>"},
                                           {"/abs.py", "/abs.py"},
                                           {"", ""}};
    strcpy(w->i.cwd, "/cwd");
    for (uint32_t n = 0; n < sizeof pairs / sizeof *pairs; n++) {
        struct code_text t = {.filename = pairs[n][0], .qualname = "f"};
        write_code_part(w, n, t, (const uint8_t *)TABLE, 4, 0, 4);
        drain(w);
        CHECK_STR(path_of(w, n), pairs[n][1]);
    }
    strcpy(w->i.cwd, "/");
    struct code_text t = {.filename = "root.py", .qualname = "f"};
    write_code_part(w, 9, t, (const uint8_t *)TABLE, 4, 0, 4);
    drain(w);
    CHECK_STR(path_of(w, 9), "/root.py");
    CHECK_INT(w->c.profile->files[function_of(w, 3)->file].kind,
              SMP_FILE_SYNTHETIC);
    CHECK_INT(w->c.profile->files[function_of(w, 0)->file].kind,
              SMP_FILE_SOURCE);
    world_drop(w);
}

/* ---- tables in parts */

#define LONG 50000u

static uint8_t long_table[LONG];
static const struct code_text named = {.filename = "/f.py", .qualname = "long"};
static const struct code_text nameless = {0};

static void write_part(struct world *w, uint32_t number, uint32_t offset)
{
    uint32_t bytes = LONG - offset;
    if (bytes > SMP_RECORD_TABLE_BYTES)
        bytes = SMP_RECORD_TABLE_BYTES;
    write_code_part(w, number, offset ? nameless : named, long_table, LONG,
                    offset, bytes);
}

static void check_long(struct world *w, uint32_t number)
{
    CHECK_STR(name_of(w, number), "long");
    if (!name_of(w, number))
        return;
    const struct smp_codedef *d = &w->c.resolver.defs[w->i.codes[number]];
    CHECK_INT(d->table_bytes, LONG);
    CHECK(d->table_bytes == LONG && !memcmp(d->table, long_table, LONG));
}

static void test_parts(void)
{
    struct world *w = world_make();
    for (uint32_t n = 0; n < LONG; n++)
        long_table[n] = (uint8_t)(n * 7919 >> 5);
    for (uint32_t offset = 0; offset < LONG; offset += SMP_RECORD_TABLE_BYTES) {
        CHECK(!name_of(w, 1));
        write_part(w, 0, offset); /* two codes at once, of two threads */
        write_part(w, 1, offset);
        drain(w);
    }
    check_long(w, 0);
    check_long(w, 1);
    CHECK_INT(w->i.part_count, 0);
    CHECK_INT(w->i.damaged, 0);
    world_drop(w);
}

static void test_parts_missing(void)
{
    struct world *w = world_make();
    write_part(w, 0, 0);
    write_part(w, 0, 2 * SMP_RECORD_TABLE_BYTES); /* the second was lost */
    write_part(w, 5, SMP_RECORD_TABLE_BYTES);     /* of one never begun */
    drain(w);
    CHECK(!name_of(w, 0));
    CHECK_INT(w->i.damaged, 2);
    write_part(w, 0, SMP_RECORD_TABLE_BYTES);
    write_part(w, 0, 2 * SMP_RECORD_TABLE_BYTES);
    write_part(w, 0, 3 * SMP_RECORD_TABLE_BYTES);
    drain(w);
    check_long(w, 0);
    world_drop(w);
}

static void test_parts_that_lie(void)
{
    struct world *w = world_make();
    write_code_part(w, 0, named, long_table, 100, 0, 60);
    write_code_part(w, 0, nameless, long_table, 100, 60, 60); /* too long */
    write_code_part(w, 1, named, long_table, UINT32_MAX, 0, 60);
    drain(w);
    CHECK(!name_of(w, 0));
    CHECK(!name_of(w, 1));
    CHECK_INT(w->i.damaged, 2);
    world_drop(w);
}

/* ---- records that lie */

static void damaged_by(void (*change)(struct smp_record_code *r))
{
    struct world *w = world_make();
    struct smp_record_code *r = write_code(w, 0, "name");
    change(r);
    drain(w);
    CHECK_INT(w->i.damaged, 1);
    CHECK(!name_of(w, 0));
    write_code(w, 1, "next"); /* and all goes on */
    drain(w);
    CHECK_STR(name_of(w, 1), "next");
    world_drop(w);
}

static void long_name(struct smp_record_code *r)
{
    r->qualname.bytes = 60;
}
static void endless_name(struct smp_record_code *r)
{
    r->filename.bytes = UINT32_MAX;
    r->qualname.bytes = 20;
}
static void table_past_the_end(struct smp_record_code *r)
{
    r->table_bytes = r->table_total = 4000;
}
static void huge_number(struct smp_record_code *r)
{
    r->number = UINT32_MAX;
}
static void no_width(struct smp_record_code *r)
{
    r->filename.width = 0;
}
static void width_three(struct smp_record_code *r)
{
    r->qualname.width = 3;
}
static void wide_width(struct smp_record_code *r)
{
    r->qualname.width = 8;
}
static void short_record(struct smp_record_code *r)
{
    r->head.size = 32;
}

static void test_records_that_lie(void)
{
    damaged_by(long_name);
    damaged_by(endless_name);
    damaged_by(table_past_the_end);
    damaged_by(huge_number);
    damaged_by(no_width);
    damaged_by(width_three);
    damaged_by(wide_width);
}

/* The ring itself steps over what is shorter than its type. */
static void test_short_record(void)
{
    struct world *w = world_make();
    short_record(write_code(w, 0, "name"));
    smp_drain(&w->c, &w->i, 1);
    CHECK(!name_of(w, 0));
    CHECK(w->i.damaged >= 1);
    world_drop(w);
}

static const char script_text[] = "import joblib\n"
                                  "@cache\n"
                                  "@other(1)\n"
                                  "def work(n):\n"
                                  "    return sum(x for x in n)\n"
                                  "async def worker(): pass\n"
                                  "work = 3 # def\n"
                                  "lambda: 1";

static void by_value(struct world *w, const char *name, int32_t line, int ours)
{
    uint32_t file = smp_profile_string(w->c.profile, "<dynamic-code>");
    uint32_t path =
        smp_dynamic_file(&w->c, file, smp_profile_string(w->c.profile, name),
                         line);
    if (!CHECK_STR(smp_profile_text(w->c.profile, path),
                   ours ? "/srv/job.py" : "<dynamic-code>"))
        printf("  (%s in line %d)\n", name, (int)line);
}

/* What cloudpickle passed by value is told by its name in that line. */
static void test_code_by_value(void)
{
    struct world *w = world_make();
    strcpy(w->c.script, "/srv/job.py");
    w->c.script_text = strdup(script_text);
    by_value(w, "work", 4, 1);
    by_value(w, "work", 2, 1); /* at its decorator */
    by_value(w, "worker", 6, 1);
    by_value(w, "Job.run.<locals>.work", 4, 1);
    by_value(w, "work.<locals>.<genexpr>", 5, 1);
    by_value(w, "<lambda>", 8, 1);
    by_value(w, "work", 6, 0); /* "worker" */
    by_value(w, "work", 7, 0);
    by_value(w, "wor", 4, 0);
    by_value(w, "work", 1, 0);
    by_value(w, "<lambda>", 9, 0);
    by_value(w, "work", 0, 0);
    by_value(w, "work", 400, 0);
    uint32_t other = smp_profile_string(w->c.profile, "<string>");
    CHECK_INT(smp_dynamic_file(&w->c, other, other, 4), other);
    w->c.script[0] = '\0';
    by_value(w, "work", 4, 0);
    free(w->c.script_text);
    world_drop(w);
}

int main(void)
{
    RUN(test_definition);
    RUN(test_widths);
    RUN(test_relative_names);
    RUN(test_parts);
    RUN(test_parts_missing);
    RUN(test_parts_that_lie);
    RUN(test_records_that_lie);
    RUN(test_short_record);
    RUN(test_code_by_value);
    return check_summary();
}
