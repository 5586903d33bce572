"""SMP=dormant in the environment: prepares this program for `attach`.

solvidia_mem_prof.pth imports this at the start of every interpreter that has that
variable. It belongs to no package, so that the program imports ours anew, and
whatever goes wrong here is no matter of the program's: it runs unprepared.
"""

import os
import sys


def prepare() -> None:
    if sys.flags.ignore_environment:  # -I, -E: no variable counts
        return
    if "librecorder.so" in os.environ.get("LD_PRELOAD", ""):
        return
    place = os.path.join(os.path.dirname(os.path.abspath(__file__)), "solvidia_mem_prof")
    spec = type(sys.implementation)(
        name="librecorder", origin=os.path.join(place, "librecorder.so")
    )
    from _imp import create_dynamic

    create_dynamic(spec)  # always fails: no module stays (recorder/late_module.c)


try:
    prepare()
except Exception:
    pass
