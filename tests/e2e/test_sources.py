"""Source texts: what a profile carries, so that it reads the same elsewhere."""

import hashlib
import zipfile
import zlib

import pytest

from support.profile import Profile

WORK = """import time
def work():
    begin = time.process_time()
    while time.process_time() - begin < 0.2:
        sum(range(1000))
work()
"""


def files(smp, *words):
    """The profile's files by their names' ends: (text, hash, program)."""
    done = smp.run("--json", "-o", "p.json", *words)
    assert done.returncode == 0, done
    facts = Profile(smp.directory / "p.json").json["facts"]
    return {
        facts["strings"][file["path"]]: file
        for file in facts["files"]
        if file["kind"] != "native"
    }


def only(found, end):
    (file,) = [file for path, file in found.items() if path.endswith(end)]
    return file


def test_text_and_hash_of_a_script(smp):
    script = smp.directory / "work.py"
    script.write_text(WORK)
    file = only(files(smp, "work.py"), "/work.py")
    assert file["source"] == WORK
    assert file["hash"] == hashlib.sha256(WORK.encode()).hexdigest()
    assert file["program"]


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_member_of_an_archive(smp, compression):
    with open(smp.directory / "app.pyz", "wb") as raw:
        raw.write(b"#!/usr/bin/env python3\n")  # as zipapp writes it
        with zipfile.ZipFile(raw, "w", compression) as archive:
            archive.comment = b"a comment behind the directory"
            archive.writestr("__main__.py", "import inside.work\n")
            archive.writestr("inside/__init__.py", "")
            archive.writestr("inside/work.py", WORK)
    file = only(files(smp, "app.pyz"), "app.pyz/inside/work.py")
    assert file["source"] == WORK
    assert file["program"]


def test_damaged_archive_is_no_matter(smp):
    """The interpreter has it imported; the text is then simply missing."""
    body = zlib.compress(b"x")
    (smp.directory / "work.py").write_text(
        WORK + f"open('app.zip', 'wb').write({body!r})\n"
    )
    with zipfile.ZipFile(smp.directory / "app.zip", "w") as archive:
        archive.write(smp.directory / "work.py", "work.py")
    (smp.directory / "start.py").write_text(
        "import sys; sys.path.insert(0, 'app.zip'); import work\n"
    )
    (smp.directory / "work.py").unlink()
    found = files(smp, "start.py")
    assert only(found, "app.zip/work.py").get("source") is None


def test_declared_encoding(smp):
    text = "# -*- coding: latin-1 -*-\nname = 'caf\xe9'\n" + WORK
    (smp.directory / "work.py").write_bytes(text.encode("latin-1"))
    assert only(files(smp, "work.py"), "/work.py")["source"] == text


def test_text_of_a_command(smp):
    assert files(smp, "-c", WORK)["<string>"]["source"] == WORK
