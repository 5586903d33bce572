/* A profile as a real run would make it, with known sums: a small shop program
 * with a worker process, threads that wait, native code and library code. */
#ifndef SMP_TESTS_SHOP_PROFILE_H
#define SMP_TESTS_SHOP_PROFILE_H

#include "memory_rows.h"

static const char shop_source[] =
    "\"\"\"Reads orders and prints what the shop sold.\n"
    "\n"
    "Usage: shop.py ORDERS\"\"\"\n" /* 3 */
    "import json\n"
    "import threading\n"
    "from prices import price_of\n"
    "\n"
    "LIMIT = 0x1F_FF  # orders read at once\n" /* 8 */
    "\n"
    "\n"
    "class Shop:\n" /* 11 */
    "    def __init__(self, path):\n"
    "        self.path = path\n"
    "        self.orders = []\n"
    "\n"
    "    def read(self):\n" /* 16 */
    "        with open(self.path, encoding=\"utf-8\") as file:\n"
    "            for line in file:\n"
    "                self.orders.append(json.loads(line))\n" /* 19 */
    "\n"
    "    def total(self):\n" /* 21 */
    "        # the sum of all, \xe4\xbe\xa1\xe6\xa0\xbc\xe3\x81\xaf"
    "\xe5\x86\x86 (caf\xc3\xa9 prices too)\n"
    "        result = 0\n"
    "        for order in self.orders:\n" /* 24 */
    "            result += order[\"count\"] * price_of(order[\"item\"], "
    "day=order[\"day\"], currency=\"\xe2\x82\xac\")\n" /* 25 */
    "\t    # a comment behind a tab\n"
    "        return result\n"
    "\n"
    "    def best(self, n=10):\n" /* 29 */
    "        return sorted(self.orders, key=lambda o: o[\"count\"])[-n:]\n"
    "\n"
    "\n"
    "def warm_up(event):\n" /* 33 */
    "    event.wait()\n"
    "\n"
    "\n"
    "def main(path):\n" /* 37 */
    "    event = threading.Event()\n"
    "    thread = threading.Thread(target=warm_up, args=(event,))\n"
    "    thread.start()\n"
    "    shop = Shop(path)\n"
    "    shop.read()\n"                      /* 42 */
    "    print(shop.total(), shop.best())\n" /* 43 */
    "    event.set()\n"
    "\n"
    "\n"
    "main(\"orders.json\")\n"; /* 47 */

static const char prices_source[] = "import sqlite3\n"
                                    "\n"
                                    "\n"
                                    "def price_of(item, day, currency):\n"
                                    "    rows = lookup(item)\n"
                                    "    return rows[0] if rows else 0\n"
                                    "\n"
                                    "\n"
                                    "def lookup(item):\n"
                                    "    return cursor.fetch(item)\n";

/* Where samples go; indexes of the profile. */
struct shop {
    struct smp_profile *p;
    uint32_t main_thread, waiter, worker_thread;
    uint32_t module, main_fn, read, total, best, warm_up, price_of, lookup;
    uint32_t loads, decode, wait, scan, sort, fetch, unnamed, spawn;
};

static inline uint32_t shop_files(struct shop *s, const char *path,
                                  const char *source)
{
    uint32_t file = add_file(s->p, path, SMP_FILE_SOURCE, source != NULL);
    s->p->files[file].library = source == NULL;
    if (source)
        smp_profile_set_source(s->p, file, owned_text(source), strlen(source),
                               "");
    return file;
}

