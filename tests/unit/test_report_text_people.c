/* links: tests/unit/test_report_text.c */
/* The terminal report on processes and threads: names, groups, their waiting. */
#include "terminal_report.h"

static void test_functions_and_people(void)
{
    struct shop s;
    shop_profile(&s);
    const char *r = report(s.p, &plain);
    CHECK_STR(line_with(r, "Shop.total"),
              "\xe2\x96\xb6  21  20%    20%                      45% "
              "\xe2\x94\x82 Shop.total");
    CHECK(has(r, "2 processes \xe2\x94\x80"));
    CHECK(has(line_with(r, " 4720 "), "   8%   1.00 s   5.00 s          4720"));
    CHECK(has(line_with(r, "/Thread-1"), "92%"));
    CHECK(has(line_with(r, "/Thread-1"), "lock in warm_up (shop.py:34)"));
    smp_profile_free(s.p);
}

static void command_reads(const char *command, const char *words)
{
    struct shop s;
    shop_profile(&s);
    s.p->processes[1].command = smp_profile_string(s.p, command);
    const char *row = line_with(report(s.p, &plain), " 4720 ");
    CHECK_STR(strstr(row, " 4720  ") + 7, words);
    smp_profile_free(s.p);
}

/* What is the same in all rows does not push the rest out of the table. */
static void test_commands_of_processes(void)
{
    command_reads("/opt/app/venv/bin/python3 /opt/app/venv/bin/gunicorn -w 2",
                  "python3 gunicorn -w 2");
    command_reads("/usr/bin/python3.11 /srv/app/prog.py /bin/x",
                  "python3.11 /srv/app/prog.py /bin/x");
    command_reads("python3 -c 'a /bin/b'", "python3 -c 'a /bin/b'");
    command_reads("/usr/bin/python3", "python3");
    command_reads("/bin/", "/bin/");
    command_reads(
        "python3 -B -c 'from multiprocessing.spawn import spawn_main; "
        "spawn_main(tracker_fd=5)' --multiprocessing-fork",
        "multiprocessing worker (spawn)");
    command_reads("python -m joblib.externals.loky.backend.popen_loky_posix "
                  "--process-name LokyProcess-1 --pipe 17",
                  "LokyProcess-1");
}

static uint32_t add_worker(struct smp_profile *p, uint32_t parent, int pid,
                           const char *command)
{
    struct smp_process it = {.pid = pid,
                             .parent = parent,
                             .command = smp_profile_string(p, command),
                             .start_s = 1,
                             .end_s = 3};
    return smp_profile_process(p, it);
}

/* A child with the command of its parent is told by whose child it is. */
static void test_forked_workers(void)
{
    struct shop s;
    shop_profile(&s);
    uint32_t one = add_worker(s.p, 0, 4731,
                              smp_profile_text(s.p, s.p->processes[0].command));
    s.p->processes[one].peak_rss = 40 << 20;
    s.p->processes[one].exit_status = -9;
    struct smp_text_options wide = plain;
    wide.width = 120;
    const char *row = line_with(report(s.p, &wide), " 4731 ");
    CHECK(has(row, "2.00 s         40M    4731  [signal 9] child of 4711, "
                   "same command"));
    s.p->processes[one].exit_status = SMP_EXIT_RUNNING;
    CHECK(has(line_with(report(s.p, &wide), " 4731 "), "[runs on] child of"));
    smp_profile_free(s.p);
}

/* 200 short children, in two sorts, are two rows; with few, each has its own. */
static void test_many_processes(void)
{
    struct shop s;
    char command[64];
    shop_profile(&s);
    for (int i = 0; i < 200; i++) {
        snprintf(command, sizeof command, "python3 %s %d",
                 i % 2 ? "even.py" : "odd.py", i);
        uint32_t it = add_worker(s.p, 0, 5000 + i, command);
        s.p->processes[it].exit_status = i < 3;
    }
    const char *text = report(s.p, &plain);
    CHECK(has(text, "202 processes"));
    CHECK(has(line_with(text, "odd.py"), "100x  [signal or exit code: 2] "
                                         "python3 odd.py #"));
    CHECK(has(line_with(text, "even.py"), "100x  [signal or exit code: 1] "));
    CHECK(!strstr(text, " 5007 "));
    CHECK(!strstr(text, " more"));
    smp_profile_free(s.p);
}

/* What workers wait for is no part of the shares, and has a table of its own. */
static void test_waiting_elsewhere(void)
{
    struct shop s;
    struct smp_text_options o = plain;
    shop_profile(&s);
    const char *text = strstr(report(s.p, &o), "waiting in other threads");
    CHECK(text && has(text, "       1  lock           warm_up (shop.py:34)"));
    o.filter.cpu_only = 1;
    CHECK(!strstr(report(s.p, &o), "waiting in other threads"));
    smp_profile_free(s.p);
    shop_profile(&s);
    s.p->elapsed_s = 1e6; /* then it is too little to tell */
    CHECK(!strstr(report(s.p, &plain), "waiting in other threads"));
    smp_profile_free(s.p);
}

static void test_many_threads(void)
{
    struct shop s;
    char name[64];
    shop_profile(&s);
    for (int i = 0; i < 30; i++) {
        snprintf(name, sizeof name, "Thread-%d (serve)", i);
        smp_profile_thread(s.p,
                           (struct smp_thread){.process = 0,
                                               .tid = 6000 + i,
                                               .name = smp_profile_string(s.p,
                                                                          name),
                                               .end_s = 1});
    }
    struct smp_text_options wide = plain;
    wide.width = 120;
    CHECK(has(report(s.p, &wide), "  30x 4711/Thread-# (serve)"));
    smp_profile_free(s.p);
}

/* The main thread of a server only waits, elsewhere: its workers' shares are
 * small, and the report says how to see them. */
static void test_a_server(void)
{
    struct shop s;
    shop_profile(&s);
    CHECK(!strstr(report(s.p, &plain), "--use-virtual-time"));
    uint32_t serve = add_function(s.p, "serve",
                                  add_file(s.p, "/lib/site-packages/server.py",
                                           SMP_FILE_SOURCE, 0),
                                  5);
    add_sample(s.p, 0, s.main_thread, push(s.p, 0, serve, 7),
               SMP_KIND_WAIT_LOCK, 50);
    CHECK(has(report(s.p, &plain), "--use-virtual-time"));
    smp_profile_free(s.p);
}

int main(void)
{
    RUN(test_functions_and_people);
    RUN(test_commands_of_processes);
    RUN(test_forked_workers);
    RUN(test_many_processes);
    RUN(test_waiting_elsewhere);
    RUN(test_many_threads);
    RUN(test_a_server);
    return check_summary();
}
