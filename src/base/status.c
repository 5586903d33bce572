/* Status codes: the words for each. */
#include "base/status.h"

const char *smp_status_text(int status)
{
    switch (status) {
    case SMP_OK:
        return "ok";
#define SMP_X(name, value, text)                                               \
    case name:                                                                 \
        return text;
        SMP_STATUS_TABLE(SMP_X)
#undef SMP_X
    default:
        return "unknown error";
    }
}
