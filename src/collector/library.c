/* Libraries: which paths are those of code that others wrote. */
#include <string.h>

#include "collector/state.h"

/* 1 for an installed command: a file without suffix in a folder bin. */
static int is_installed_command(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash - path >= 4 && !strncmp(slash - 4, "/bin", 4) &&
           !strchr(slash, '.');
}

/* 1 where a path lies in a place for libraries. */
int smp_is_library(const char *path)
{
    if (is_installed_command(path))
        return 1;
    const char *at = strstr(path, "/lib/python3");
    if (!at)
        at = strstr(path, "/lib64/python3");
    if (at) /* .../lib/python3.12/... and Debian's .../lib/python3/... */
        return 1;
    return strstr(path, "/site-packages/") || strstr(path, "/dist-packages/") ||
           !strncmp(path, "<frozen ", 8) || strstr(path, "/python3.zip/");
}

int smp_is_own_file(const struct smp_profile *p, uint32_t file)
{
    return file < p->file_count &&
           (p->files[file].program ||
            (p->files[file].kind == SMP_FILE_SOURCE &&
             !smp_is_library(smp_profile_text(p, p->files[file].path))));
}