static inline void shop_functions(struct shop *s)
{
    struct smp_profile *p = s->p;
    uint32_t shop = shop_files(s, "/home/ann/shop/shop.py", shop_source);
    uint32_t prices = shop_files(s, "/home/ann/shop/prices.py", prices_source);
    uint32_t json = shop_files(s, "/usr/lib/python3.12/json/__init__.py", NULL);
    uint32_t decoder =
        shop_files(s, "/usr/lib/python3.12/json/decoder.py", NULL);
    uint32_t threading =
        shop_files(s, "/usr/lib/python3.12/threading.py", NULL);
    uint32_t mp =
        shop_files(s, "/usr/lib/python3.12/multiprocessing/spawn.py", NULL);
    uint32_t python = add_file(p, "/usr/bin/python3.12", SMP_FILE_NATIVE, 0);
    uint32_t so = add_file(p, "/usr/lib/python3.12/lib-dynload/_json.so",
                           SMP_FILE_NATIVE, 0);
    uint32_t lite = add_file(p, "/usr/lib/libsqlite3.so.0", SMP_FILE_NATIVE, 0);
    p->files[lite].stripped = 1;
    s->module = add_function(p, "<module>", shop, 1);
    s->main_fn = add_function(p, "main", shop, 37);
    s->read = add_function(p, "Shop.read", shop, 16);
    s->total = add_function(p, "Shop.total", shop, 21);
    s->best = add_function(p, "Shop.best", shop, 29);
    s->warm_up = add_function(p, "warm_up", shop, 33);
    s->price_of = add_function(p, "price_of", prices, 4);
    s->lookup = add_function(p, "lookup", prices, 9);
    s->loads = add_function(p, "loads", json, 299);
    s->decode = add_function(p, "JSONDecoder.raw_decode", decoder, 343);
    s->wait = add_function(p, "Event.wait", threading, 604);
    s->spawn = add_function(p, "spawn_main", mp, 96);
    s->scan = add_function(p, "scan_once_unicode", so, 0);
    s->sort = add_function(p, "list_sort_impl", python, 0);
    s->fetch = add_function(p, "[libsqlite3.so.0+0x4711]", lite, 0);
    s->unnamed = add_function(p, "[libsqlite3.so.0+0x4799]", lite, 0);
}

static inline void shop_people(struct shop *s)
{
    struct smp_profile *p = s->p;
    uint32_t main = add_process(p, 4711, SMP_NONE);
    uint32_t worker = add_process(p, 4720, main);
    for (uint32_t i = main; i <= worker; i++) {
        struct smp_process *it = &p->processes[i];
        it->interpreter = smp_profile_string(p, "CPython 3.12.1");
        it->command = smp_profile_string(
            p, i ? "python3 -c 'from multiprocessing.spawn import spawn_main; "
                   "spawn_main(tracker_fd=5)'"
                 : "python3 shop.py orders.json");
        it->end_s = i ? 5 : 12;
        it->cpu_user_s = i ? 0.95 : 8.4;
        it->cpu_system_s = i ? 0.05 : 0.6;
        it->exit_status = 0;
    }
    s->main_thread = add_thread(p, main, 4711, 1);
    s->waiter = add_thread(p, main, 4712, 0);
    s->worker_thread = add_thread(p, worker, 4720, 1);
    for (uint32_t i = 0; i < 3; i++)
        p->threads[i].end_s = i == 2 ? 5 : 12;
    p->threads[s->main_thread].name = smp_profile_string(p, "MainThread");
    p->threads[s->waiter].name = smp_profile_string(p, "Thread-1 (warm_up)");
    p->threads[s->worker_thread].name = smp_profile_string(p, "MainThread");
}

/* Seconds in samples of 10 ms from `at_s` on, one measurement each. */
static inline void shop_time(struct shop *s, uint32_t thread, uint32_t stack,
                             enum smp_kind kind, double seconds, double *at_s)
{
    int n = (int)(seconds / 0.01 + 0.5);
    for (int i = 0; i < n; i++, *at_s += 0.01)
        add_sample(s->p, *at_s, thread, stack, kind, 0.01);
}

