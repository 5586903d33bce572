"""The package: what is in the wheel, where it works, what uninstalling leaves.

The wheel is built once from the source package and once from the tree; both
must hold the same.
"""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAME = "solvidia-mem-prof"
PROGRAM = "print('hello')\n"

pytestmark = pytest.mark.xdist_group("packaging")


def run(*command, **more):
    environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1", **more.pop("env", {}))
    environment.pop("PYTHONPATH", None)
    environment.update(more.pop("path", {}))
    done = subprocess.run(
        list(map(str, command)),
        capture_output=True,
        text=True,
        timeout=600,
        env=environment,
        **more,
    )
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def pip(*arguments, python=sys.executable, **more):
    return run(python, "-m", "pip", "-q", *arguments, **more)


def build_wheel(source, folder):
    pip("wheel", "--no-deps", "-w", folder, source)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def sdist(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "build", "--sdist", "-o", folder, ROOT)
    (archive,) = folder.glob("*.tar.gz")
    return archive


@pytest.fixture(scope="session")
def wheel(sdist, tmp_path_factory):
    return build_wheel(sdist, tmp_path_factory.mktemp("wheel"))


def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return sorted(archive.namelist())


def make_venv(folder):
    run(sys.executable, "-m", "venv", folder)
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def venv(wheel, tmp_path_factory):
    """A fresh venv's python, with the wheel installed."""
    python = make_venv(tmp_path_factory.mktemp("fresh") / "venv")
    pip("install", "--no-deps", wheel, python=python)
    return python


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "prog.py"
    path.write_text(PROGRAM)
    return path


def check_profiles(output):
    """The program ran, and a report with its name came behind."""
    assert output.startswith("hello\n") and "prog.py" in output


def check_prepares(python):
    """With SMP=dormant a plain python is prepared."""
    code = "print('librecorder.so' in open('/proc/self/maps').read())"
    assert run(python, "-c", code, env={"SMP": "dormant"}) == "True\n"
    assert run(python, "-c", code) == "False\n"


def test_one_wheel_for_every_python(wheel):
    assert re.fullmatch(
        r"solvidia_mem_prof-[\d.]+-py3-none-linux_x86_64\.whl", wheel.name
    )
    found = {re.sub(r"-[\d.]+\.(data|dist-info)", r".\1", n) for n in names(wheel)}
    assert found >= {
        "solvidia-mem-prof/__init__.py",
        "solvidia-mem-prof/__main__.py",
        "solvidia-mem-prof/profile.py",
        "solvidia_mem_prof/__init__.py",
        "solvidia_mem_prof/__main__.py",
        "solvidia_mem_prof/_version.py",
        "solvidia_mem_prof/librecorder.so",
        "solvidia_mem_prof/py.typed",
        "solvidia_mem_prof.data/scripts/solvidia-mem-prof",
        "solvidia_mem_prof.dist-info/licenses/LICENSE",
        "solvidia_mem_prof.pth",
        "_solvidia_mem_prof_start.py",
    }
    packages = (f"{NAME}/", "solvidia_mem_prof/", "solvidia_mem_prof.")
    packages += ("_solvidia_mem_prof_start.py",)
    assert all(name.startswith(packages) for name in found), found
    assert not [name for name in found if name.endswith((".in", ".pyc", ".h"))]


