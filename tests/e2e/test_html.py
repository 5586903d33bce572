"""The page: what --html writes, and that it holds the profile that was recorded."""

import base64
import gzip
import json
import re

from support.tool import NAME

PROGRAM = """
import time
total = 0
for i in range(600_000):
    total += i * i
time.sleep(0.05)
print("</script><b>")
"""
DATA = re.compile(
    r'<script type="application/json" id="profile" data-encoding="(json|gzip)">([^<]*)</script>'
)


def profile_in(page):
    encoding, text = DATA.search(page).groups()
    if encoding == "gzip":
        text = gzip.decompress(base64.b64decode(text)).decode()
    return json.loads(text)


def policy_of(page):
    return re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page).group(1)


def test_a_run_writes_page_and_profile(smp):
    (smp.directory / "x.py").write_text(PROGRAM)
    run = smp.run("--html", "x.py")
    assert run.returncode == 0
    assert run.stdout == "</script><b>\n"
    assert f"{NAME}: the page is in profile.html, the profile in profile.json" in run.stderr
    page = (smp.directory / "profile.html").read_text()
    saved = json.loads((smp.directory / "profile.json").read_text())
    inside = profile_in(page)
    assert inside["facts"] == saved["facts"]
    assert inside["whole_s"] == saved["whole_s"]
    assert "files" not in inside and "stacks" not in inside
    # One script of data, one of code: the program's text became neither.
    assert page.count("</script>") == 2
    assert "connect-src 'none'" in policy_of(page) and "default-src 'none'" in policy_of(page)


def test_where_the_page_goes(smp):
    (smp.directory / "x.py").write_text("print(1)")
    assert smp.run("-o", "p.html", "x.py").returncode == 0
    assert (smp.directory / "p.html").read_text().startswith("<!doctype html>")
    assert smp.run("--json", "x.py").returncode == 0
    assert not (smp.directory / "profile.html").exists()
    view = smp.run("view", "--html", "-o", "-", "profile.json")
    assert view.stdout.startswith("<!doctype html>") and view.stderr == ""
    assert smp.run("view", "--html", "profile.json").returncode == 0
    assert (smp.directory / "profile.html").exists()


def test_what_the_page_holds_can_be_viewed(smp):
    (smp.directory / "x.py").write_text(PROGRAM)
    smp.run("--html", "x.py")
    inside = profile_in((smp.directory / "profile.html").read_text())
    (smp.directory / "saved.json").write_text(json.dumps(inside))
    shown = smp.run("view", "--cli", "saved.json").stdout
    assert shown == smp.run("view", "--cli", "profile.json").stdout and "x.py" in shown


def test_a_large_profile_is_compressed(smp):
    (smp.directory / "x.py").write_text(PROGRAM)
    smp.run("--json", "x.py")
    saved = json.loads((smp.directory / "profile.json").read_text())
    source = next(f for f in saved["facts"]["files"] if f.get("program"))
    source["source"] = "".join(f"a{i} = {i}  # {'x' * 60}\n" for i in range(20_000))
    (smp.directory / "large.json").write_text(json.dumps(saved))
    page = smp.run("view", "--html", "-o", "-", "large.json").stdout
    assert 'data-encoding="gzip"' in page
    assert profile_in(page)["facts"] == saved["facts"]
