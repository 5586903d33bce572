/* Status codes: what a function returns when it cannot do what its name says. */
#ifndef SMP_BASE_STATUS_H
#define SMP_BASE_STATUS_H

/* Every error of the project, its value and the words shown to people.
 * Functions return 0 or one of these (negative); outputs by pointer stay
 * untouched on failure. A new error is one line here. */
#define SMP_STATUS_TABLE(X)                                                    \
    X(SMP_ENOMEM, -1, "out of memory")                                         \
    X(SMP_EIO, -2, "input or output failed")                                   \
    X(SMP_ENOENT, -3, "no such file")                                          \
    X(SMP_EACCES, -4, "permission denied")                                     \
    X(SMP_EINVAL, -5, "invalid argument")                                      \
    X(SMP_EFORMAT, -6, "not in the expected format, or damaged")               \
    X(SMP_EVERSION, -7, "made by a version this program does not know")        \
    X(SMP_ERANGE, -8, "value out of range")                                    \
    X(SMP_EFULL, -9, "a bounded table or buffer is full")                      \
    X(SMP_EAGAIN, -10, "not available now")                                    \
    X(SMP_EUNSUPPORTED, -11, "not supported here")                             \
    X(SMP_EFAULT, -12, "memory of the profiled program could not be read")     \
    X(SMP_EGONE, -13, "the process or thread has ended")

enum smp_status {
    SMP_OK = 0,
#define SMP_X(name, value, text) name = value,
    SMP_STATUS_TABLE(SMP_X)
#undef SMP_X
};

/* The words for a status; never NULL, "unknown error" for a value not in the
 * table. Static storage. */
const char *smp_status_text(int status);

#endif
