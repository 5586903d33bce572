"""Verification and applying: real programs, right, wrong and hostile changes."""

import json
import math
import os
import random
import stat
import sys
import threading
import time

import pytest
from ai_cases import GOOD_DIFF, SLOW, answer, record, tree
from solvidia_mem_prof.ai import proposal
from solvidia_mem_prof.ai.apply import Applier
from solvidia_mem_prof.ai.errors import Cancelled, Refused
from solvidia_mem_prof.ai.facts import Facts
from solvidia_mem_prof.ai.proof import copies, ratio
from solvidia_mem_prof.ai.proof.pairs import Pairs, verdict
from solvidia_mem_prof.ai.proof.runs import Run
from solvidia_mem_prof.ai.proof.verify import plan, verify
from solvidia_mem_prof.ai.transport import Cancel


@pytest.fixture(scope="module")
def recorded(exe_path, tmp_path_factory):
    return record(exe_path, tmp_path_factory.mktemp("recorded")).read_text()


@pytest.fixture
def case(recorded, tmp_path):
    """The slow program in a folder of its own, with its profile."""
    old = json.loads(recorded)["entrypoint_dir"]
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "slow.py").write_text(SLOW)
    return Case(folder, json.loads(recorded.replace(old, str(folder))))


@pytest.fixture(autouse=True)
def no_traces(tmp_path, monkeypatch):
    """Copies lie in the temporary folder; none is left behind."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    yield
    assert os.listdir(temporary) == []


class Case:
    def __init__(self, folder, profile, name="slow.py"):
        self.folder, self.profile = folder, profile
        self.path = str(folder / name)
        self.facts = Facts(profile)

    def proposal(self, diff=GOOD_DIFF):
        source = open(self.path, newline="").read()
        return proposal.make(answer(diff), self.path, source, str(self.folder))

    def changed(self, old, new):
        source = open(self.path, newline="").read()
        assert old in source
        made = self.proposal(f"@@ -1 +1 @@\n-{source.splitlines()[0]}\n+# other\n")
        return made._replace(new=source.replace(old, new))

    def verify(self, made, cancel=None, **request):
        before = tree(self.folder)
        request.setdefault("runs", 1)
        events = list(
            verify(self.profile, self.facts, made, plan(request), cancel or Cancel())
        )
        assert tree(self.folder) == before, "the user's files were touched"
        assert [name for name, _ in events].count("result") == 1
        assert events[-1][0] == "result"
        self.events = events
        return events[-1][1]


UNIQUE = "        if item not in seen:\n            seen.append(item)\n"


# ---- verdicts


# About 0.7 s without the change, 0.05 s with it: no load of the machine hides that.
MUCH = [sys.executable, "-c", "import slow\nfor i in range(4): slow.main()"]


def test_a_faster_program_is_verified(case):
    result = case.verify(case.proposal(), runs=3, command=MUCH)
    assert result["verdict"] == "verified", result
    assert result["same_output"] is True and result["runs"] == 3
    assert result["speedup"] > 1.5
    low, high = result["interval"]
    assert 1 < low <= result["speedup"] <= high
    assert " s before, " in result["detail"] and "3 runs each" in result["detail"]
    assert (
        result["text"].startswith("verified ") and "faster, same output" in result["text"]
    )
    assert result["memory"]["before_bytes"] > 4 << 20
    assert case.events[0][1]["command"] == MUCH


def test_the_profiled_command_is_run(case):
    case.verify(case.proposal())
    assert case.events[0][1]["command"] == case.profile["args"]


def pairs(*rows):
    """Of (seconds before, after, peak before, after)."""
    made = Pairs()
    for before_s, after_s, before, after in rows:
        made.before.append(Run(0, before_s, before_s, before, b"", b""))
        made.after.append(Run(0, after_s, after_s, after, b"", b""))
    return made


@pytest.mark.parametrize(
    "rows, verified, says",
    [
        (
            [(4, 4, 1, 1), (3, 1, 1, 1), (3.1, 1, 1, 1), (2.9, 1, 1, 1)],
            True,
            "verified 3.0x faster",
        ),
        (
            [(4, 4, 1, 1), (1, 3, 1, 1), (1, 3.1, 1, 1), (1, 2.9, 1, 1)],
            False,
            "3.0x slower",
        ),
        (
            [(1, 1, 1, 1), (1, 1.1, 1, 1), (1.1, 1, 1, 1), (1, 1, 1, 1)],
            False,
            "no clear difference",
        ),
        (
            [(1, 1, 1, 1), (1.01, 1, 1, 1), (1.01, 1, 1, 1), (1.01, 1, 1, 1)],
            False,
            "no clear",
        ),
        (
            [(1, 1, 4, 2), (1, 1.1, 4, 2), (1.1, 1, 4, 2), (1, 1, 4, 2)],
            True,
            "2.0x less peak memory",
        ),
        (
            [(2, 1, 4, 2), (2, 1, 4, 2), (2, 1, 4, 2)],
            True,
            "2.0x faster, same output (95 %: 2.0x to 2.0x), 2.0x less",
        ),
        (
            [(1, 1.2, 4, 1), (1, 1.2, 4, 1), (1, 1.2, 4, 1)],
            True,
            "4.0x less peak memory, 1.20x slower",
        ),
        ([(1, 5, 4, 2), (1, 5, 4, 2), (1, 5, 4, 2)], False, "5.0x slower"),
        ([(20, 10, 1, 1), (20, 10, 1, 1)], True, "2.0x faster"),
        ([(20, 10, 1, 1)], False, "no clear difference"),
        ([(60, 1, 1, 1), (61, 1, 1, 1)], True, "60x faster"),
    ],
    ids=range(11),
)
def test_verdicts(rows, verified, says):
    found, text = verdict(pairs(*rows))
    assert found is verified and says in text, text
    assert (
        text.startswith("verified" if verified else "not verified")
        and "same output" in text
    )


def test_runs_go_on_until_the_interval_is_narrow():
    noisy = [(1, 1, 1, 1)] + [(1, 1.0 + 0.3 * (i % 2), 1, 1) for i in range(3)]
    assert not pairs(*noisy).enough(None) and pairs(*noisy).enough(3)
    assert pairs(*noisy[:1] * 4).enough(None), "nothing varies"
    assert not pairs(*noisy[:1] * 3).enough(None), "too few"
    assert pairs(*noisy * 4).enough(None), "as many as ever"
    assert pairs(*[(60, 45 + 20 * (i % 2), 1, 1) for i in range(3)]).enough(None), (
        "long enough"
    )


@pytest.mark.parametrize(
    "old, new, says",
    [
        (
            "return seen",
            "return seen[1:]",
            "output differs at line 1: '{\"total\": 11990}'",
        ),
        (
            "return seen",
            "raise KeyError('x')",
            "it ends with 1 (KeyError: 'x'), without the change with 0",
        ),
        ("return seen", "print('hm'); return seen", "output differs at line 1"),
        ("    main()\n", "    main()\n    print()\n", "output has"),
        ("return seen", "return (", "no valid Python: SyntaxError"),
        ("return seen", "import os; os.abort()", "it ends with -6"),
        ("    main()\n", "    main()\n    sys.exit(3)\n", "it ends with 3"),
    ],
)
def test_a_wrong_change_is_found(case, old, new, says):
    result = case.verify(case.changed(old, new))
    assert result["verdict"] == "not verified" and result["speedup"] is None
    assert result["text"].startswith("not verified: ") and says in result["text"], result


def test_a_change_that_hangs(case, monkeypatch):
    monkeypatch.setattr("solvidia_mem_prof.ai.proof.verify.LIMIT_LEAST_S", 1.0)
    made = case.changed("return seen", "import time; time.sleep(1000)")
    begin = time.monotonic()
    result = case.verify(made)
    assert "with the change the program does not end within" in result["text"]
    assert time.monotonic() - begin < 60


def test_a_program_that_does_not_end(case, tmp_path):
    forever = [sys.executable, "-c", "import time; time.sleep(1000)"]
    result = case.verify(case.proposal(), command=forever, timeout_s=0.5)
    assert "does not end within 0.5 s: name a command" in result["text"], result


def test_children_of_a_hanging_run_are_ended(case):
    mark = case.folder / "pid"
    code = (
        "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', "
        f"'import time; time.sleep(1000)']); open({str(mark)!r} + '.of', 'w').write(str(p.pid)); "
        "time.sleep(1000)"
    )
    case.folder.joinpath("pid.of").write_text("")
    request = {"command": [sys.executable, "-c", code], "timeout_s": 2, "runs": 1}
    events = list(
        verify(case.profile, case.facts, case.proposal(), plan(request), Cancel())
    )
    assert "does not end" in events[-1][1]["text"]
    # The path in the code leads to the user's folder: it is no word of its own.
    pid = case.folder.joinpath("pid.of").read_text()
    deadline = time.monotonic() + 10
    while pid and os.path.exists(f"/proc/{pid}") and time.monotonic() < deadline:
        state = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0]
        if state == "Z":
            break
        time.sleep(0.05)
    else:
        assert pid and not os.path.exists(f"/proc/{pid}"), "a child lives on"


def test_output_that_varies_by_itself(case):
    text = SLOW.replace("print(json", "import time; print(time.time_ns(), json")
    case.folder.joinpath("slow.py").write_text(text)
    file = case.facts.file(case.path)
    file["hash"] = sha256(text)
    result = case.verify(case.proposal())
    assert "differs from run to run without the change too" in result["text"]
    assert result["same_output"] is None


def sha256(text):
    import hashlib

    data = text if isinstance(text, bytes) else text.encode()
    return hashlib.sha256(data).hexdigest()


def test_a_program_that_fails_in_a_copy(case):
    result = case.verify(
        case.proposal(), command=[sys.executable, "-c", "raise SystemExit(4)"]
    )
    assert "does not use slow.py of the copy" in result["text"], "an own command may fail"
    case.profile["args"] = [sys.executable, "-c", "raise ValueError('no database')"]
    result = case.verify(case.proposal())
    assert "in a copy, the program ends with 1 and not with 0" in result["text"]
    assert "no database" in result["text"]


def test_a_command_that_does_not_use_the_file(case):
    result = case.verify(case.proposal(), command=[sys.executable, "-c", "print(1)"])
    assert "the command does not use slow.py of the copy" in result["text"]


def test_the_file_found_elsewhere(case, tmp_path):
    """Installed in place (an editable install): the copy would not be measured."""
    code = (
        f"import sys; sys.path[0:1] = [{str(case.folder)!r} + '/'];import slow; slow.main()"
    )
    result = case.verify(case.proposal(), command=[sys.executable, "-c", code])
    assert "does not use slow.py of the copy" in result["text"], result


@pytest.mark.parametrize("absolute", [False, True])
def test_paths_into_the_project_lead_to_the_copy(case, absolute):
    (case.folder / "data.txt").write_text("41")
    where = str(case.folder / "data.txt") if absolute else "data.txt"
    code = (
        "import sys, slow; slow.main(); n = int(open(sys.argv[1]).read()); "
        "open(sys.argv[1], 'w').write(str(n)); print(n, sys.argv[1], slow.__file__)"
    )
    command = [sys.executable, "-c", code, where]
    result = case.verify(case.proposal(), command=command)
    assert result["same_output"] is True, result
    assert (case.folder / "data.txt").read_text() == "41"


def test_pythonpath_leads_to_the_copy(case, monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}/elsewhere:{case.folder}")
    code = "import os; os.chdir('/'); import sys; sys.path.pop(0); import slow; slow.main()"
    assert case.verify(case.proposal(), command=[sys.executable, "-c", code])["same_output"]


def test_tests_must_pass_before_and_after(case):
    check = [sys.executable, "-c", "import slow; assert slow.unique([[1], [1]]) == [[1]]"]
    result = case.verify(case.proposal(), test_command=check)
    assert (
        "the test command fails with the change (exit 1): TypeError: unhashable"
        in result["text"]
    )
    result = case.verify(
        case.proposal(), test_command=[sys.executable, "-c", "assert 0, 'hm'"]
    )
    assert (
        "the test command fails without the change (exit 1): AssertionError: hm"
        in result["text"]
    )
    good = f'"{sys.executable}" -c "import slow; assert slow.unique([1, 1, 2]) == [1, 2]"'
    assert case.verify(case.proposal(), test_command=good)["same_output"] is True
    assert case.events[-2][1]["text"] == "running the tests with the change"


def test_no_shell_takes_part(case, tmp_path):
    mark = tmp_path / "mark"
    result = case.verify(case.proposal(), command=f"true; touch {mark} $(touch {mark})")
    assert "not verified" in result["text"] and not mark.exists()


def test_less_memory_is_an_effect_too(exe_path, tmp_path):
    text = (
        "import time\n\n\ndef total(n):\n    values = [i * i for i in range(n)]\n"
        "    return sum(values)\n\n\nprint(total(1_500_000))\ntime.sleep(0.2)\n"
    )
    folder = tmp_path / "memory"
    folder.mkdir()
    profile = json.loads(record(exe_path, folder, text, "squares.py").read_text())
    case = Case(folder, profile, "squares.py")
    made = case.changed(
        "values = [i * i for i in range(n)]", "values = (i * i for i in range(n))"
    )
    result = case.verify(made, runs=3)
    assert result["memory"]["ratio"] > 1.5 and result["memory"]["before_bytes"] > 50 << 20
    assert "less peak memory" in result["text"], result
    assert result["verdict"] == "verified"


def test_cancel_ends_the_run_at_once(case):
    cancel = Cancel()
    forever = [sys.executable, "-c", "import time; time.sleep(1000)"]
    events = verify(
        case.profile, case.facts, case.proposal(), plan({"command": forever}), cancel
    )
    threading.Timer(0.5, cancel.set).start()
    with pytest.raises(Cancelled):
        list(events)


@pytest.mark.parametrize(
    "change, says",
    [
        (
            lambda c: c.folder.joinpath("slow.py").write_text(SLOW + "\n"),
            "changed since the profile",
        ),
        (lambda c: c.folder.joinpath("slow.py").unlink(), "no such file"),
        (lambda c: c.facts.file(c.path).pop("hash"), "does not tell what"),
        (lambda c: c.profile.update(entrypoint_dir="/nowhere/at/all"), "is not here"),
        (lambda c: c.profile.update(entrypoint_dir=7), "is not here"),
        (lambda c: c.profile.update(args=[]), "is no command"),
        (lambda c: c.profile.update(args="rm -rf ["), "is no command"),
        (lambda c: c.profile.update(args=[3]), "is no command"),
        (lambda c: c.profile.update(program="<stdin>"), "standard input"),
        (lambda c: c.profile.update(args=["/no/such/python"]), "can't run /no/such/python"),
    ],
    ids=range(10),
)
def test_what_can_t_be_tried(case, change, says):
    made = case.proposal()
    change(case)
    result = case.verify(made)
    assert result["verdict"] == "not verified" and says in result["text"], result


def test_a_project_too_large_to_copy(case, monkeypatch):
    monkeypatch.setattr(copies, "FILES_MOST", 3)
    for i in range(4):
        (case.folder / f"{i}.txt").write_text("")
    assert "too much to copy" in case.verify(case.proposal())["text"]


@pytest.mark.parametrize(
    "request_", [{"runs": 0}, {"runs": "x"}, {"timeout_s": -1}, {"test_command": "'"}]
)
def test_wrong_plans(request_):
    with pytest.raises(Refused):
        plan(request_)


# ---- copies


def test_what_is_copied(tmp_path):
    root = tmp_path / "root"
    (root / "pkg" / "__pycache__").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / "venv").mkdir()
    (root / "venv" / "pyvenv.cfg").write_text("")
    (root / "pkg" / "a.py").write_text("a")
    (root / "link").symlink_to("pkg/a.py")
    (root / "out").symlink_to(tmp_path / "outside.txt")
    (tmp_path / "outside.txt").write_text("o")
    os.mkfifo(root / "pipe")
    (root / "run.sh").write_text("x")
    (root / "run.sh").chmod(0o755)
    with copies.Copies([str(root)]) as made:
        place = made.side_path("after", str(root))
        assert sorted(os.listdir(place)) == ["link", "out", "pkg", "run.sh"]
        assert os.listdir(place + "/pkg") == ["a.py"]
        assert os.readlink(place + "/link") == "pkg/a.py"
        assert not os.path.islink(place + "/out"), "writing there would leave the copy"
        assert os.access(place + "/run.sh", os.X_OK)
        assert made.translate(f"--x={root}/pkg/a.py").endswith("/run/0/pkg/a.py")
        for word in (f"{root}/venv/bin/python", f"{root}other/x", f"x{root}/pkg", "/etc"):
            assert made.translate(word) == word
    assert not os.path.exists(made.box)


def test_roots():
    assert copies.roots_for(["/usr/lib", "/usr/lib/python3", "/usr/libexec"]) == [
        "/usr/lib",
        "/usr/libexec",
    ]
    with pytest.raises(Refused):
        copies.roots_for(["/"])


# ---- the ratio's interval


def test_the_interval_holds_the_truth():
    """95 % of the intervals, of 2,000 trials: within four sigmas."""
    random.seed(1)
    hits = 0
    for _ in range(2000):
        drift = [random.uniform(0.7, 1.5) for _ in range(5)]
        before = [3 * d * math.exp(random.gauss(0, 0.05)) for d in drift]
        after = [d * math.exp(random.gauss(0, 0.05)) for d in drift]
        found = ratio.paired(before, after)
        hits += found.low <= 3 <= found.high
    assert abs(hits - 1900) < 4 * math.sqrt(2000 * 0.95 * 0.05)


def test_a_single_pair_has_no_interval():
    assert ratio.paired([4], [2]) == (2.0, 0.0, math.inf)
    assert ratio.paired([0], [0]).value == 1


# ---- applying


def test_apply_and_undo(case):
    file = case.folder / "slow.py"
    file.chmod(0o640)
    applier, made = Applier(), case.proposal()
    done = applier.apply(case.facts, made)
    assert file.read_text() == made.new and made.new != SLOW
    assert done.backup == str(file) + ".smp-backup" and open(done.backup).read() == SLOW
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    with pytest.raises(Refused, match="applied already"):
        applier.apply(case.facts, made)
    applier.undo(made.id)
    assert file.read_text() == SLOW and os.listdir(case.folder) == ["slow.py"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    with pytest.raises(Refused, match="not applied"):
        applier.undo(made.id)


def test_a_file_that_changed_is_left_alone(case):
    file, applier, made = case.folder / "slow.py", Applier(), case.proposal()
    file.write_text(SLOW + "# mine\n")
    with pytest.raises(Refused, match="changed since the profile"):
        applier.apply(case.facts, made)
    assert file.read_text() == SLOW + "# mine\n" and os.listdir(case.folder) == ["slow.py"]
    file.write_text(SLOW)
    done = applier.apply(case.facts, made)
    file.write_text(made.new + "# mine\n")
    with pytest.raises(Refused, match="changed after the proposal was applied"):
        applier.undo(made.id)
    assert file.read_text() == made.new + "# mine\n" and open(done.backup).read() == SLOW


def test_an_older_backup_is_kept(case):
    old = case.folder / "slow.py.smp-backup"
    old.write_text("precious")
    done = Applier().apply(case.facts, case.proposal())
    assert old.read_text() == "precious" and done.backup.endswith(".smp-backup-1")


def test_behind_a_link_the_file_changes(case):
    real = case.folder / "real.py"
    (case.folder / "slow.py").rename(real)
    (case.folder / "slow.py").symlink_to("real.py")
    Applier().apply(case.facts, case.proposal())
    assert (case.folder / "slow.py").is_symlink() and "fromkeys" in real.read_text()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_can_t_be_written(case):
    case.folder.chmod(0o500)
    with pytest.raises(Refused, match="can't write"):
        Applier().apply(case.facts, case.proposal())


def test_encodings_and_line_ends_stay(case):
    text = (
        "# -*- coding: latin-1 -*-\r\nname = 'é'\r\nprint(sum(range(9**6)), len(name))\r\n"
    )
    data = text.encode("latin-1")
    folder, facts = case.folder, case.facts
    (folder / "latin.py").write_bytes(data)
    entry = facts.file(case.path)
    case.profile["facts"]["strings"][entry["path"]] = str(folder / "latin.py")
    entry.update(hash=sha256(data), source=text)
    made = proposal.make(
        answer("@@ -2 +2 @@\n-name = 'é'\n+name = 'è'\n"),
        str(folder / "latin.py"),
        text,
        str(folder),
    )
    applier = Applier()
    applier.apply(facts, made)
    assert (folder / "latin.py").read_bytes() == data.replace(b"\xe9", b"\xe8")
    applier.undo(made.id)
    assert (folder / "latin.py").read_bytes() == data
    wrong = made._replace(id="2", new=text.replace("é", "€"))
    with pytest.raises(Refused, match="encoding"):
        applier.apply(facts, wrong)
    assert sorted(os.listdir(folder)) == ["latin.py", "slow.py"]
