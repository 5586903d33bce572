"""Answers and diffs: what models write, read, repaired or refused."""

import subprocess

import pytest
from ai_cases import GOOD_DIFF, SLOW, answer
from solvidia_mem_prof.ai import answer as answers
from solvidia_mem_prof.ai import diff as diffs
from solvidia_mem_prof.ai import proposal
from solvidia_mem_prof.ai.errors import Refused

PATH = "/home/me/project/slow.py"
ROOT = "/home/me/project"
BETTER = SLOW.replace(
    "    seen = []\n    for item in items:\n        if item not in seen:\n"
    "            seen.append(item)\n    return seen\n",
    "    return list(dict.fromkeys(items))\n",
)
assert BETTER != SLOW


def make(text, source=SLOW):
    return proposal.make(text, PATH, source, ROOT)


def test_the_asked_form():
    made = make(answer(GOOD_DIFF))
    assert made.new == BETTER
    assert made.diagnosis == "`item not in seen` searches a list."
    assert made.expected == "Much faster." and made.risk == "Items must be hashable."


def json_of(diff):
    import json

    return json.dumps({"diagnosis": "d", "diff": diff, "expected_effect": "e", "risk": "r"})


@pytest.mark.parametrize(
    "text",
    [
        "Sure, here it is:\n\n" + answer(GOOD_DIFF),
        answer(GOOD_DIFF)
        .replace("DIAGNOSIS", "## Diagnosis")
        .replace("\nRISK", "\n**Risk:**"),
        answer(GOOD_DIFF).replace("EXPECTED EFFECT\n", "**Expected effect**: "),
        answer(GOOD_DIFF).replace("DIFF\n", "### 2. Diff\n"),
        answer(GOOD_DIFF).replace("```diff", "```"),
        answer(GOOD_DIFF).replace("```diff", "~~~patch").replace("```", "~~~"),
        answer(GOOD_DIFF).replace("\n", "\r\n"),
        answer(GOOD_DIFF).replace("```diff\n", "").replace("```\n", ""),
        json_of(GOOD_DIFF),
        "```json\n" + json_of(GOOD_DIFF) + "\n```",
        json_of("```diff\n" + GOOD_DIFF + "```"),
    ],
    ids=range(11),
)
def test_other_forms(text):
    made = make(text)
    assert made.new == BETTER
    assert made.expected in ("e", "Much faster.") and made.risk


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.replace("@@ -6,6 +6,2 @@", "@@ -600,1 +1,99 @@ def unique"),
        lambda d: d.replace("@@ -6,6 +6,2 @@", "@@ ... @@"),
        lambda d: d.replace("@@ -6,6 +6,2 @@", "@@"),
        lambda d: d.replace("--- a/slow.py\n+++ b/slow.py\n", ""),
        lambda d: d.replace("a/slow.py", PATH).replace("b/slow.py", PATH),
        lambda d: "diff --git a/slow.py b/slow.py\nindex 1..2 100644\n" + d,
        lambda d: d + "\n \n",
        lambda d: d.replace(" def unique", "def unique"),
        lambda d: d.replace("seen = []", "seen = []   "),
        lambda d: d + "\\ No newline at end of file\n",
    ],
    ids=range(10),
)
def test_diffs_that_are_repaired(change):
    assert make(answer(change(GOOD_DIFF))).new == BETTER


def test_an_indentation_that_was_lost():
    diff = "@@\n-if item not in seen:\n-    seen.append(item)\n+if item not in seen:\n+    seen += [item]\n"
    new = make(answer(diff)).new
    assert "        if item not in seen:\n            seen += [item]\n" in new


def test_the_new_diff_fits_by_the_system_s_patch(tmp_path):
    made = make(answer(GOOD_DIFF.replace("@@ -6,6 +6,2 @@", "@@")))
    (tmp_path / "slow.py").write_text(SLOW)
    subprocess.run(
        ["git", "apply", "-p1", "-"], input=made.diff, text=True, cwd=tmp_path, check=True
    )
    assert (tmp_path / "slow.py").read_text() == BETTER


