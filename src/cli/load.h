/* A saved profile, read from its file. */
#ifndef SMP_CLI_LOAD_H
#define SMP_CLI_LOAD_H

#include "model/profile.h"

#define SMP_PROFILE_FILE "profile.json" /* where --json writes by itself */

#define SMP_NO_PROFILE                                                         \
    "no " SMP_PROFILE_FILE " here: name the profile, or make one with --json"

/* Reads the profile in `path` ("-": standard input; NULL: profile.json of this
 * folder). Owned profile in *out. 0, or an exit code after the reason was
 * printed. */
int smp_load(struct smp_profile **out, const char *path);

#endif
