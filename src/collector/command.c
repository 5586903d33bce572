/* Commands: what an image runs and where its program lies, from /proc. */
#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "collector/state.h"

#define ARGUMENTS_BYTES 65536
#define TITLE_BYTES 4096

/* Appends an argument as a shell would read it. */
static void add_quoted(struct smp_buf *b, const char *argument)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST"
                                "UVWXYZ0123456789_-./=:,+@%";
    if (b->length)
        smp_buf_putc(b, ' ');
    if (*argument && argument[strspn(argument, plain)] == '\0') {
        smp_buf_puts(b, argument);
        return;
    }
    smp_buf_putc(b, '\'');
    for (; *argument; argument++) {
        if (*argument == '\'')
            smp_buf_puts(b, "'\\''");
        else
            smp_buf_putc(b, *argument);
    }
    smp_buf_putc(b, '\'');
}

/* The option letter that ends the interpreter's own options and takes the
 * program from its argument: 'c', 'm', or 0 for a script. *at: the index of
 * the script, module or code. As CPython's own command line. */
static char program_argument(char **argv, size_t count, size_t *at)
{
    for (size_t n = 1; n < count; n++) {
        const char *a = argv[n];
        if (a[0] != '-' || !a[1]) {
            *at = n;
            return 0;
        }
        if (a[1] == '-') {
            n += strcmp(a, "--check-hash-based-pycs") == 0;
            continue;
        }
        for (const char *letter = a + 1; *letter; letter++) {
            if (*letter == 'c' || *letter == 'm') {
                *at = letter[1] ? n : n + 1;
                return *letter;
            }
            if (*letter == 'X' || *letter == 'W') {
                n += letter[1] == '\0';
                break;
            }
        }
    }
    *at = count;
    return 'c'; /* stdin or interactive: no file, as for -c */
}

/* A directory of programs is no place of the user's code. */
static int is_bin(const char *directory, const char *executable)
{
    const char *slash = strrchr(executable, '/');
    size_t n = slash ? (size_t)(slash - executable) : 0;
    const char *base = strrchr(directory, '/');
    return (n && strlen(directory) == n && !memcmp(directory, executable, n)) ||
           (base && !strcmp(base, "/bin"));
}

/* A directory or an archive with __main__ is itself the program's place; that of
 * a script, whatever its name, is the directory it is in. */
static int is_own_place(const char *path)
{
    static const char *const archives[] = {".pyz", ".pyzw", ".zip", ".egg",
                                           ".whl"};
    struct stat status;
    const char *end = strrchr(path, '.');
    if (stat(path, &status) || !S_ISREG(status.st_mode))
        return 1;
    for (unsigned n = 0; end && n < sizeof archives / sizeof *archives; n++)
        if (!strcmp(end, archives[n]))
            return 1;
    return 0;
}

static void set_program_dir(struct smp_collector *c, const struct smp_image *i,
                            const char *script, const char *executable)
{
    char path[PATH_MAX], real[PATH_MAX];
    if (c->program_dir[0])
        return;
    if (script && script[0] != '/') {
        struct smp_buf b = {0};
        smp_buf_printf(&b, "%s/%s", i->cwd, script);
        if (b.failed || b.length >= sizeof path)
            script = NULL;
        else
            script = strcpy(path, b.data);
        smp_buf_release(&b);
    }
    if (script && realpath(script, real)) {
        int is_script = !is_own_place(real);
        char *slash = strrchr(real, '/');
        if (is_script && slash && slash != real)
            *slash = '\0';
        if (!is_script && slash && slash != real) {
            char directory[PATH_MAX];
            memcpy(directory, real, (size_t)(slash - real));
            directory[slash - real] = '\0';
            if (is_bin(directory, executable))
                real[0] = '\0';
        } else if (is_bin(real, executable)) {
            real[0] = '\0';
        }
        if (real[0]) {
            strcpy(c->program_dir, real);
            return;
        }
    }
    strcpy(c->program_dir, i->cwd);
}