@pytest.mark.parametrize(
    "diff, says",
    [
        ("@@ -1,2 +1,2 @@\n-no such line\n+x\n", "no line reads 'no such line'"),
        ("@@\n-import json\n-import os\n+x\n", "no line reads 'import os'"),
        ("@@\n-import sys\n-import json\n+x\n", "its lines stand apart"),
        ("@@\n-\n+x\n", "fits"),
        (
            GOOD_DIFF.replace("a/slow", "a/other").replace("b/slow", "b/other"),
            "another file",
        ),
        ("@@ -1 +1 @@\n-import json\n+import json\n", "changes nothing"),
        ("@@ -900,0 +901 @@\n+x = 1\n", "does not say where"),
        ("just words\n", "no diff"),
    ],
)
def test_diffs_that_are_refused(diff, says):
    with pytest.raises(Refused, match=says):
        make(answer(diff))


def test_lines_that_are_there_twice_need_a_number():
    source = "a = 1\nb\na = 1\nc\na = 1\n"
    hunk = "-a = 1\n+a = 2\n"
    with pytest.raises(Refused, match="fits 3 places"):
        make(answer("@@\n" + hunk), source)
    assert make(answer("@@ -3 +3 @@\n" + hunk), source).new == "a = 1\nb\na = 2\nc\na = 1\n"
    with pytest.raises(Refused, match="fits 3 places"):
        make(answer("@@ -2 +2 @@\n" + hunk), source)


def test_line_ends_and_the_last_line_stay():
    windows = "a = 1\r\nb = 2\r\nc = 3"
    made = make(
        answer("@@ -1,3 +1,4 @@\n a = 1\n-b = 2\n+b = 4\n+bb = 5\n c = 3\n"), windows
    )
    assert made.new == "a = 1\r\nb = 4\r\nbb = 5\r\nc = 3"
    assert "\\ No newline" in diffs.make("a", "b", "x")


def test_removed_lines_that_look_like_headers():
    source = "x = '''\n-- old\n++ new\n'''\n"
    diff = "--- a/slow.py\n+++ b/slow.py\n@@ -1,4 +1,3 @@\n x = '''\n--- old\n+-- older\n ++ new\n '''\n"
    assert make(answer(diff), source).new == source.replace("-- old", "-- older")


def test_several_hunks_in_order():
    diff = (
        "@@ -2,2 +2,2 @@\n import json\n-import sys\n+import os\n"
        "@@ -13,3 +13,3 @@\n def main():\n-    total = 0\n+    total = 1\n"
    )
    new = make(answer(diff)).new
    assert "import os\n" in new and "total = 1" in new and "import sys" not in new
    swapped = (
        "@@" + diff.split("@@ -13")[1].join(["@@ -13", ""])[2:] + diff.split("@@ -13")[0]
    )
    with pytest.raises(Refused):
        make(answer(swapped))


def test_nothing_is_proposed():
    for empty in ("", "No change.\n", "NONE\n"):
        text = f"DIAGNOSIS\nIt is fine.\n\nDIFF\n{empty}\nEXPECTED EFFECT\nnone\n\nRISK\nnone\n"
        made = make(text)
        assert made.new == SLOW and made.diff == "" and made.diagnosis == "It is fine."


@pytest.mark.parametrize(
    "text", ["", "I can't help with that.", "{}", "[]", "```\n```", "{" * 5000]
)
def test_what_is_no_answer(text):
    with pytest.raises(Refused):
        make(text)


def test_an_answer_without_end():
    with pytest.raises(Refused, match="too long"):
        answers.read("x" * (2 << 20))


def test_headings_inside_of_the_diff_are_none():
    source = "text = '''\nRISK\nold\n'''\n"
    diff = "@@ -1,4 +1,4 @@\n text = '''\n RISK\n-old\n+new\n '''\n"
    made = make(answer(diff), source)
    assert (
        made.new == source.replace("old", "new") and made.risk == "Items must be hashable."
    )


@pytest.mark.parametrize("seed", range(40))
def test_any_edit_survives_the_way_there_and_back(seed):
    """Random edits, written by difflib, with the counts in the headers spoilt."""
    import random
    import re

    random.seed(seed)
    old = [random.choice(["x = 1", "  y = 2", "", "z"]) + f" # {i}" for i in range(60)]
    new = list(old)
    for _ in range(random.randint(1, 6)):
        at = random.randrange(len(new))
        random.choice(
            [new.pop, lambda i: new.insert(i, "added"), lambda i: new.__setitem__(i, "m")]
        )(at)
    source, target = "\n".join(old) + "\n", "\n".join(new) + "\n"
    if source == target:
        return
    text = diffs.make(source, target, "slow.py")
    text = re.sub(r"@@ -(\d+),\d+ \+(\d+),\d+ @@", r"@@ -\1,9 +\2,9 @@", text)
    assert make(answer(text), source).new == target
