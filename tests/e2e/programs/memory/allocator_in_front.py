# A child's own wrapper of malloc stands before the recorder and finds the real one
# at its first call; and the loader's last error is the program's alone.
#: needs cc
#: processes 0
#: slow
import os
import subprocess
import sys

WRAPPER = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <unistd.h>
static void *(*below_malloc)(size_t);
static void (*below_free)(void *);
static long calls;
void *malloc(size_t n)
{
    if (!below_malloc)
        below_malloc = dlsym(RTLD_NEXT, "malloc");
    calls++;
    return below_malloc(n);
}
void free(void *p)
{
    if (!below_free)
        below_free = dlsym(RTLD_NEXT, "free");
    below_free(p);
}
__attribute__((destructor)) static void tell(void)
{
    write(1, calls ? "wrapped\n" : "not wrapped\n", calls ? 8 : 12);
}
"""
ERROR = r"""
#include <dlfcn.h>
#include <stdio.h>
int main(void)
{
    const char *error = dlerror();
    puts(error ? error : "no error");
    return 0;
}
"""
CODE = "x = [bytes(1000) for _ in range(3000)]; print(len(x), sum(i * i for i in range(200000)))"


def compile(text, out, *options):
    with open("source.c", "w") as file:
        file.write(text)
    subprocess.run(["cc", "-w", "-o", out, "source.c", *options], check=True)
    return os.path.abspath(out)


wrapper = compile(WRAPPER, "wrapper.so", "-shared", "-fPIC")
error = compile(ERROR, "error")
outside = os.environ.get("LD_PRELOAD", "")
for preload in (wrapper, f"{wrapper}:{outside}", f"{outside}:{wrapper}"):
    env = dict(os.environ, LD_PRELOAD=preload.strip(":"))
    for command in ([error], [sys.executable, "-c", CODE]):
        done = subprocess.run(command, env=env, capture_output=True, text=True)
        print(done.returncode, done.stdout, done.stderr)
print(subprocess.run([error], capture_output=True, text=True).stdout)
for name in ("wrapper.so", "error"):
    os.remove(name)
