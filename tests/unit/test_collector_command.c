/* links: src/collector/command.c src/model/profile.c
   src/model/profile_samples.c src/model/kind.c src/model/utf8.c
   src/platform/linux/proc.c src/base/buf.c src/base/map.c src/base/status.c */
/* What an image runs: its command line as a shell reads it, the program's
 * place, the text of -c. Read from a child of the test that was given that
 * command line and does nothing. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "collector/state.h"

#define PAUSE "TEST_COLLECTOR_COMMAND_PAUSE"

static char place[] = "/tmp/test_collector_command.XXXXXX";

struct run {
    struct smp_collector c;
    struct smp_image i;
};

/* A child with this command line in `place`. */
static pid_t start(const char *const *argv)
{
    int ready[2];
    char c;
    if (pipe2(ready, O_CLOEXEC))
        abort();
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setenv(PAUSE, "1", 1);
        if (chdir(place) == 0)
            execv("/proc/self/exe", (char *const *)(uintptr_t)argv);
        _exit(1);
    }
    close(ready[1]);
    if (read(ready[0], &c, 1) != 0) /* its exec closes it */
        abort();
    close(ready[0]);
    return pid;
}

static void read_command(struct run *r, const char *const *argv)
{
    pid_t pid = start(argv);
    memset(r, 0, sizeof *r);
    static const struct smp_run_options attached = {.attach = 1};
    r->c.options = &attached;
    r->c.profile = smp_profile_new();
    r->i.pid = pid;
    r->i.hello.kind = SMP_HELLO_START;
    r->i.process = smp_profile_process(
        r->c.profile, (struct smp_process){.pid = pid, .parent = SMP_NONE});
    smp_command_read(&r->c, &r->i);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* The program's place by this command line, relative to `place`. */
static void is_in(const char *where, const char *const *argv)
{
    struct run r;
    char expected[300];
    read_command(&r, argv);
    snprintf(expected, sizeof expected, "%s%s%s", place, *where ? "/" : "",
             where);
    if (!CHECK_STR(r.c.program_dir, expected))
        for (; *argv; argv++)
            printf("  %s\n", *argv);
    CHECK_STR(r.i.cwd, place);
    smp_profile_free(r.c.profile);
}
#define IN(where, ...) is_in(where, (const char *[]){__VA_ARGS__, NULL})

static void test_scripts(void)
{
    IN("", "python3", "prog.py");
    IN("", "python3", "./prog.py", "-m", "x");
    IN("sub", "python3", "sub/prog.py");
    IN("sub", "python3", "sub/tool"); /* a script needs no .py */
    IN("sub", "python3", "link.py");  /* what it points to */
    IN("sub", "python3", "-B", "sub/prog.py");
    IN("sub", "python3", "-X", "dev", "sub/prog.py");
    IN("sub", "python3", "-Xdev", "-W", "error", "sub/prog.py");
    IN("sub", "python3", "-BsIuX", "dev", "sub/prog.py");
    IN("sub", "python3", "--check-hash-based-pycs", "always", "sub/prog.py");
    IN("", "python3", "no/such/file.py");
}

static void test_own_places(void)
{
    IN("sub", "python3", "sub");
    IN("app.pyz", "python3", "app.pyz");
}

/* A program out of a directory of programs: the user's code is elsewhere. */
static void test_programs_of_others(void)
{
    IN("", "python3", "bin/tool");
    IN("", "python3", "-m", "sub.prog");
    IN("", "python3", "-msub.prog");
    IN("", "python3", "-Bm", "sub.prog", "sub/prog.py");
    IN("", "python3", "-c", "pass", "sub/prog.py");
    IN("", "python3", "-", "sub/prog.py");
    IN("", "python3");
}

static void code_is(const char *text, const char *const *argv)
{
    struct run r;
    read_command(&r, argv);
    uint32_t file =
        smp_profile_file(r.c.profile,
                         smp_profile_string(r.c.profile, "<string>"),
                         SMP_FILE_SYNTHETIC);
    CHECK_STR(r.c.profile->files[file].source, text);
    smp_profile_free(r.c.profile);
}
#define CODE(text, ...) code_is(text, (const char *[]){__VA_ARGS__, NULL})

static void test_code(void)
{
    CODE("print(1)\n", "python3", "-c", "print(1)\n");
    CODE("print(1)", "python3", "-cprint(1)");
    CODE("print(1)", "python3", "-Bc", "print(1)", "-c");
    CODE("-1", "python3", "-c", "-1");
    CODE(NULL, "python3", "prog.py", "-c", "no");
    CODE(NULL, "python3", "-m", "mod", "-c", "no");
}

static int stdin_is_program(const char *const *argv)
{
    struct run r;
    read_command(&r, argv);
    uint32_t file = smp_profile_file(r.c.profile,
                                     smp_profile_string(r.c.profile, "<stdin>"),
                                     SMP_FILE_SYNTHETIC);
    int program = r.c.profile->files[file].program;
    smp_profile_free(r.c.profile);
    return program;
}
#define STDIN(...) stdin_is_program((const char *[]){__VA_ARGS__, NULL})

static void test_standard_input(void)
{
    CHECK(STDIN("python3"));
    CHECK(STDIN("python3", "-B", "-X", "dev"));
    CHECK(STDIN("python3", "-", "prog.py"));
    CHECK(!STDIN("python3", "prog.py", "-"));
    CHECK(!STDIN("python3", "-c", "pass"));
    CHECK(!STDIN("python3", "-m", "mod"));
}

static void test_quoting(void)
{
    struct run r;
    read_command(&r, (const char *[]){"python3", "a b", "it's", "", "x=1,2%",
                                      "*", NULL});
    const struct smp_process *p = &r.c.profile->processes[r.i.process];
    CHECK_STR(smp_profile_text(r.c.profile, p->command),
              "python3 'a b' 'it'\\''s' '' x=1,2% '*'");
    CHECK(strstr(smp_profile_text(r.c.profile, p->executable),
                 "test_collector_command") != NULL);
    smp_profile_free(r.c.profile);
}

/* The first image tells the place; later ones do not move it. */
static void test_first_counts(void)
{
    struct run r;
    read_command(&r, (const char *[]){"python3", "sub/prog.py", NULL});
    pid_t pid = start((const char *[]){"python3", "-c", "pass", NULL});
    char before[sizeof r.c.program_dir];
    strcpy(before, r.c.program_dir);
    r.i.pid = pid;
    smp_command_read(&r.c, &r.i);
    CHECK_STR(r.c.program_dir, before);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    /* A process that is gone: no command, no harm. */
    smp_command_read(&r.c, &r.i);
    CHECK_STR(r.i.cwd, "");
    smp_profile_free(r.c.profile);
}

static void make(const char *path)
{
    close(open(path, O_CREAT | O_WRONLY, 0700));
}

/* What runs already is named as the launcher would name it. */
static void is_named(const char *name, const char *const *argv)
{
    struct run r;
    read_command(&r, argv);
    CHECK_STR(r.c.attached_to, name);
    smp_profile_free(r.c.profile);
    free(r.c.script_text);
}

static void test_names(void)
{
    is_named("sub/prog.py", (const char *[]){"python", "-X", "dev",
                                             "sub/prog.py", "-m", NULL});
    is_named("app", (const char *[]){"python", "-m", "app", "x", NULL});
    is_named("app", (const char *[]){"python", "-mapp", NULL});
    is_named("<string>", (const char *[]){"python", "-c", "pass", NULL});
    is_named("<stdin>", (const char *[]){"python", NULL});
}

int main(void)
{
    if (getenv(PAUSE))
        for (;;)
            pause();
    if (!mkdtemp(place) || chdir(place))
        return 1;
    mkdir("sub", 0700);
    mkdir("bin", 0700);
    make("prog.py");
    make("sub/prog.py");
    make("sub/tool");
    make("bin/tool");
    make("app.pyz");
    if (symlink("sub/prog.py", "link.py"))
        return 1;
    RUN(test_scripts);
    RUN(test_own_places);
    RUN(test_programs_of_others);
    RUN(test_code);
    RUN(test_standard_input);
    RUN(test_quoting);
    RUN(test_first_counts);
    RUN(test_names);
    static const char *const made[] = {"prog.py",  "sub/prog.py", "sub/tool",
                                       "bin/tool", "app.pyz",     "link.py"};
    for (unsigned n = 0; n < sizeof made / sizeof *made; n++)
        unlink(made[n]);
    rmdir("sub");
    rmdir("bin");
    rmdir(place);
    return check_summary();
}
