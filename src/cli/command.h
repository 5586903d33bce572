/* The command to run: from the words on our command line to an argv. */
#ifndef SMP_CLI_COMMAND_H
#define SMP_CLI_COMMAND_H

struct smp_command {
    char **argv;         /* owned array, ends with NULL */
    const char *program; /* borrowed: as reports name it */
    char *first;         /* owned: argv[0], where it is not the user's word */
};

/* Decides how the words are run.
 *   -m MODULE, -c CODE, -    by the interpreter, as python does
 *   a file that ends in .py .pyw .pyc .pyz .zip, a folder with __main__.py,
 *   a text file without #!   by the interpreter
 *   a bare word found in PATH, an executable file: run directly
 * A bare word that names both a command in PATH and a file or folder here is
 * the file only where its name or __main__.py says that it is Python.
 * `python`: of --python, or NULL. Returns 0, or an exit code after the reason
 * was printed. Release it in any case. */
int smp_command_make(struct smp_command *c, char **words, const char *python);
void smp_command_release(struct smp_command *c);

#endif
