"""The magics, by the clients that people use: ipykernel under nbclient and
nbconvert, and plain IPython. The kernels are stock: nobody started them under the
profiler."""

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("ipykernel")
nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("solvidia_mem_prof")

DOCS = Path(__file__).resolve().parents[2] / "docs" / "notebooks.md"
LOAD = "%load_ext solvidia_mem_prof"


def run(cells, folder):
    """Runs cells in a kernel of their own; the outputs of each."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    client = nbclient.NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    return notebook


def outputs(notebook, number, kind):
    """Of the cell with this number (1, 2, ...)."""
    found = notebook.cells[number - 1].outputs
    return [output for output in found if output.output_type == kind]


def shown(notebook, number):
    """The report below a cell: its page's frame and its table."""
    (data,) = [
        output.data
        for output in outputs(notebook, number, "display_data")
        if "srcdoc" in output.data.get("text/html", "")
    ]
    return data["text/html"], data["text/plain"]


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def errors(notebook, number):
    streams = outputs(notebook, number, "stream")
    return "".join(stream.text for stream in streams if stream.name == "stderr")


def examples():
    """The cells of docs/notebooks.md."""
    return re.findall(r"^```python\n(.*?)^```", DOCS.read_text(), re.S | re.M)


def test_cells_of_the_docs(tmp_path):
    notebook = run(examples(), tmp_path)
    for number in range(1, len(notebook.cells) + 1):
        assert not outputs(notebook, number, "error"), notebook.cells[number - 1]
        assert not errors(notebook, number)
    frame, table = shown(notebook, 2)
    assert "cell [2]" in table and 'return [{"id": i,' in table
    assert "Memory peak" in table
    assert 'sandbox="allow-scripts"' in frame and "cell [2]" in html.unescape(frame)
    (value,) = outputs(notebook, 2, "execute_result")
    assert value.data["text/plain"].isdigit()
    _, table = shown(notebook, 3)
    assert "Memory peak" not in table  # --cpu-only
    _, table = shown(notebook, 5)
    assert "cell [4]" in table and "json.loads(text) for _" in table


def test_second_and_tenth_run_are_right(tmp_path):
    cell = "%%solvidia-mem-prof\nblock = bytearray(40_000_000)\ndel block"
    notebook = run([LOAD, *[cell] * 10], tmp_path)
    for number in range(2, 12):
        _, table = shown(notebook, number)
        peak = re.search(r"Memory peak ([\d.]+) MiB", table)
        assert float(peak.group(1)) == pytest.approx(38.1, rel=0.06), table
        assert f"cell [{number}]" in table


