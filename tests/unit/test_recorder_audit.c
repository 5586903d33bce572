/* links: src/recorder/audit.c src/recorder/guard.c src/platform/linux/memory.c
   src/platform/linux/clock.c */
/* Our entry in the interpreter's list of audit hooks: taken out, and put back. */
#include <string.h>

#include "check.h"
#include "recorder/state.h"

struct smp_recorder smp_recorder;

static char *real_ctermid(char *to)
{
    return strcpy(to, "/dev/real");
}

const struct smp_real *smp_real(void)
{
    static const struct smp_real real = {.ctermid = real_ctermid};
    return &real;
}

char *ctermid(char *to);

struct entry {
    struct entry *next;
    void *function, *data;
};
static uint64_t runtime[2048];
static struct entry ours, other;
#define HEAD 383 /* as in CPython 3.12.1 */

static struct entry *first(void)
{
    return (struct entry *)(uintptr_t)runtime[HEAD];
}

static void link_first(struct entry *e)
{
    runtime[HEAD] = (uint64_t)(uintptr_t)e;
}

static void test_before_it_is_linked(void)
{
    smp_audit_rest();
    smp_audit_listen();
    smp_audit_is_at(&ours);
    smp_audit_rest(); /* no interpreter yet */
    smp_recorder.api.runtime = runtime;
    CHECK(!first());
}

static void test_rests_and_listens(void)
{
    link_first(&ours);
    ours.next = &other;
    smp_audit_rest();
    CHECK(first() == &other);
    CHECK(ours.next == &other); /* for who is there just now */
    smp_audit_rest();
    CHECK(first() == &other);
    smp_audit_listen();
    CHECK(first() == &ours && ours.next == &other);
    smp_audit_listen();
    CHECK(first() == &ours && ours.next == &other);
}

static void test_waits_for_the_bridge(void)
{
    char name[64];
    smp_audit_rest();
    CHECK(!strcmp(ctermid(name), "/dev/real"));
    CHECK(first() == &ours);
    smp_audit_rest(); /* an event of another thread */
    CHECK(first() == &ours);
    smp_audit_answered();
    smp_audit_rest();
    CHECK(first() == &other);
}

/* Another hook that stands before ours stays as it is. */
static void test_not_the_first(void)
{
    smp_audit_listen();
    link_first(&other);
    other.next = &ours;
    ours.next = NULL;
    smp_audit_rest();
    CHECK(first() == &other && other.next == &ours);
}

static int on_event(const char *event, void *arguments, void *data)
{
    (void)event;
    (void)arguments;
    (void)data;
    return 0;
}

/* In a running interpreter it is known by its function alone. */
static void test_found_by_its_function(void)
{
    static struct entry added;
    smp_audit_is_at(NULL);
    smp_audit_rest();
    added.function = (void *)(uintptr_t)on_event;
    runtime[HEAD - 1] = 0x10;                        /* no address */
    runtime[HEAD - 2] = (uint64_t)1 << 46;           /* of nothing */
    runtime[HEAD - 3] = (uint64_t)(uintptr_t)&other; /* of another one */
    smp_audit_find((void *)(uintptr_t)on_event);
    link_first(&added);
    smp_audit_find((void *)(uintptr_t)on_event);
    smp_audit_rest();
    CHECK(!first());
    smp_audit_listen();
    CHECK(first() == &added);
}

int main(void)
{
    RUN(test_before_it_is_linked);
    RUN(test_rests_and_listens);
    RUN(test_waits_for_the_bridge);
    RUN(test_not_the_first);
    RUN(test_found_by_its_function);
    return check_summary();
}
