"""The command line: options, the lines that say what is wrong, exit codes."""

import pytest

from support.tool import NAME


@pytest.mark.parametrize(
    "wrong, says",
    [
        (["--profil-all", "x.py"], "unknown option --profil-all; did you mean --profile-all?"),
        (["--reduced", "x.py"], "did you mean --reduced-profile?"),
        (["--cpuonly=3", "x.py"], "unknown option --cpuonly; did you mean --cpu-only?"),
        (["--zzzzzzzz", "x.py"], "unknown option --zzzzzzzz; solvidia-mem-prof --help"),
        (["-O", "x.py"], "solvidia-mem-prof python -O your_prog.py"),
        (["--outfile"], "--outfile needs a value: --outfile FILE"),
        (["--outfile", "--json", "x.py"], "--outfile needs a value"),
        (["-o"], "--outfile needs a value"),
        (["--json=yes", "x.py"], "--json takes no value"),
        (["--cpu-sampling-rate", "fast", "x.py"], "is a number from 0.0001 to 10, not 'fast'"),
        (["--cpu-sampling-rate=0", "x.py"], "is a number from 0.0001 to 10, not '0'"),
        (["--cpu-sampling-rate=nan", "x.py"], "not 'nan'"),
        (["--cpu-percent-threshold=101", "x.py"], "from 0 to 100"),
        (["--width=1.5", "x.py"], "a whole number from 20 to 1000"),
        (["--width=5", "x.py"], "from 20 to 1000"),
        (["--color=red", "x.py"], "is one of auto, always, never, not 'red'"),
        (["--profile-only=", "x.py"], "must not be empty"),
        (["--web", "x.py"], "--web comes with a later version: use --cli or --json"),
        (["--pid", "7"], "--pid is not for run"),
        (["profile", "--on"], "profile needs --pid N"),
        (["view", "--cpu-sampling-rate=1", "x.json"], "--cpu-sampling-rate is not for view"),
        (["run", "--to", "csv", "x.py"], "--to is not for run"),
        (["--config", "none.yaml", "x.py"], "config file none.yaml: no such file"),
        (["-c", "none.yaml", "x.py"], "config file none.yaml: no such file"),
        (["view", "a.json", "b.json"], "takes one profile, not also b.json"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(smp, wrong, says):
    (smp.directory / "x.py").write_text("")
    assert says in smp.refuses(*wrong)


@pytest.mark.parametrize(
    "options",
    [
        ["--cli"],
        ["--cpu"],
        ["--cpu-only"],
        ["--reduced-profile"],
        ["--profile-all"],
        ["--profile-only", "a,b"],
        ["--profile-only=a", "--profile-only=b"],
        ["--profile-exclude", "a,b"],
        ["--use-virtual-time"],
        ["--cpu-percent-threshold", "0"],
        ["--cpu-sampling-rate", "0.01"],
        ["--program-path", "."],
        ["--stacks"],
        ["--no-stacks"],
        ["--no-profile-all"],
        ["--color", "never"],
        ["--width", "100"],
        ["--column-width", "132"],
        ["--no-browser"],
        ["--allocation-sampling-window", "1000"],
        ["run"],
        ["run", "--cli"],
        ["--cli", "run"],
        ["---"],
        ["--"],
        ["run", "---"],
    ],
)
def test_every_option_runs_the_program(smp, hello, options):
    done = smp.run(*options, hello, "a")
    assert done.returncode == 0, done
    assert done.stdout.startswith("hello a\n"), done
    assert len(done.stdout) > len("hello a\n"), "no report"
    assert done.stderr == ""


@pytest.mark.parametrize(
    "option, says",
    [
        (["--gpu"], "the GPU is not measured yet"),
    ],
)
def test_what_is_not_measured_is_said_once(smp, hello, option, says):
    done = smp.run("--cpu", *option, hello)
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1 and says in done.stderr


def test_help_fits_and_tells_every_option(smp):
    done = smp.run("--help")
    assert done.returncode == 0 and done.stderr == ""
    assert max(map(len, done.stdout.splitlines())) <= 80
    for option in ("--cli", "--json", "--outfile", "--profile-only", "--python",
                   "--cpu-sampling-rate", "--config", "--to", "-o", "-h"):
        assert option in done.stdout
    for hidden in ("--viewer", "--column-width"):
        assert hidden not in done.stdout
    for verb in ("run", "view", "convert", "report"):
        assert verb in done.stdout
    assert smp.run("help").stdout == done.stdout == smp.run("run", "-h").stdout


def test_version_is_that_of_the_project(smp, request):
    text = (request.config.rootpath / "pyproject.toml").read_text()
    version = text.split('\nversion = "')[1].split('"')[0]
    assert smp.run("--version").stdout == f"{NAME} {version}\n"


def test_no_argument_shows_the_usage(smp):
    done = smp.run()
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("usage: ")
    assert done.stderr.splitlines()[-1] == f"{NAME}: no program to run was given"


def test_a_message_stays_one_line(smp):
    assert "\n" not in smp.refuses("--bad\n\x1b[31m", "x.py")
    assert "\x1b" not in smp.refuses("--bad\n\x1b[31m", "x.py")
