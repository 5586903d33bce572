/* The run as JSON has it: what was run, the ledger, processes and threads. */
#include <string.h>

#include "report/json_read.h"

/* One value after another: each step runs only while all before it were good. */
#define THEN(status, step) ((status) = (status) ? (status) : (step))

static int read_count(struct smp_json_reader *r, const json_t *ledger,
                      const char *key, uint64_t *out)
{
    int64_t count = 0;
    if (!json_object_get(ledger, key))
        return 0; /* an earlier version did not count it */
    int status = smp_json_take_int(r, ledger, key, 0, INT64_MAX, &count);
    if (!status)
        *out = (uint64_t)count;
    return status;
}

static int read_ledger(struct smp_json_reader *r, const json_t *root)
{
    struct smp_ledger *l = &r->p->ledger;
    const json_t *j = NULL;
    int s = smp_json_take_object(r, root, "ledger", &j);
#define SMP_X(field) THEN(s, read_count(r, j, #field, &l->field));
    SMP_LEDGER_COUNTS(SMP_X)
    if (r->p->memory) {
        SMP_LEDGER_MEMORY_COUNTS(SMP_X)
        THEN(s, smp_json_take_number(r, j, "alloc_interval_least_bytes",
                                     &l->alloc_interval_least));
        THEN(s, smp_json_take_number(r, j, "alloc_interval_most_bytes",
                                     &l->alloc_interval_most));
    }
    if (json_object_get(j, "loops_read")) {
        SMP_LEDGER_TASK_COUNTS(SMP_X)
    }
#undef SMP_X
    THEN(s,
         smp_json_take_number(r, j, "interval_asked_s", &l->interval_asked_s));
    THEN(s, smp_json_take_number(r, j, "interval_reached_s",
                                 &l->interval_reached_s));
    THEN(s, smp_json_take_number(r, j, "recorder_cpu_s", &l->recorder_cpu_s));
    THEN(s, smp_json_take_number(r, j, "collector_cpu_s", &l->collector_cpu_s));
    return THEN(s, smp_json_take_number(r, j, "collector_rss_bytes",
                                        &l->collector_rss_bytes));
}

/* Only where the recording was switched off for a time. */
static int read_off(struct smp_json_reader *r, const json_t *root)
{
    double active_s = 0;
    if (!json_object_get(root, "active_time_sec"))
        return 0;
    int s = smp_json_take_number(r, root, "active_time_sec", &active_s);
    if (!s && active_s < r->p->elapsed_s)
        r->p->off_s = r->p->elapsed_s - active_s;
    return s;
}

int smp_json_read_run(struct smp_json_reader *r, const json_t *root)
{
    struct smp_profile *p = r->p;
    int64_t cpus = 0;
    int s = smp_json_take_string(r, root, "program", &p->program);
    THEN(s, smp_json_take_string(r, root, "command", &p->command));
    THEN(s, smp_json_take_string(r, root, "entrypoint_dir", &p->directory));
    THEN(s, smp_json_take_string(r, root, "platform", &p->platform));
    THEN(s, smp_json_take_string(r, root, "version", &p->version));
    THEN(s, smp_json_take_number(r, root, "start_time_absolute",
                                 &p->start_unix_s));
    THEN(s, smp_json_take_number(r, root, "elapsed_time_sec", &p->elapsed_s));
    THEN(s, read_off(r, root));
    THEN(s, smp_json_take_int(r, root, "cpus", 0, INT32_MAX, &cpus));
    THEN(s, smp_json_take_exit(r, root, &p->exit_status));
    THEN(s, smp_json_take_flag(r, root, "memory", &p->memory));
    p->cpus = (uint32_t)cpus;
    return THEN(s, read_ledger(r, root));
}

static int read_parent(struct smp_json_reader *r, const json_t *j,
                       uint32_t *parent)
{
    int64_t index = 0;
    *parent = SMP_NONE;
    if (json_is_null(json_object_get(j, "parent")))
        return 0;
    int status = smp_json_take_int(r, j, "parent", 0, SMP_NONE - 1, &index);
    if (!status)
        *parent = (uint32_t)index;
    return status;
}

