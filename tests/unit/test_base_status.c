/* links: src/base/status.c */
/* Statuses: each has words of its own and a value below 0. */
#include "base/status.h"

#include "check.h"

static const int values[] = {
#define SMP_X(name, value, text) name,
    SMP_STATUS_TABLE(SMP_X)
#undef SMP_X
};
#define COUNT (sizeof values / sizeof *values)

static void test_words(void)
{
    for (unsigned a = 0; a < COUNT; a++) {
        CHECK(values[a] < 0);
        CHECK(smp_status_text(values[a])[0] != '\0');
        for (unsigned b = 0; b < a; b++) {
            CHECK(values[a] != values[b]);
            CHECK(
                strcmp(smp_status_text(values[a]), smp_status_text(values[b])));
        }
    }
    CHECK_STR(smp_status_text(SMP_OK), "ok");
    CHECK_STR(smp_status_text(1), "unknown error");
    CHECK_STR(smp_status_text(-1000), "unknown error");
}

int main(void)
{
    RUN(test_words);
    return check_summary();
}
