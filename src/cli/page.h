/* The page in the browser: when it is shown, and by whom. */
#ifndef SMP_CLI_PAGE_H
#define SMP_CLI_PAGE_H

#include "cli/options.h"

#define SMP_PAGE_FILE "profile.html"

/* 1 where the options leave open how a profile is shown: none of them asks for
 * text, JSON or a file. */
int smp_page_is_unsaid(const struct smp_options *o);

/* 1 where view serves the page: asked for by --port or --no-browser, or nothing
 * else was asked for and there is a display. */
int smp_page_is_served(const struct smp_options *o);

/* Becomes the server of the page for this profile ("-": standard input; NULL:
 * profile.json of this folder).
 * Returns only where that fails: an exit code, after the reason was printed. */
int smp_page_serve(const char *profile, const struct smp_options *o);

/* The same for a profile that a run writes anew again and again: what the file
 * held before `since_s` (Unix time) is not shown, and the end of standard input
 * is the end of the run. */
int smp_page_follow(const char *profile, double since_s,
                    const struct smp_options *o);

/* 1 where a run ends with its page in the browser: nothing else was asked for,
 * there is a display, and files can be written in this folder. */
int smp_page_ends_run(const struct smp_options *o);

/* Makes SMP_PAGE_FILE of the saved profile and opens it. 1 where that was done;
 * 0: the report must be shown in another way. */
int smp_page_open(const char *profile, const struct smp_options *o);

#endif