def test_the_wheel_needs_nothing(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = [n for n in archive.namelist() if n.endswith("/METADATA")]
        assert "Requires-Dist" not in archive.read(metadata).decode()


def test_the_executable_needs_libc_alone(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith(f"scripts/{NAME}")]
        archive.extract(name, tmp_path)
    dynamic = run("readelf", "-dW", tmp_path / name)
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))
    assert needed <= {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"}
    assert str(ROOT) not in (tmp_path / name).read_bytes().decode("latin-1")


def test_source_package_and_tree_give_the_same(wheel, tmp_path):
    assert names(build_wheel(ROOT, tmp_path)) == names(wheel)


def test_in_a_venv(venv, program):
    check_profiles(run(venv.with_name(NAME), program))
    which = "import sys; print(sys.prefix)"
    first = run(venv.with_name(NAME), "-c", which).splitlines()[0]
    assert first == str(venv.parent.parent), "the interpreter next to it"


def test_prepared_by_a_variable(venv):
    check_prepares(venv)


@pytest.mark.parametrize("module", [NAME, "solvidia_mem_prof"])
def test_as_a_module(venv, program, module):
    check_profiles(run(venv, "-m", module, program))
    check_profiles(run(venv, "-m", module, "---", program))
    assert run(venv, "-m", module, "--version").startswith(NAME)


def test_as_a_module_it_is_that_interpreter(venv):
    code = "import sys; print(sys.executable)"
    for extra in ([], ["run"]):
        out = run(venv, "-m", NAME, *extra, "-c", code)
        assert out.splitlines()[0] == str(venv)


def test_as_a_module_beside_files_with_names_of_the_library(venv, program):
    for name in ("random", "json", "profile", "importlib", "typing"):
        (program.parent / f"{name}.py").write_text("raise SystemExit('wrong one')")
    check_profiles(run(venv.with_name(NAME), program))


def test_a_wrong_option_by_the_module_is_one_line(venv):
    for module in (NAME, "solvidia_mem_prof", f"{NAME}.profile"):
        done = subprocess.run(
            [venv, "-m", module, "--nonsense"], capture_output=True, text=True
        )
        assert done.returncode == 2 and done.stderr.count("\n") == 1
        assert done.stderr.startswith(f"{NAME}: unknown option --nonsense")


def test_switching_a_program_that_is_not_profiled_is_one_line(venv):
    command = [venv, "-m", f"{NAME}.profile", "--off", "--pid", "1"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2 and "is not being profiled" in done.stderr


def test_the_version_is_said_once(venv):
    code = "import solvidia_mem_prof as s; print(s.__version__)"
    said = run(venv, "-c", code).strip()
    text = (ROOT / "pyproject.toml").read_text()
    assert f'\nversion = "{said}"\n' in text
    assert run(venv.with_name(NAME), "--version") == f"{NAME} {said}\n"


def test_what_programs_import_does_nothing_without_a_run(venv):
    code = (
        "from solvidia_mem_prof import profile, solvidia_mem_prof_profiler as p\n"
        "def f(): pass\n"
        "assert profile(f) is f\n"
        "p.start(); p.stop(); print('ok')\n"
    )
    assert run(venv, "-c", code) == "ok\n"
    assert run(venv.with_name(NAME), "-c", code).startswith("ok\n")


def test_target_folder(wheel, program, tmp_path):
    target = tmp_path / "a [b] {c}"
    pip("install", "--no-deps", "--target", target, wheel)
    check_profiles(run(target / "bin" / NAME, program))
    path = {"PYTHONPATH": str(target)}
    check_profiles(run(sys.executable, "-m", NAME, program, path=path))


def test_user_and_prefix_folders(wheel, program, tmp_path):
    prefix = tmp_path / "prefix"
    pip("install", "--no-deps", "--ignore-installed", "--prefix", prefix, wheel)
    (launcher,) = prefix.rglob(f"bin/{NAME}")
    check_profiles(run(launcher, program))


def test_editable(program, tmp_path):
    python = make_venv(tmp_path / "venv")
    pip("install", "--no-deps", "-e", ROOT, python=python)
    check_profiles(run(python.with_name(NAME), program))
    check_profiles(run(python, "-m", NAME, program))
    check_prepares(python)


def test_uninstalling_leaves_nothing(wheel, tmp_path, program):
    python = make_venv(tmp_path / "venv")

    def files():
        found = (tmp_path / "venv").rglob("*")
        return {path for path in found if "__pycache__" not in path.parts}

    before = files()
    pip("install", "--no-deps", wheel, python=python)
    assert len(files()) > len(before)
    check_profiles(run(python.with_name(NAME), program))
    run(python, "-m", NAME, program)
    pip("uninstall", "-y", NAME, python=python)
    assert files() == before


def test_without_its_recorder_it_says_so(wheel, tmp_path, program):
    python = make_venv(tmp_path / "venv")
    pip("install", "--no-deps", wheel, python=python)
    (recorder,) = (tmp_path / "venv").rglob("librecorder.so")
    recorder.unlink()
    command = [python.with_name(NAME), program]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout == ""
    assert "install it again" in done.stderr and done.stderr.count("\n") == 1


def test_from_the_build_folder(program):
    folder = os.environ.get("SMP_BUILD")
    if not folder or not os.path.exists(f"{folder}/{NAME}"):
        pytest.skip("no build folder: set SMP_BUILD")
    check_profiles(run(f"{folder}/{NAME}", program))
