# A handler that works for long on a small alternate stack: there is room for one more
# signal's frame of the kernel's, and for hardly more.
#: needs cc
#: slow
import ctypes
import os
import subprocess

SOURCE = r"""
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/auxv.h>
enum { PAGE = 4096, USED = 700, MORE = 600, MINSIGSTKSZ_NOW = 51 };
static volatile long sum;
static void work(int number)
{
    volatile char used[USED];
    for (unsigned i = 0; i < sizeof used; i++)
        used[i] = (char)number;
    for (long i = 0; i < 100000000; i++)
        sum += used[i % sizeof used];
}
int go(void)
{
    long frame = getauxval(MINSIGSTKSZ_NOW), size = 2 * frame + USED + MORE & ~15;
    long pages = (size + PAGE - 1) / PAGE * PAGE;
    char *low = mmap(0, PAGE + pages, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t stack = {.ss_sp = low + PAGE + pages - size, .ss_size = size}, none = {.ss_flags = SS_DISABLE};
    struct sigaction action = {.sa_handler = work, .sa_flags = SA_ONSTACK};
    memset(low, 1, PAGE + pages);
    sigaltstack(&stack, 0);
    sigaction(SIGUSR1, &action, 0);
    raise(SIGUSR1);
    int written = 0; /* below the stack's end */
    for (char *p = low; p < (char *)stack.ss_sp; p++)
        written += *p != 1;
    return written + sigaltstack(&none, 0);
}
"""

with open("small.c", "w") as file:
    file.write(SOURCE)
subprocess.run(["cc", "-w", "-O1", "-shared", "-fPIC", "-o", "small.so", "small.c"], check=True)
print(ctypes.CDLL("./small.so").go())
os.remove("small.so")
