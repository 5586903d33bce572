"""The pyperformance programs that are measured, each with a fixed loop count."""
import os
import subprocess

# pyperformance's own requirements for the programs below, and pyperf, by whose
# worker mode each runs once, in one process, without calibration.
PACKAGES = ["pyperf==2.10.0", "pyperformance==1.14.0", "html5lib", "django", "sympy"]

# name: (script's folder, loops for about 0.6 s on a core of 2023, arguments)
PROGRAMS = {
    "async_tree": ("async_tree", 1, ["none"]),
    "chaos": ("chaos", 6, []),
    "deltablue": ("deltablue", 180, []),
    "django_template": ("django_template", 16, []),
    "float": ("float", 6, []),
    "generators": ("generators", 16, []),
    "html5lib": ("html5lib", 10, []),
    "json_dumps": ("json_dumps", 60, []),
    "logging": ("logging", 10000, ["simple"]),
    "nbody": ("nbody", 5, []),
    "pathlib": ("pathlib", 16, []),
    "pickle": ("pickle", 2500, ["pickle"]),
    "pidigits": ("pidigits", 4, []),
    "pyflate": ("pyflate", 1, []),
    "raytrace": ("raytrace", 2, []),
    "regex_compile": ("regex_compile", 5, []),
    "richards": ("richards", 14, []),
    "scimark_sor": ("scimark", 5, ["sor"]),
    "spectral_norm": ("spectral_norm", 7, []),
    "sqlite_synth": ("sqlite_synth", 250000, []),
    "sympy_expand": ("sympy", 1, ["expand"]),
    "telco": ("telco", 80, []),
    "xml_etree": ("xml_etree", 4, ["parse"]),
}

# Programs of our own that do little but allocate, with their turns for as long; run by
# their names only.
ALLOCATIONS = {"objects": 6, "lists": 36, "dicts": 28, "churn": 14}
WORKLOAD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "workloads",
                        "allocations.py")


def folder(python):
    code = "import pyperformance; print(pyperformance.__path__[0])"
    package = subprocess.check_output([python, "-c", code], text=True).strip()
    return os.path.join(package, "data-files", "benchmarks")


def words(where, name, times=1):
    """What follows `python` to run the program once, `times` as long."""
    if name in ALLOCATIONS:
        return [WORKLOAD, name, str(ALLOCATIONS[name] * times)]
    script, loops, arguments = PROGRAMS[name]
    return [os.path.join(where, f"bm_{script}", "run_benchmark.py"), "--worker",
            "--loops", str(loops * times), "--warmups", "0", "--values", "1", *arguments]