/* The main thread: 9 s of CPU and 2 s of waiting. */
static inline void shop_main(struct shop *s)
{
    struct smp_profile *p = s->p;
    uint32_t top = push(p, push(p, 0, s->module, 47), s->main_fn, 42);
    uint32_t late = push(p, push(p, 0, s->module, 47), s->main_fn, 43);
    uint32_t read19 = push(p, top, s->read, 19);
    uint32_t loads = push(p, push(p, read19, s->loads, 346), s->decode, 353);
    uint32_t total25 = push(p, late, s->total, 25);
    uint32_t price5 = push(p, total25, s->price_of, 5);
    uint32_t lookup = push(p, price5, s->lookup, 10);
    uint32_t best = push(p, late, s->best, 30);
    double at = 0.02;
    shop_time(s, s->main_thread, push(p, top, s->read, 17), SMP_KIND_WAIT_IO,
              0.5, &at);
    shop_time(s, s->main_thread, push(p, top, s->read, 18), SMP_KIND_SYSTEM,
              0.6, &at);
    shop_time(s, s->main_thread, push(p, loads, s->scan, 0), SMP_KIND_NATIVE,
              2.4, &at);
    shop_time(s, s->main_thread, loads, SMP_KIND_PYTHON, 0.6, &at);
    shop_time(s, s->main_thread, read19, SMP_KIND_PYTHON, 0.4, &at);
    shop_time(s, s->main_thread, push(p, late, s->total, 24), SMP_KIND_PYTHON,
              0.4, &at);
    shop_time(s, s->main_thread, total25, SMP_KIND_PYTHON, 2.0, &at);
    shop_time(s, s->main_thread, price5, SMP_KIND_PYTHON, 0.5, &at);
    shop_time(s, s->main_thread, push(p, lookup, s->fetch, 0), SMP_KIND_NATIVE,
              0.7, &at);
    shop_time(s, s->main_thread, push(p, lookup, s->unnamed, 0),
              SMP_KIND_NATIVE, 0.3, &at);
    shop_time(s, s->main_thread, lookup, SMP_KIND_WAIT_LOCK, 1.5, &at);
    shop_time(s, s->main_thread, push(p, best, s->sort, 0), SMP_KIND_NATIVE,
              0.9, &at);
    shop_time(s, s->main_thread, best, SMP_KIND_PYTHON, 0.2, &at);
}

/* Owned: free s->p. CPU 10 s (python 4.5, native 4.9, system 0.6), of which 1 s
 * in the worker is out of scope; waiting of the main thread 2 s (I/O 0.5, lock
 * 1.5); another thread waits 11 s. */
static inline void shop_profile(struct shop *s)
{
    struct smp_profile *p = s->p = smp_profile_new();
    p->program = smp_profile_string(p, "shop.py");
    p->command = smp_profile_string(p, "python3 shop.py orders.json");
    p->directory = smp_profile_string(p, "/home/ann/shop");
    p->platform = smp_profile_string(p, "Linux 6.1 x86_64, glibc 2.36");
    p->version = smp_profile_string(p, "0.1.0");
    p->elapsed_s = 11.4;
    p->start_unix_s = 1.7e9;
    p->ledger.samples_taken = 1000;
    p->ledger.interval_asked_s = p->ledger.interval_reached_s = 0.01;
    p->ledger.recorder_cpu_s = 0.012;
    p->ledger.collector_cpu_s = 0.05;
    shop_functions(s);
    shop_people(s);
    shop_main(s);
    uint32_t wait = push(p, push(p, 0, s->warm_up, 34), s->wait, 655);
    double at = 0.1, worker_at = 1;
    shop_time(s, s->waiter, wait, SMP_KIND_WAIT_LOCK, 11, &at);
    uint32_t spawn = push(p, 0, s->spawn, 122);
    shop_time(s, s->worker_thread, spawn, SMP_KIND_PYTHON, 0.4, &worker_at);
    shop_time(s, s->worker_thread, push(p, spawn, s->scan, 0), SMP_KIND_NATIVE,
              0.6, &worker_at);
}

#define SHOP_MB (1024.0 * 1024)

/* `mb` sampled one by one, exactly, from from_s to to_s; each lives `life_s`
 * (NaN: to the end), and the site's greatest moments are told. */
