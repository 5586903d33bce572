/* The interpreter: which one, and the verbs of ours that it carries out. */
#define _GNU_SOURCE
#include "cli/interpreter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/status.h"
#include "cli/find.h"
#include "cli/say.h"

/* The interpreter that --python names, as a path or a command in PATH. */
static int named_python(char **out, const char *python)
{
    if (!strchr(python, '/')) {
        if (smp_find_in_path(out, python) == 0)
            return 0;
        return smp_say_usage("--python %s: no such command in PATH", python);
    }
    if (!smp_find_is_executable(python))
        return smp_say_usage("--python %s: no such executable file", python);
    *out = strdup(python);
    return *out ? 0 : smp_say_usage("%s", smp_status_text(SMP_ENOMEM));
}

/* The interpreter beside this executable (a venv's, say), else in PATH. */
static int find_python(char **out)
{
    static const char *const names[] = {"python3", "python"};
    char *folder = NULL;
    if (smp_find_own_folder(&folder) == 0) {
        for (int i = 0; i < 2; i++) {
            char *path = NULL;
            if (asprintf(&path, "%s/%s", folder, names[i]) >= 0 &&
                smp_find_is_executable(path)) {
                free(folder);
                *out = path;
                return 0;
            }
            free(path);
        }
        free(folder);
    }
    for (int i = 0; i < 2; i++)
        if (smp_find_in_path(out, names[i]) == 0)
            return 0;
    smp_say("no python3 in PATH: name one with --python");
    return SMP_EXIT_NOT_FOUND;
}

int smp_interpreter_find(char **out, const char *named)
{
    return named ? named_python(out, named) : find_python(out);
}

/* The command line of a verb: PYTHON -I -S -B DOOR WORDS. Isolated: nothing of
 * the current folder or of PYTHONPATH may take part. Array and its first word
 * owned. */
static int make_argv(char ***out, char *door, char *const *words,
                     const char *named)
{
    static char isolated[] = "-I", no_site[] = "-S", no_bytecode[] = "-B";
    size_t n = 0;
    while (words[n])
        n++;
    char *python = NULL;
    int code = smp_interpreter_find(&python, named);
    if (code)
        return code;
    char **argv = calloc(n + 6, sizeof *argv);
    if (!argv) {
        free(python);
        return smp_say_usage("%s", smp_status_text(SMP_ENOMEM));
    }
    argv[0] = python;
    argv[1] = isolated;
    argv[2] = no_site;
    argv[3] = no_bytecode;
    argv[4] = door;
    memcpy(argv + 5, words, n * sizeof *words);
    *out = argv;
    return 0;
}

static int find_door(char **out)
{
    if (smp_find_door(out) == 0)
        return 0;
    return smp_say_usage("its Python part is not where this program was "
                         "installed: install it again");
}

int smp_interpreter_become(char *const *words, const char *named)
{
    char *door = NULL, **argv = NULL;
    int code = find_door(&door);
    if (!code)
        code = make_argv(&argv, door, words, named);
    if (!code) {
        execv(argv[0], argv);
        code = smp_say_usage("can't run %s: %s", argv[0], strerror(errno));
        free(argv[0]);
    }
    free(argv);
    free(door);
    return code;
}

/* In the child: away from the terminal's signals and from our output. */
static void run_quietly(char **argv)
{
    int null = open("/dev/null", O_RDWR);
    setsid();
    for (int fd = 0; fd <= 2 && null >= 0; fd++)
        dup2(null, fd);
    execv(argv[0], argv);
    _exit(SMP_EXIT_NOT_RUN);
}

int smp_interpreter_ask(char *const *words, const char *named)
{
    char *door = NULL, **argv = NULL;
    int status = -1;
    if (find_door(&door) == 0 && make_argv(&argv, door, words, named) == 0) {
        pid_t child = fork();
        if (child == 0)
            run_quietly(argv);
        if (child > 0)
            while (waitpid(child, &status, 0) < 0 && errno == EINTR)
                ;
        free(argv[0]);
    }
    free(argv);
    free(door);
    return status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
