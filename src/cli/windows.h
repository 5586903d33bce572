/* Windows: one file for each interval of a long run, old ones thinned. */
#ifndef SMP_CLI_WINDOWS_H
#define SMP_CLI_WINDOWS_H

#define SMP_WINDOWS_MOST 100 /* files that are kept */

/* The file of the window that began at this time: "svc.20260131-235959.json" for
 * "svc.json", in UTC, so that names sort by time. Owned; NULL: no memory. */
char *smp_windows_path(const char *path, double start_unix_s);

/* Where there are more than SMP_WINDOWS_MOST of them, every second one of the older
 * half is deleted: the older, the wider apart. */
void smp_windows_thin(const char *path);

#endif
