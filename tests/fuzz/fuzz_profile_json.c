/* links: tests/unit/test_report_json.c */
/* Fuzzing of the JSON profile reader: what it takes is valid, can be asked and
 * written, and comes back. Build with clang -fsanitize=fuzzer,address,undefined. */
#include <stdint.h>
#include <stdlib.h>

#include "report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void must(int holds)
{
    if (!holds)
        abort();
}

/* Asks the profile, writes it and reads it again. */
static void use(const struct smp_profile *p, int stacks)
{
    struct smp_json_options o = {.filter.scope = SMP_SCOPE_ALL,
                                 .stacks = stacks,
                                 .sources = 1};
    struct smp_buf b = {0};
    struct smp_profile *again = NULL;
    char why[256];
    must(smp_report_json(&b, p, &o) == 0);
    must(smp_report_json_read(&again, b.data, b.length, why) == 0);
    must(again->string_count == p->string_count);
    must(again->process_count == p->process_count);
    must(again->thread_count == p->thread_count);
    must(!stacks || again->sample_count == p->sample_count);
    must(!stacks || again->stack_count == p->stack_count);
    smp_profile_free(again);
    smp_buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct smp_profile *p = NULL;
    char why[256] = "";
    int status = smp_report_json_read(&p, (const char *)bytes, length, why);
    must(status ? p == NULL && why[0] : p != NULL);
    if (status)
        return 0;
    must(smp_profile_is_valid(p));
    use(p, 1);
    use(p, 0);
    smp_profile_free(p);
    return 0;
}
