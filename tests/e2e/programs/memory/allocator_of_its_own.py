# A child whose executable brings malloc and free, but not all of their family: what
# libc makes of the rest comes to them.
#: needs cc
#: processes 0
#: slow
import os
import subprocess

SOURCE = r"""
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static char pool[1 << 24] __attribute__((aligned(16)));
static size_t used;
static int foreign;
static void look(void *p)
{
    foreign += p && (uintptr_t)p - (uintptr_t)pool >= sizeof pool;
}
void *malloc(size_t n)
{
    char *p = pool + used;
    used += (n + 31) & ~(size_t)15;
    *(size_t *)p = n;
    return p + 16;
}
void free(void *p)
{
    look(p);
}
void *calloc(size_t count, size_t size)
{
    return malloc(count * size);
}
void *realloc(void *old, size_t n)
{
    void *p = malloc(n);
    look(old);
    if (old) {
        size_t had = *(size_t *)((char *)old - 16);
        memcpy(p, old, had < n ? had : n);
    }
    return p;
}
int main(void)
{
    char *text = malloc(10);
    strcpy(text, "hello");
    text = reallocarray(text, 100, 10);
    free(strdup(text));
    printf("%s, %d foreign\n", text, foreign);
    free(text);
    return 0;
}
"""

with open("own.c", "w") as file:
    file.write(SOURCE)
subprocess.run(["cc", "-w", "-o", "own", "own.c"], check=True)
done = subprocess.run(["./own"], capture_output=True, text=True)
print(done.returncode, done.stdout, done.stderr)
os.remove("own")
