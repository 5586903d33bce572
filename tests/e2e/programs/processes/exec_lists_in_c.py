# C's ways to start a program that take a list of arguments, and a new environment.
#: needs cc
#: processes 9
#: slow
import ctypes
import os
import subprocess
import sys

SOURCE = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;
int start(int how, const char *python, const char *code)
{
    char *argv[] = {"python", "-S", "-c", (char *)code, "1", "2", NULL};
    char *env[] = {"ONLY=this", NULL};
    int status, pid = fork();
    if (!pid) {
        execl("/nonexistent", "python", NULL);
        if (how == 0)
            execl(python, "python", "-S", "-c", code, "1", "2", NULL);
        if (how == 1)
            execlp(python, "python", "-S", "-c", code, "1", "2", NULL);
        if (how == 2)
            execle(python, "python", "-S", "-c", code, "1", "2", NULL, env);
        if (how == 3)
            execveat(AT_FDCWD, python, argv, env, 0);
        _exit(99);
    }
    waitpid(pid, &status, 0);
    return status;
}
"""
CODE = "import os, sys; print(sys.argv, os.environ.get('ONLY'), len(os.environ) < 4); sys.exit(6)"

with open("start.c", "w") as file:
    file.write(SOURCE)
subprocess.run(["cc", "-w", "-shared", "-fPIC", "-o", "start.so", "start.c"], check=True)
library = ctypes.PyDLL("./start.so")
for how in range(4):
    print(how, library.start(how, sys.executable.encode(), CODE.encode()), flush=True)
os.remove("start.so")