static int read_recording(struct smp_json_reader *r, const json_t *j,
                          uint8_t *recording)
{
    static const char *const names[] = {"recorded", "partly", "not"};
    const char *name;
    int status = smp_json_take_text(r, j, "recording", &name);
    if (status)
        return status;
    for (uint8_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i], name)) {
            *recording = i;
            return 0;
        }
    return smp_json_fail(r, "\"recording\" has no such value");
}

static int read_bytes_if_any(struct smp_json_reader *r, const json_t *j,
                             const char *key, double *out)
{
    return json_object_get(j, key) ? smp_json_take_number(r, j, key, out) : 0;
}

static int read_members(struct smp_json_reader *r, const json_t *j,
                        uint32_t *out)
{
    int64_t members = 0;
    if (!json_object_get(j, "members"))
        return 0;
    int status = smp_json_take_int(r, j, "members", 0, UINT32_MAX, &members);
    if (!status)
        *out = (uint32_t)members;
    return status;
}

static int read_process(struct smp_json_reader *r, const json_t *j)
{
    struct smp_process it = {0};
    int64_t pid = 0;
    int s = smp_json_take_int(r, j, "pid", INT32_MIN, INT32_MAX, &pid);
    THEN(s, read_members(r, j, &it.members));
    THEN(s, read_parent(r, j, &it.parent));
    THEN(s, smp_json_take_string(r, j, "command", &it.command));
    THEN(s, smp_json_take_string(r, j, "interpreter", &it.interpreter));
    THEN(s, smp_json_take_string(r, j, "executable", &it.executable));
    THEN(s, read_recording(r, j, &it.recording));
    THEN(s, smp_json_take_string(r, j, "note", &it.note));
    THEN(s, smp_json_take_number(r, j, "start_s", &it.start_s));
    THEN(s, smp_json_take_number(r, j, "end_s", &it.end_s));
    THEN(s, smp_json_take_exit(r, j, &it.exit_status));
    THEN(s, smp_json_take_number(r, j, "rusage_user_s", &it.cpu_user_s));
    THEN(s, smp_json_take_number(r, j, "rusage_system_s", &it.cpu_system_s));
    THEN(s, smp_json_take_number(r, j, "startup_s", &it.startup_s));
    THEN(s, read_bytes_if_any(r, j, "start_rss_bytes", &it.start_rss));
    THEN(s, read_bytes_if_any(r, j, "peak_rss_bytes", &it.peak_rss));
    THEN(s, read_bytes_if_any(r, j, "tracked_peak_bytes", &it.peak));
    it.pid = (int32_t)pid;
    if (!s && smp_profile_process(r->p, it) == SMP_NONE)
        return smp_json_no_memory(r);
    return s;
}

static int read_thread(struct smp_json_reader *r, const json_t *j)
{
    struct smp_thread it = {0};
    int64_t tid = 0, process = 0;
    int s = smp_json_take_int(r, j, "tid", INT32_MIN, INT32_MAX, &tid);
    THEN(s, read_members(r, j, &it.members));
    THEN(s, smp_json_take_int(r, j, "process", 0,
                              (int64_t)r->p->process_count - 1, &process));
    THEN(s, smp_json_take_string(r, j, "name", &it.name));
    THEN(s, smp_json_take_flag(r, j, "main", &it.main));
    THEN(s, smp_json_take_flag(r, j, "python", &it.python));
    THEN(s, smp_json_take_number(r, j, "start_s", &it.start_s));
    THEN(s, smp_json_take_number(r, j, "end_s", &it.end_s));
    THEN(s, smp_json_take_number(r, j, "cpu_s", &it.cpu_s));
    it.tid = (int32_t)tid;
    it.process = (uint32_t)process;
    if (!s && smp_profile_thread(r->p, it) == SMP_NONE)
        return smp_json_no_memory(r);
    return s;
}

static int read_each(struct smp_json_reader *r, const json_t *root,
                     const char *key,
                     int (*read_one)(struct smp_json_reader *, const json_t *))
{
    const json_t *all = NULL;
    int s = smp_json_take_array(r, root, key, &all);
    for (size_t i = 0; !s && i < json_array_size(all); i++)
        s = read_one(r, json_array_get(all, i));
    return s;
}

int smp_json_read_processes(struct smp_json_reader *r, const json_t *root)
{
    int s = read_each(r, root, "processes", read_process);
    return THEN(s, read_each(r, root, "threads", read_thread));
}
