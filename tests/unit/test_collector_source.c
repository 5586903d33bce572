/* links: src/collector/source.c src/collector/library.c src/base/zip.c src/model/profile.c
   src/model/profile_samples.c src/model/profile_valid.c src/model/kind.c
   src/model/utf8.c src/base/buf.c src/base/map.c src/base/sha256.c
   src/base/status.c -lz */
/* Source texts in every declared encoding, and which files are the program. */
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "collector/state.h"

static char directory[] = "/tmp/test_collector_source.XXXXXX";

/* The text that a file of these bytes gets; owned by `c->profile`. */
static const char *text_of(struct smp_collector *c, const char *bytes, size_t n)
{
    char path[200];
    snprintf(path, sizeof path, "%s/prog.py", directory);
    FILE *f = fopen(path, "wb");
    CHECK_INT(fwrite(bytes, 1, n, f), n);
    fclose(f);
    c->profile = smp_profile_new();
    snprintf(c->program_dir, sizeof c->program_dir, "%s", directory);
    uint32_t file =
        smp_profile_file(c->profile, smp_profile_string(c->profile, path),
                         SMP_FILE_SOURCE);
    smp_source_mark(c);
    smp_source_load(c);
    CHECK(smp_profile_is_valid(c->profile));
    CHECK_INT(c->profile->files[file].program, 1);
    return c->profile->files[file].source;
}

static void is(const char *bytes, size_t n, const char *text)
{
    struct smp_collector c = {0};
    CHECK_STR(text_of(&c, bytes, n), text);
    smp_profile_free(c.profile);
}
#define IS(bytes, text) is(bytes, sizeof(bytes) - 1, text)

static void test_encodings(void)
{
    IS("x = '\xc3\xbc'\n", "x = '\xc3\xbc'\n");
    IS("\xef\xbb\xbfx = 1\n", "x = 1\n");
    IS("# -*- coding: latin-1 -*-\n'\xfc'",
       "# -*- coding: latin-1 -*-\n'\xc3\xbc'");
    IS("#!/usr/bin/python\n# vim: set fileencoding=iso-8859-15 :\n'\xa4'",
       "#!/usr/bin/python\n# vim: set fileencoding=iso-8859-15 "
       ":\n'\xe2\x82\xac'");
    IS("#coding=cp1252\n'\x80'", "#coding=cp1252\n'\xe2\x82\xac'");
    IS("# coding: euc-jp\n'\xb4\xc1'", "# coding: euc-jp\n'\xe6\xbc\xa2'");
    IS("# coding: UTF-8\n'\xc3\xbc'", "# coding: UTF-8\n'\xc3\xbc'");
}

/* Only a comment in the first two lines declares. */
static void test_no_declaration(void)
{
    IS("\n\n# coding: latin-1\n'\xc3\xbc'",
       "\n\n# coding: latin-1\n'\xc3\xbc'");
    IS("coding = 'latin-1'; '\xc3\xbc'", "coding = 'latin-1'; '\xc3\xbc'");
    IS("# coding latin-1\n'\xc3\xbc'", "# coding latin-1\n'\xc3\xbc'");
}

/* What is no text in any way still becomes text. */
static void test_damaged(void)
{
    IS("'\xfc'", "'\xef\xbf\xbd'");
    IS("# coding: no-such\n'\xfc'", "# coding: no-such\n'\xef\xbf\xbd'");
    IS("# coding: ascii\n'\xfc'", "# coding: ascii\n'?'");
    IS("# coding: euc-jp\n\xb4", "# coding: euc-jp\n?");
    IS("# coding:", "# coding:");
    IS("# coding: \n", "# coding: \n");
}

/* An encoding whose bytes become longer than four of UTF-8. */
static void test_text_that_grows(void)
{
    struct smp_collector c = {0};
    char bytes[4000] = "# coding: tscii\n";
    memset(bytes + 16, 0x87, sizeof bytes - 16);
    const char *text = text_of(&c, bytes, sizeof bytes);
    CHECK(text && !strncmp(text, "# coding: tscii\n", 16));
    smp_profile_free(c.profile);
}

/* ---- which files are whose */

static void place(const char *program_dir, const char *path, int library,
                  int program)
{
    struct smp_collector c = {.profile = smp_profile_new()};
    uint32_t string = smp_profile_string(c.profile, path);
    uint32_t file =
        smp_profile_file(c.profile, string,
                         path[0] == '<' ? SMP_FILE_SYNTHETIC : SMP_FILE_SOURCE);
    snprintf(c.program_dir, sizeof c.program_dir, "%s", program_dir);
    /* Something of the program ran. */
    uint32_t own =
        smp_profile_file(c.profile, smp_profile_string(c.profile, "<own>"),
                         SMP_FILE_SYNTHETIC);
    c.profile->files[own].program = 1;
    smp_source_mark(&c);
    if (!CHECK_INT(c.profile->files[file].library, library) ||
        !CHECK_INT(c.profile->files[file].program, program))
        printf("  (%s seen from %s)\n", path, program_dir);
    smp_profile_free(c.profile);
}

static void test_places(void)
{
    place("/home/u/app", "/home/u/app/main.py", 0, 1);
    place("/home/u/app", "/home/u/app/pack/deep/x.py", 0, 1);
    place("/home/u/app", "/home/u/application/x.py", 0, 0);
    place("/home/u/app", "/home/u/other.py", 0, 0);
    place("/home/u/app", "/usr/lib/python3.11/json/decoder.py", 1, 0);
    place("/home/u/app", "/usr/lib/python3/dist-packages/six.py", 1, 0);
    place("/home/u/app", "/home/u/app/.venv/lib/python3.12/x.py", 1, 0);
    place("/home/u/app", "/home/u/app/v/site-packages/y.py", 1, 0);
    place("/home/u/app", "<frozen importlib._bootstrap>", 1, 0);
    place("/home/u/app", "<string>", 0, 0);
    /* A program that lives among the libraries is still the program. */
    place("/v/lib/python3.12/site-packages/app",
          "/v/lib/python3.12/site-packages/app/x.py", 0, 1);
    place("/v/lib/python3.12/site-packages/app",
          "/v/lib/python3.12/site-packages/other/x.py", 1, 0);
    place("", "/home/u/app/main.py", 0, 0);
}

/* gunicorn --chdir /srv/app: nothing of the working directory ran. */
static void test_a_program_elsewhere(void)
{
    static const char *const paths[] = {"/srv/app/views.py",
                                        "/v/lib/python3.12/site-packages/g.py",
                                        "/v/bin/gunicorn"};
    struct smp_collector c = {.profile = smp_profile_new(),
                              .program_dir = "/home/u"};
    for (unsigned n = 0; n < 3; n++)
        smp_profile_file(c.profile, smp_profile_string(c.profile, paths[n]),
                         SMP_FILE_SOURCE);
    smp_source_mark(&c);
    for (unsigned n = 0; n < 3; n++)
        CHECK_INT(c.profile->files[n].program, n == 0);
    smp_profile_free(c.profile);
}

int main(void)
{
    char path[200];
    if (!mkdtemp(directory))
        return 1;
    RUN(test_encodings);
    RUN(test_no_declaration);
    RUN(test_damaged);
    RUN(test_text_that_grows);
    RUN(test_places);
    RUN(test_a_program_elsewhere);
    snprintf(path, sizeof path, "%s/prog.py", directory);
    unlink(path);
    rmdir(directory);
    return check_summary();
}
