"""The comparison itself: it must see what a bad profiler would do.

Each fake profiler is a shell script with one fault; the program named beside
it must show a difference. The honest one must show none.
"""

import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import cases, pair, pythons  # noqa: E402

PROGRAMS = Path(__file__).with_name("programs")
FAKE = """#!/bin/sh
shift 4
{fault}
exec "$@"
"""
FAULTS = {
    "state/environment": "export LEAKED=1",
    "descriptors/open_numbers": "exec 3</dev/null",
    "state/files_left": "touch stray",
    "exits/os_exit_in_try": '"$@"; exit 0',
    "exits/sigkill_self": '"$@"; exit $?',
    "exits/sys_exit_none": "echo a word",
    "exits/traceback_printed": "echo a word >&2",
    "signals/dispositions": "trap '' USR1",
    "state/limits": "ulimit -S -n 50",
    "descriptors/close_and_reuse": "umask 077",
    "descriptors/stdin_data": "cat > /dev/null",
    "state/arguments:1": 'set -- "$@" extra',
    "state/process_identity": "exec setpriv --no-new-privs \"$@\"",
    "state/switch_interval": 'export PYTHONINTMAXSTRDIGITS=700',
    "state/modules": 'exec "$1" -X faulthandler "$2"',
}


def fake(directory, fault):
    path = directory / "fake"
    path.write_text(FAKE.format(fault=fault))
    path.chmod(0o755)
    return str(path)


def differences(name, fault):
    case = {case.name: case for case in cases.find(PROGRAMS)}[name]
    python = pythons.find()[0]
    with tempfile.TemporaryDirectory(prefix="smp") as directory:
        place = pair.Place(Path(directory))
        bare = pair.run(case, python, place, None)
        profiled = pair.run(case, python, place, fake(place.root, fault))
        return pair.compare(bare, profiled)


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_seen(name):
    assert differences(name, FAULTS[name])


# A shell adds PWD to the environment.
@pytest.mark.parametrize("name", sorted(FAULTS.keys() - {"state/environment"}))
def test_honest_profiler_shows_no_difference(name):
    assert not differences(name, ":")


def test_our_own_lines_do_not_count():
    spoken = "echo 'solvidia-mem-prof: a note' >&2"
    assert not differences("exits/sys_exit_text", spoken)


def test_header_with_a_wrong_key_is_refused(tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text("# What.\n#: exi 3\n")
    with pytest.raises(ValueError):
        cases.header(path)


def test_name_of_a_standard_module_is_refused(tmp_path):
    path = tmp_path / "json.py"
    path.write_text("# What.\n")
    with pytest.raises(ValueError):
        list(cases.read(path, tmp_path))
