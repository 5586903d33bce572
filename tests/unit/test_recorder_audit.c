/* links: src/recorder/audit.c */
/* Our entry in the interpreter's list of audit hooks: taken out, and put back. */
#include <string.h>

#include "check.h"
#include "recorder/state.h"

struct smp_recorder smp_recorder;

static char *real_ctermid(char *to)
{
    return strcpy(to, "/dev/real");
}

void *smp_real_find(const char *name)
{
    CHECK(!strcmp(name, "ctermid"));
    return (void *)(uintptr_t)real_ctermid;
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

int main(void)
{
    RUN(test_before_it_is_linked);
    RUN(test_rests_and_listens);
    RUN(test_waits_for_the_bridge);
    RUN(test_not_the_first);
    return check_summary();
}
