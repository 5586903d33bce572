/* Members of zip archives: Python imports from them, so sources lie there. */
#ifndef SMP_BASE_ZIP_H
#define SMP_BASE_ZIP_H

#include "base/buf.h"

/* Appends the bytes of `member` of the archive to `out`. Stored and deflated
 * members of plain archives (APPNOTE.TXT 6.3, no zip64, no encryption), as
 * CPython's zipimport reads them; a prefix before the archive (zipapp's #! line)
 * is allowed. `limit`: the most bytes of archive and of member. 0, SMP_ENOENT,
 * SMP_EIO, SMP_EACCES, SMP_EFORMAT, SMP_ERANGE or SMP_ENOMEM. */
int smp_zip_read(struct smp_buf *out, const char *archive, const char *member,
                 size_t limit);

#endif
