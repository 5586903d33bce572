/* links: tests/unit/test_model_view.c */
/* The scope of a view: which files are in it, by kind, place and filter. */
#include "check.h"
#include "model/view.h"
#include "profiles.h"

static const struct smp_filter plain;

static int scope(const char *path, enum smp_file_kind kind, int flags,
                 const struct smp_filter *f)
{
    struct smp_profile *p = smp_profile_new();
    p->directory = smp_profile_string(p, "/home/me/app");
    uint32_t file = add_file(p, path, kind, flags & 1);
    p->files[file].library = (flags & 2) != 0;
    if (flags & 4)
        smp_profile_set_source(p, file, owned_text("x"), 1, NULL);
    int in = smp_view_file_in_scope(p, file, f);
    smp_profile_free(p);
    return in;
}

static void scope_rules(void)
{
    const char *const names[] = {"util", "", "/core/"}, *const tests[] = {
                                                            "test_"};
    const char *const empty[] = {""};
    struct smp_filter all = {.scope = SMP_SCOPE_ALL};
    struct smp_filter only = {.only = names, .only_count = 3};
    struct smp_filter no_only = {.only = empty, .only_count = 1};
    struct smp_filter exclude = {.exclude = tests, .exclude_count = 1};
    struct smp_filter both = {.only = names,
                              .only_count = 3,
                              .exclude = tests,
                              .exclude_count = 1};
    enum { PROGRAM = 1, LIBRARY = 2, SOURCE = 4 };
    CHECK(scope("/a/x.py", SMP_FILE_SOURCE, PROGRAM, &plain));
    CHECK(!scope("/a/x.py", SMP_FILE_SOURCE, 0, &plain));
    CHECK(scope("<string>", SMP_FILE_SYNTHETIC, PROGRAM, &plain));
    CHECK(!scope("/a/x.so", SMP_FILE_NATIVE, PROGRAM, &plain));
    CHECK(scope("/a/x.py", SMP_FILE_SOURCE, LIBRARY, &all));
    CHECK(scope("<frozen os>", SMP_FILE_SYNTHETIC, LIBRARY, &all));
    CHECK(scope("<frozen os>", SMP_FILE_SYNTHETIC, LIBRARY | SOURCE, &all));
    CHECK(!scope("/a/x.so", SMP_FILE_NATIVE, 0, &all));
    CHECK(scope("/lib/utils.py", SMP_FILE_SOURCE, LIBRARY, &only));
    CHECK(!scope("/a/x.py", SMP_FILE_SOURCE, PROGRAM, &only));
    CHECK(!scope("/lib/util.so", SMP_FILE_NATIVE, 0, &only));
    CHECK(scope("/a/x.py", SMP_FILE_SOURCE, PROGRAM, &no_only));
    CHECK(!scope("/a/test_x.py", SMP_FILE_SOURCE, PROGRAM, &exclude));
    CHECK(scope("/a/x.py", SMP_FILE_SOURCE, PROGRAM, &exclude));
    CHECK(!scope("/a/test_util.py", SMP_FILE_SOURCE, PROGRAM, &both));
}

static void program_path_rules(void)
{
    struct smp_filter src = {.program_path = "/srv/src/"};
    struct smp_filter here = {.program_path = "."},
                      sub = {.program_path = "./sub"};
    struct smp_filter root = {.program_path = "/"};
    enum { PROGRAM = 1, LIBRARY = 2 };
    CHECK(scope("/srv/src/a.py", SMP_FILE_SOURCE, 0, &src));
    CHECK(scope("/srv/src/b/a.py", SMP_FILE_SOURCE, 0, &src));
    CHECK(!scope("/srv/src2/a.py", SMP_FILE_SOURCE, PROGRAM, &src));
    CHECK(!scope("/srv/src/venv/a.py", SMP_FILE_SOURCE, LIBRARY, &src));
    CHECK(scope("/home/me/app/a.py", SMP_FILE_SOURCE, 0, &here));
    CHECK(!scope("/home/me/a.py", SMP_FILE_SOURCE, PROGRAM, &here));
    CHECK(scope("/home/me/app/sub/a.py", SMP_FILE_SOURCE, 0, &sub));
    CHECK(scope("<stdin>", SMP_FILE_SYNTHETIC, PROGRAM, &src));
    CHECK(!scope("<frozen os>", SMP_FILE_SYNTHETIC, 0, &src));
    CHECK(!scope("/home/me/app/subway/a.py", SMP_FILE_SOURCE, 0, &sub));
    CHECK(scope("/home/me/a.py", SMP_FILE_SOURCE, 0, &root));
}

int main(void)
{
    RUN(scope_rules);
    RUN(program_path_rules);
    return check_summary();
}