def test_what_cells_do_is_as_always(tmp_path):
    notebook = run(
        [
            "%load_ext solvidia-mem-prof",
            "%%solvidia-mem-prof --reduced-profile\n"
            "def divide(a):\n    return a / 0\nprint('before')\ndivide(1)",
            "%%solvidia-mem-prof\nimport asyncio\nawait asyncio.sleep(0.05)\n6 * 7",
            "%%solvidia-mem-prof --cpu-only\n%time x = sum(range(100000))\n!echo shell",
            "%%solvidia-mem-prof --nope\nprint('must not run')",
            "%scrun y = 5\ny",
            "def f():\n    here = 3\n    %scrun --cpu-only there = here + 1\n    return 1\nf()",
            "%scrun 1 / 0",
            "%smp_off",
            "%%solvidia-mem-prof --cpu-only\n%%capture out\nprint('captured')",
            "out.stdout",
            "%%solvidia-mem-prof --cpu-only\n%%time\n1 / 0",
            "%%solvidia-mem-prof\nimport os, signal, time\n"
            "os.kill(os.getpid(), signal.SIGINT)\ntime.sleep(5)",
        ],
        tmp_path,
    )
    (error,) = outputs(notebook, 2, "error")
    assert error.ename == "ZeroDivisionError"
    traceback = plain("\n".join(error.traceback))
    assert "5 divide(1)" in traceback and "return a / 0" in traceback, traceback
    assert "site-packages" not in traceback
    shown(notebook, 2)
    (value,) = outputs(notebook, 3, "execute_result")
    assert value.data["text/plain"] == "42"
    assert shown(notebook, 3)[1].startswith("cell [3] ran")
    text = "".join(stream.text for stream in outputs(notebook, 4, "stream"))
    assert "Wall time" in text and "shell" in text
    assert "unknown option --nope" in errors(notebook, 5)
    assert "Traceback" not in errors(notebook, 5)
    assert not outputs(notebook, 5, "error") and "must not run" not in str(
        notebook.cells[4].outputs
    )
    (value,) = outputs(notebook, 6, "execute_result")
    assert value.data["text/plain"] == "5"
    assert not outputs(notebook, 7, "error"), notebook.cells[6].outputs
    (error,) = outputs(notebook, 8, "error")
    assert error.ename == "ZeroDivisionError"
    assert "not measuring" in errors(notebook, 9)
    shown(notebook, 10)
    (value,) = outputs(notebook, 11, "execute_result")
    assert "captured" in value.data["text/plain"]
    (error,) = outputs(notebook, 12, "error")
    assert error.ename == "ZeroDivisionError"
    shown(notebook, 12)
    (error,) = outputs(notebook, 13, "error")
    assert error.ename == "KeyboardInterrupt"
    shown(notebook, 13)


def test_where_nothing_can_be_measured_the_cell_runs(tmp_path):
    notebook = run(
        [
            LOAD,
            "from solvidia_mem_prof import _late\n"
            "_late.library = lambda: '/does/not/exist.so'",
            "%%solvidia-mem-prof\n6 * 7",
        ],
        tmp_path,
    )
    (value,) = outputs(notebook, 3, "execute_result")
    assert value.data["text/plain"] == "42"
    said = errors(notebook, 3)
    assert said.startswith("solvidia-mem-prof: not profiled: ")
    assert len(said.splitlines()) == 1


def test_saved_as_well(tmp_path):
    body = "\nx = [0] * 1000000"
    notebook = run(
        [
            LOAD,
            f"%%solvidia-mem-prof -o out.json --cli{body}",
            f"%%solvidia-mem-prof --outfile 'the page.html'{body}",
        ],
        tmp_path,
    )
    (only_text,) = outputs(notebook, 2, "display_data")
    assert list(only_text.data) == ["text/plain"]
    assert '"cell [2]"' in (tmp_path / "out.json").read_text()
    assert "<html" in (tmp_path / "the page.html").read_text()[:300].lower()


def test_nbconvert_to_html(tmp_path):
    pytest.importorskip("nbconvert")
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_code_cell(cell)
        for cell in (LOAD, "%%solvidia-mem-prof\nx = list(range(500_000))")
    ]
    path = tmp_path / "book.ipynb"
    nbformat.write(notebook, path)
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "html", path]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    text = (tmp_path / "book.html").read_text()
    assert 'sandbox="allow-scripts"' in text and "solvidia-mem-prof-table" in text


def test_plain_ipython(tmp_path):
    script = tmp_path / "console.ipy"
    script.write_text(
        "%load_ext solvidia_mem_prof\n"
        "%scrun keep = [bytearray(1_000_000) for _ in range(30)]\n"
        "%smp_on --cpu-only\nsum(range(3_000_000))\n%smp_off\n"
    )
    command = [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor"]
    done = subprocess.run(
        [*command, script], capture_output=True, text=True, timeout=120, cwd=tmp_path
    )
    assert done.returncode == 0, done
    peak = float(re.search(r"^Memory peak ([\d.]+) MiB", done.stdout, re.M).group(1))
    assert peak == pytest.approx(30e6 / 2**20, rel=0.01), done
    assert done.stdout.count("MainThread") or "sum(range" in done.stdout
