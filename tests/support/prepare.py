"""Steps that make a case's files before each run: (work, case, python)."""

import os
import shutil
import subprocess
import zipfile


def pyc(work, case, python):
    """main.pyc instead of the source."""
    code = (
        "import py_compile, sys; py_compile.compile(sys.argv[1], cfile=sys.argv[1]"
        " + 'c', doraise=True, invalidation_mode=py_compile.PycInvalidationMode"
        ".UNCHECKED_HASH)"
    )
    subprocess.run([python.path, "-c", code, case.prog], cwd=work, check=True)
    os.remove(work / case.prog)


def zipapp(work, case, python):
    """app.pyz with everything of the directory in it."""
    with zipfile.ZipFile(work / "app.pyz", "w") as archive:
        for path in sorted(work.rglob("*.py")):
            name = str(path.relative_to(work))
            info = zipfile.ZipInfo("__main__.py" if name == case.prog else name)
            archive.writestr(info, path.read_bytes())
    for path in list(work.iterdir()):
        if path.name != "app.pyz":
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def as_directory(work, case, python):
    """app/__main__.py."""
    (work / "app").mkdir()
    shutil.move(work / case.prog, work / "app" / "__main__.py")


def symlink(work, case, python):
    """link.py -> real/prog.py."""
    (work / "real").mkdir()
    shutil.move(work / case.prog, work / "real" / case.prog)
    (work / "link.py").symlink_to(f"real/{case.prog}")


def odd_path(work, case, python):
    """The program in a directory with a space, a quote and other letters."""
    odd = work / "a b'ü漢"
    odd.mkdir()
    shutil.copy2(work / case.prog, odd / "my prog é.py")


def below(work, case, python):
    """sub/prog.py."""
    (work / "sub").mkdir()
    shutil.move(work / case.prog, work / "sub" / case.prog)


def preload(work, case, python):
    """mine.so: a library of the user's that sets a mark when it is loaded."""
    source = work / "mine.c"
    source.write_text("int smp_test_mark(void) { return 1234; }\n")
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-o", "mine.so", "mine.c"], cwd=work, check=True
    )
