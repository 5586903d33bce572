/* The verbs: one function each, in a file of its own. */
#ifndef SMP_CLI_VERB_H
#define SMP_CLI_VERB_H

#include "cli/parse.h"

/* Each returns the exit code of the whole program. */
int smp_verb_run(struct smp_call *call);          /* verb_run.c */
int smp_verb_live(struct smp_call *call);         /* verb_live.c */
int smp_verb_view(struct smp_call *call);         /* verb_view.c */
int smp_verb_convert(struct smp_call *call);      /* verb_convert.c */
int smp_verb_suggest(struct smp_call *call);      /* verb_suggest.c */
int smp_verb_compare(struct smp_call *call);      /* verb_compare.c */
int smp_verb_profile(struct smp_call *call);      /* verb_profile.c */
int smp_verb_snapshot(struct smp_call *call);     /* verb_snapshot.c */
int smp_verb_attach(struct smp_call *call);       /* verb_attach.c */
int smp_verb_collect(struct smp_call *call);      /* verb_collect.c */
int smp_verb_help(struct smp_call *call);         /* verb_help.c */
int smp_verb_option_table(struct smp_call *call); /* verb_option_table.c */

#endif
