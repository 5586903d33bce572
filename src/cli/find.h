/* Finding things: our own folder, the recorder, commands in PATH. */
#ifndef SMP_CLI_FIND_H
#define SMP_CLI_FIND_H

/* Each gives an owned path (free it) in *out and returns 0, SMP_ENOENT or
 * SMP_ENOMEM. */

/* The folder of this executable, links followed. */
int smp_find_own_folder(char **out);

/* The recorder library that belongs to this executable: beside it (a build
 * folder), or in the package where pip puts it for a venv, for --user, for a
 * prefix and for --target. Where several Pythons of one prefix have it, the
 * one that was installed with this executable: its time stamp is nearest. */
int smp_find_recorder(char **out);

/* The script of our Python package that carries out its verbs; found likewise.
 */
int smp_find_door(char **out);

/* This executable, links followed. */
int smp_find_own_file(char **out);

/* The executable file of this name in PATH. */
int smp_find_in_path(char **out, const char *name);

/* 1 where the path is a regular file that may be executed. */
int smp_find_is_executable(const char *path);

#endif