static inline void shop_allocate(struct shop *s, uint32_t stack,
                                 enum smp_domain domain, double mb, int n,
                                 double from_s, double to_s, double life_s)
{
    for (int i = 0; i < n; i++) {
        double at_s = from_s + (to_s - from_s) * i / n;
        struct smp_allocation a =
            allocation(s->main_thread, stack, domain, 1, mb * SHOP_MB / n);
        add_allocation(s->p, at_s, at_s + life_s, a);
        add_high(s->p, at_s, s->main_thread, stack, domain,
                 isnan(life_s) ? mb * SHOP_MB * (i + 1) / n : mb * SHOP_MB / n);
    }
}

/* What the shop allocates, all by its main thread:
 *   shop.py 19 in json: 200 MB of Python objects in 1 to 4 s, kept
 *   shop.py 25: 90 times 30 MB from native code, freed at once (5 to 9 s)
 *   prices.py 10 in sqlite: 20 MB in 4.5 to 11 s, kept: leaks
 *   shop.py 17: a mapped file of 64 MB from 0.1 to 3 s
 *   shop.py 30: 8 MB copied, 40 MB freed that others allocated
 * Peak 243.7 MB at 8.96 s: 200 of 19, 30 of 25, 13.7 of 10 (as told by
 * at_peak). RSS at most 300 MB. */
static inline void shop_memory(struct shop *s)
{
    struct smp_profile *p = s->p;
    uint32_t top = push(p, push(p, 0, s->module, 47), s->main_fn, 42);
    uint32_t late = push(p, push(p, 0, s->module, 47), s->main_fn, 43);
    uint32_t read17 = push(p, top, s->read, 17);
    uint32_t loads = push(p, push(p, push(p, top, s->read, 19), s->loads, 346),
                          s->decode, 353);
    uint32_t total25 = push(p, late, s->total, 25);
    uint32_t lookup = push(p, push(p, total25, s->price_of, 5), s->lookup, 10);
    uint32_t fetch = push(p, lookup, s->fetch, 0);
    uint32_t best = push(p, late, s->best, 30);
    p->memory = 1;
    shop_allocate(s, loads, SMP_DOMAIN_PYTHON, 200, 600, 1, 4, NAN);
    for (int i = 0; i < 90; i++)
        shop_allocate(s, total25, SMP_DOMAIN_NATIVE, 30, 1, 5 + i / 22.5,
                      5 + i / 22.5, 0.001);
    shop_allocate(s, fetch, SMP_DOMAIN_NATIVE, 20, 400, 4.5, 11, NAN);
    shop_allocate(s, read17, SMP_DOMAIN_MAPPED, 64, 1, 0.1, 0.1, 2.9);
    add_copy(p, 9, s->main_thread, best, 8 * SHOP_MB);
    add_deallocation(p, 9, s->main_thread, best, 40 * SHOP_MB);
    struct smp_at_peak rows[] = {
        {s->main_thread, loads, SMP_DOMAIN_PYTHON, 600, 200 * SHOP_MB},
        {s->main_thread, total25, SMP_DOMAIN_NATIVE, 1, 30 * SHOP_MB},
        {s->main_thread, fetch, SMP_DOMAIN_NATIVE, 274, 13.7 * SHOP_MB}};
    smp_profile_at_peak(p, 8.96, 243.7 * SHOP_MB, rows, 3);
    for (int i = 0; i < 22; i++)
        smp_profile_footprint(
            p, i * 0.5,
            (struct smp_footprint){.rss = (16 + i * 13.5) * SHOP_MB,
                                   .anon = (8 + i * 13) * SHOP_MB,
                                   .file = (8 + i * 0.5) * SHOP_MB,
                                   .tracked = i * 11 * SHOP_MB,
                                   .arenas = i * 9 * SHOP_MB,
                                   .arena_used = i * 8.5 * SHOP_MB});
    p->processes[0].start_rss = 14 * SHOP_MB;
    p->processes[0].peak_rss = 300 * SHOP_MB;
    p->processes[0].peak = 243.7 * SHOP_MB;
    p->ledger.alloc_interval_least = p->ledger.alloc_interval_most = 65536;
    p->ledger.allocations_sampled = 1091;
    p->ledger.deallocations_sampled = 91;
    p->ledger.copies_sampled = 1;
}

#endif
