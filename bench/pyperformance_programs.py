"""Programs of pyperformance, run as one process with a fixed amount of work."""

import subprocess
from pathlib import Path

PACKAGES = ["pyperformance", "pyperf"]
# Name, and the arguments of its script that choose one benchmark in it.
PROGRAMS = {
    "chaos": ["bm_chaos"],
    "deltablue": ["bm_deltablue"],
    "fannkuch": ["bm_fannkuch"],
    "float": ["bm_float"],
    "generators": ["bm_generators"],
    "go": ["bm_go"],
    "hexiom": ["bm_hexiom"],
    "json_dumps": ["bm_json_dumps"],
    "json_loads": ["bm_json_loads"],
    "logging_format": ["bm_logging", "format"],
    "mdp": ["bm_mdp"],
    "nbody": ["bm_nbody"],
    "pickle_pure_python": ["bm_pickle", "--pure-python", "pickle"],
    "pidigits": ["bm_pidigits"],
    "pyflate": ["bm_pyflate"],
    "raytrace": ["bm_raytrace"],
    "regex_compile": ["bm_regex_compile"],
    "richards": ["bm_richards"],
    "scimark_fft": ["bm_scimark", "fft"],
    "spectral_norm": ["bm_spectral_norm"],
    "telco": ["bm_telco"],
    "unpack_sequence": ["bm_unpack_sequence"],
    "xml_etree_parse": ["bm_xml_etree", "parse"],
}
# Fourteen of different kinds: calls, floats, strings, big numbers, C modules.
DEFAULT = (
    "chaos,deltablue,fannkuch,float,generators,json_dumps,json_loads,nbody,"
    "pidigits,pyflate,regex_compile,richards,telco,xml_etree_parse"
)


def scripts(python):
    """The folder of pyperformance's scripts in this venv."""
    ask = "import pyperformance; print(pyperformance.__file__)"
    file = subprocess.check_output([python, "-c", ask], text=True).strip()
    return Path(file).parent / "data-files" / "benchmarks"


def command(python, name, loops):
    """What runs `loops` turns of it in one process, without pyperf's workers."""
    folder, *more = PROGRAMS[name]
    script = scripts(python) / folder / "run_benchmark.py"
    work = ["--worker", "--worker-task=0", "-l", str(loops), "-n", "1", "-w", "0"]
    return [python, str(script), *work, *more]


def calibrate(python, name, seconds, timed):
    """Turns that take about this much CPU time, or more."""
    loops = 1
    while True:
        run = timed(command(python, name, loops))
        if run.code:
            raise RuntimeError(f"{name} does not run here")
        if run.cpu_s > seconds / 2:
            return max(1, round(loops * seconds / run.cpu_s))
        loops *= 2 if run.cpu_s > seconds / 16 else 8
