/* The command to run: from the words on our command line to an argv. */
#define _GNU_SOURCE
#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "cli/find.h"
#include "cli/interpreter.h"
#include "cli/say.h"

#define HEAD_BYTES 256 /* of a file, to see what it is */

/* What the first word is, as a file. */
enum kind {
    KIND_MISSING,
    KIND_UNREADABLE,
    KIND_FOLDER,      /* without __main__ */
    KIND_PYTHON,      /* by its name, or a folder with __main__ */
    KIND_TEXT,        /* nothing says what it is: Python, we trust */
    KIND_PYTHON_TEXT, /* #! line for Python, but not executable */
    KIND_EXECUTABLE   /* #! line, ELF or other binary */
};

static int ends_as_python(const char *word)
{
    static const char *const ends[] = {".py",  ".pyw", ".pyc",
                                       ".pyz", ".zip", ".pyzw"};
    size_t n = strlen(word);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t m = strlen(ends[i]);
        if (n > m && strcmp(word + n - m, ends[i]) == 0)
            return 1;
    }
    return 0;
}

static int folder_has(const char *folder, const char *name)
{
    char *path = NULL;
    int there =
        asprintf(&path, "%s/%s", folder, name) >= 0 && access(path, F_OK) == 0;
    free(path);
    return there;
}

static enum kind look_at_head(const char *word)
{
    char head[HEAD_BYTES + 1] = "";
    int fd = open(word, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return access(word, X_OK) == 0 ? KIND_EXECUTABLE : KIND_UNREADABLE;
    ssize_t n = read(fd, head, HEAD_BYTES);
    close(fd);
    if (n < 0)
        return KIND_UNREADABLE;
    if (memcmp(head, "#!", 2) == 0) {
        head[strcspn(head, "\n")] = '\0';
        return access(word, X_OK) != 0 && strstr(head, "python")
                   ? KIND_PYTHON_TEXT
                   : KIND_EXECUTABLE;
    }
    if (memcmp(head, "PK\3\4", 4) == 0) /* a zip file */
        return KIND_PYTHON;
    return memchr(head, '\0', (size_t)n) ? KIND_EXECUTABLE : KIND_TEXT;
}

static enum kind look(const char *word)
{
    struct stat st;
    if (stat(word, &st) != 0)
        return errno == EACCES ? KIND_UNREADABLE : KIND_MISSING;
    if (S_ISDIR(st.st_mode))
        return folder_has(word, "__main__.py") ||
                       folder_has(word, "__main__.pyc")
                   ? KIND_PYTHON
                   : KIND_FOLDER;
    if (ends_as_python(word))
        return access(word, R_OK) == 0 ? KIND_PYTHON : KIND_UNREADABLE;
    if (!S_ISREG(st.st_mode)) /* a pipe or terminal: what is read is gone */
        return KIND_PYTHON;
    return look_at_head(word);
}

static int by_python(struct smp_command *c, char **words, const char *python)
{
    size_t n = 0;
    while (words[n])
        n++;
    int code = smp_interpreter_find(&c->first, python);
    if (code)
        return code;
    c->argv = calloc(n + 2, sizeof *c->argv);
    if (!c->argv)
        return smp_say_usage("%s", smp_status_text(SMP_ENOMEM));
    c->argv[0] = c->first;
    memcpy(c->argv + 1, words, n * sizeof *words);
    return 0;
}

/* Runs the first word itself; `here`: the file of this folder, not PATH's. */
static int directly(struct smp_command *c, char **words, int here)
{
    size_t n = 0;
    while (words[n])
        n++;
    c->argv = calloc(n + 1, sizeof *c->argv);
    if (!c->argv || (here && asprintf(&c->first, "./%s", words[0]) < 0))
        return smp_say_usage("%s", smp_status_text(SMP_ENOMEM));
    memcpy(c->argv, words, n * sizeof *words);
    if (here)
        c->argv[0] = c->first;
    return 0;
}

/* -m MODULE, -mMODULE, -c CODE, -: as python's own command line has them. */
static int python_form(struct smp_command *c, char **words, const char *python)
{
    const char *word = words[0];
    if (strcmp(word, "-") == 0)
        c->program = "<stdin>";
    else if (strncmp(word, "-c", 2) == 0)
        c->program = "<string>";
    else if (word[2])
        c->program = word + 2;
    else
        c->program = words[1];
    if (word[1] && !word[2] && !words[1])
        return smp_say_usage("%s needs %s behind it", word,
                             word[1] == 'm' ? "the name of a module" : "code");
    return by_python(c, words, python);
}

static int is_python_form(const char *word)
{
    return strcmp(word, "-") == 0 || strncmp(word, "-m", 2) == 0 ||
           strncmp(word, "-c", 2) == 0;
}

static int not_found(const char *word)
{
    if (ends_as_python(word))
        return smp_say_usage("no such file: %s", word);
    smp_say("%s: no such command or file", word);
    return SMP_EXIT_NOT_FOUND;
}

int smp_command_make(struct smp_command *c, char **words, const char *python)
{
    const char *word = words[0];
    *c = (struct smp_command){.program = word};
    if (is_python_form(word))
        return python_form(c, words, python);
    if (word[0] == '-')
        return smp_say_usage("a program is expected, not %s; python's own "
                             "options go after python",
                             word);
    int bare = *word && !strchr(word, '/');
    enum kind kind = look(word);
    char *command = NULL;
    if (bare && kind != KIND_PYTHON && smp_find_in_path(&command, word) == 0) {
        free(command);
        return directly(c, words, 0);
    }
    switch (kind) {
    case KIND_MISSING:
        return not_found(word);
    case KIND_UNREADABLE:
        return smp_say_usage("%s can't be read: permission denied", word);
    case KIND_FOLDER:
        return smp_say_usage("%s is a folder without __main__.py: name the "
                             "file to run",
                             word);
    case KIND_PYTHON:
    case KIND_TEXT:
    case KIND_PYTHON_TEXT:
        return by_python(c, words, python);
    case KIND_EXECUTABLE:
        return directly(c, words, bare);
    }
    return SMP_EXIT_USAGE;
}

void smp_command_release(struct smp_command *c)
{
    free(c->argv);
    free(c->first);
    *c = (struct smp_command){0};
}
