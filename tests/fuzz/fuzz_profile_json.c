/* links: src/report/json_write.c src/report/json_write_cost.c
   src/report/json_write_cut.c src/report/json_write_facts.c
   src/report/json_write_tasks.c src/report/json_read_tasks.c
   src/model/view_tasks.c src/model/profile_tasks.c
   src/report/json_write_files.c src/report/json_write_processes.c
   src/report/json_write_stacks.c src/report/json_write_text.c
   src/report/json_read.c src/report/json_read_facts.c src/report/scalene_read.c
   src/report/scalene_lines.c src/report/scalene_facts.c
   src/report/json_read_run.c src/report/json_read_values.c
   src/report/json_write_memory.c src/report/json_write_memory_facts.c
   src/report/json_read_memory.c src/model/kind.c src/model/profile.c
   src/model/profile_samples.c src/model/profile_valid.c src/model/utf8.c
   src/model/view.c src/model/view_charge.c src/model/view_cost.c
   src/model/view_files.c src/model/view_functions.c src/model/view_groups.c
   src/model/view_lines.c src/model/view_scope.c src/model/view_threads.c
   src/model/view_memory.c src/model/view_memory_cost.c
   src/model/view_memory_events.c src/model/view_memory_sites.c
   src/model/view_leaks.c src/model/view_footprint.c src/model/view_restack.c
   src/model/profile_memory.c src/model/profile_rows.c src/base/map.c
   src/base/buf.c src/base/status.c src/model/view_regions.c
   src/report/json_write_said.c src/report/json_read_said.c
   src/report/process_name.c -ljansson */
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
