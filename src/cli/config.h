/* Config files: options from pyproject.toml and from a YAML file. */
#ifndef SMP_CLI_CONFIG_H
#define SMP_CLI_CONFIG_H

#include "base/buf.h"
#include "cli/options.h"

#define SMP_CONFIG_LIMIT (1024 * 1024) /* bytes of a config file, at most */

/* Reads [tool.solvidia-mem-prof] of the nearest pyproject.toml (this directory
 * or one above), then the file that --config names. Returns 0, or an exit code
 * after the reason was printed. */
int smp_config_read(struct smp_options *o);

/* What a reader hands its keys to. */
struct smp_config {
    struct smp_options *options;
    const char *path; /* of the file */
    enum smp_level level;
};

/* One key and its value, as text; of a list, once for each item. `line`: in
 * the file, from 1. 0, or an exit code after the reason was printed. */
int smp_config_key(struct smp_config *c, int line, const char *key,
                   const char *text);

/* The readers: the whole text of a file. 0, or an exit code after the reason
 * was printed. */
int smp_config_yaml(struct smp_config *c, const struct smp_buf *text);
int smp_config_toml(struct smp_config *c, const struct smp_buf *text);

#endif