static void set_script(struct smp_collector *c, const struct smp_image *i,
                       const char *script)
{
    int n =
        script[0] == '/'
            ? snprintf(c->script, sizeof c->script, "%s", script)
            : snprintf(c->script, sizeof c->script, "%s/%s", i->cwd, script);
    if (n < 0 || (size_t)n >= sizeof c->script)
        c->script[0] = '\0';
}

/* Text given with -c belongs to the file name <string>. */
static void set_code_text(struct smp_collector *c, const char *code)
{
    uint32_t file =
        smp_profile_file(c->profile, smp_profile_string(c->profile, "<string>"),
                         SMP_FILE_SYNTHETIC);
    if (file == SMP_NONE || c->profile->files[file].source)
        return;
    char *text = strdup(code);
    if (text) {
        smp_profile_set_source(c->profile, file, text, strlen(text), "");
        c->profile->files[file].program = 1;
    }
}

/* So does what came through standard input to <stdin>; its text is gone. */
static void mark_standard_input(struct smp_collector *c)
{
    uint32_t file =
        smp_profile_file(c->profile, smp_profile_string(c->profile, "<stdin>"),
                         SMP_FILE_SYNTHETIC);
    if (file != SMP_NONE)
        c->profile->files[file].program = 1;
}

void smp_command_read_title(struct smp_collector *c, struct smp_image *i)
{
    static char bytes[TITLE_BYTES];
    if (i->hello.kind != SMP_HELLO_FORK)
        return;
    ssize_t n = smp_os_proc_text(i->pid, "cmdline", bytes, sizeof bytes);
    size_t length = n > 0 ? strlen(bytes) : 0;
    /* One text and nothing behind it: no argument list any more. */
    for (ssize_t at = (ssize_t)length; at < n; at++)
        if (bytes[at])
            return;
    uint32_t text = length ? smp_profile_string(c->profile, bytes) : SMP_NONE;
    if (text != SMP_NONE)
        c->profile->processes[i->process].command = text;
}

/* As the launcher would name it (cli/command.c): of one that runs already. */
static void name_program(struct smp_collector *c, char how, const char *word)
{
    if (how == 'c')
        word = word ? "<string>" : "<stdin>";
    else if (how == 'm' && word && word[0] == '-')
        word = strchr(word, 'm') + 1;
    snprintf(c->attached_to, sizeof c->attached_to, "%s", word ? word : "");
}

void smp_command_read(struct smp_collector *c, struct smp_image *i)
{
    static char bytes[ARGUMENTS_BYTES];
    char executable[PATH_MAX] = "", *argv[1024];
    size_t count = 0, at = 0;
    struct smp_buf command = {0};
    if (smp_os_proc_link(i->pid, "cwd", i->cwd, sizeof i->cwd))
        i->cwd[0] = '\0';
    smp_os_proc_link(i->pid, "exe", executable, sizeof executable);
    ssize_t n = smp_os_proc_text(i->pid, "cmdline", bytes, sizeof bytes);
    for (char *a = bytes; n > 0 && a < bytes + n && count < 1024;
         a += strlen(a) + 1) {
        argv[count++] = a;
        add_quoted(&command, a);
    }
    uint32_t text =
        smp_profile_string(c->profile, command.data ? command.data : "");
    smp_buf_release(&command);
    struct smp_process *p = &c->profile->processes[i->process];
    p->command = text == SMP_NONE ? 0 : text;
    p->executable = smp_profile_string(c->profile, executable);
    if (!count || i->hello.kind == SMP_HELLO_FORK ||
        i->hello.kind == SMP_HELLO_REFUSED)
        return;
    int first = !c->program_dir[0];
    char how = program_argument(argv, count, &at);
    set_program_dir(c, i, how || at >= count ? NULL : argv[at], executable);
    if (first && c->options->attach)
        name_program(c, how, at < count ? argv[at] : NULL);
    if (first && !how && at < count)
        set_script(c, i, argv[at]);
    if (first && (at == count || !strcmp(argv[at], "-")))
        mark_standard_input(c);
    if (first && how == 'c' && at < count) {
        const char *code = strchr(argv[at], 'c');
        set_code_text(c, argv[at][0] == '-' && code ? code + 1 : argv[at]);
    }
}
