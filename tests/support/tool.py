"""Where the profiler is, and how its command lines look.

SMP_EXE names the executable (default: solvidia-mem-prof from PATH);
SMP_EXE=bare runs everything without a profiler, which checks the tests
themselves: a program that differs from itself proves nothing.
"""

import os
import shutil

NAME = "solvidia-mem-prof"
BARE = "bare"
OURS = ("-m", "-c", "-")  # interpreter options that the launcher knows too


def executable():
    """The profiler's path, BARE, or None where there is none."""
    asked = os.environ.get("SMP_EXE", NAME)
    return BARE if asked == BARE else shutil.which(asked)


def command(exe, python, arguments, profile, prog):
    """The command that runs `python arguments` under the profiler.

    `arguments` is what follows the interpreter; "{prog}" stands for the
    program. A launch that begins with an interpreter option goes in as a
    whole command, every other by the launcher's own forms.
    """
    plain = [prog if a == "{prog}" else a for a in arguments]
    if exe == BARE:
        return [python, *plain]
    options = [exe, "--json", "--outfile", str(profile)]
    if arguments and (arguments[0] in OURS or not arguments[0].startswith("-")):
        return [*options, "--python", python, *plain]
    return [*options, "---", python, *plain]
