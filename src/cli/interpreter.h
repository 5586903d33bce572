/* The interpreter: which one, and the verbs of ours that it carries out. */
#ifndef SMP_CLI_INTERPRETER_H
#define SMP_CLI_INTERPRETER_H

/* Owned path (free it) of the interpreter in *out: `named` (of --python, a path
 * or a command in PATH) or, where that is NULL, the one beside this executable
 * (a venv's, say), else in PATH. 0, or an exit code after the reason was
 * printed. */
int smp_interpreter_find(char **out, const char *named);

/* Becomes the interpreter, which carries out a verb of our Python package.
 * `words`: the verb and its words, up to a NULL. Returns only where that fails:
 * an exit code, after the reason was printed. */
int smp_interpreter_become(char *const *words, const char *named);

/* Has it carried out by a child, without a word on the terminal, and waits.
 * 1 where it succeeded. */
int smp_interpreter_ask(char *const *words, const char *named);

#endif
