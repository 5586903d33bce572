/* A saved profile, read from its file. */
#include "cli/load.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/status.h"
#include "cli/say.h"
#include "report/report.h"

#define PROFILE_LIMIT ((size_t)1 << 30) /* bytes of a profile, at most */

static int read_bytes(struct smp_buf *bytes, const char *path)
{
    struct stat st;
    if (strcmp(path, "-") == 0)
        return smp_buf_read_fd(bytes, STDIN_FILENO, PROFILE_LIMIT);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return SMP_EIO;
    return smp_buf_read_file(bytes, path, PROFILE_LIMIT);
}

int smp_load(struct smp_profile **out, const char *path)
{
    struct smp_buf bytes = {0};
    char why[256] = "";
    const char *name = path ? path : SMP_PROFILE_FILE;
    int status = read_bytes(&bytes, name);
    if (status == SMP_ENOENT && !path) {
        smp_buf_release(&bytes);
        return smp_say_usage(SMP_NO_PROFILE);
    }
    if (!status)
        status = smp_report_json_read(out, bytes.data ? bytes.data : "",
                                      bytes.length, why);
    smp_buf_release(&bytes);
    if (!status)
        return 0;
    return smp_say_usage("profile %s: %s", name,
                         why[0] ? why : smp_status_text(status));
}
