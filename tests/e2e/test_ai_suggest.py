"""suggest: proposals in the terminal."""

import json
import os

import pytest
from ai_cases import GOOD_DIFF, SLOW, answer
from providers_fake import Fake
from solvidia_mem_prof.ai.secret import VARIABLES

KEY = "sk-of-the-environment-1234567890"


@pytest.fixture
def saved(smp):
    (smp.directory / "slow.py").write_text(SLOW)
    assert smp.run("--json", "slow.py").returncode == 0
    return smp.directory / "profile.json"


@pytest.fixture
def fake():
    server = Fake()
    yield server
    server.close()


@pytest.fixture
def env(fake):
    none = {name: "" for name in VARIABLES}
    return {**none, "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": fake.url, "http_proxy": ""}


def test_the_prompt_alone(smp, saved, fake, env):
    done = smp.run("suggest", "--print-prompt", env=env)
    assert done.returncode == 0 and done.stderr == "" and fake.calls == []
    assert "The place: line 9 in unique." in done.stdout, "the hottest line"
    assert "DIAGNOSIS" in done.stdout and "Called by:" in done.stdout


@pytest.mark.parametrize(
    "place, says",
    [
        ("slow.py:9", "line 9 in unique."),
        ("./slow.py:8-10", "lines 8 to 10 in unique."),
        ("slow.py:main", "function main."),
    ],
)
def test_places(smp, saved, place, says):
    done = smp.run("suggest", "profile.json", place, "--print-prompt", "--goal", "memory")
    assert says in done.stdout and "use less memory" in done.stdout


def test_a_proposal(smp, saved, fake, env):
    fake.answer("openai", answer(GOOD_DIFF))
    done = smp.run("suggest", "profile.json", "slow.py:9", "--notes", "Be bold.", env=env)
    assert done.returncode == 0, done
    assert "+    return list(dict.fromkeys(items))" in done.stdout
    assert "Risk: Items must be hashable." in done.stdout
    assert done.stderr.startswith("solvidia-mem-prof: asking OpenAI (gpt-5.1); sending ")
    (call,) = fake.calls
    assert "Be bold." in call.json["messages"][1]["content"]
    assert KEY not in done.stdout + done.stderr
    assert (smp.directory / "slow.py").read_text() == SLOW


def test_verify_and_apply(smp, saved, fake, env):
    wrong = GOOD_DIFF.replace("list(dict.fromkeys(items))", "items")
    fake.answer("openai", answer(wrong))
    done = smp.run("suggest", "--verify", "--apply", env=env)
    assert done.returncode == 1 and "not verified: output differs" in done.stdout, done
    assert (smp.directory / "slow.py").read_text() == SLOW
    fake.answer("openai", answer(GOOD_DIFF))
    done = smp.run("suggest", "--apply", "--provider", "openai", "--model", "m", env=env)
    assert done.returncode == 0 and "the old text is in" in done.stderr
    assert "fromkeys" in (smp.directory / "slow.py").read_text()
    assert (smp.directory / "slow.py.smp-backup").read_text() == SLOW


def test_a_compatible_server_needs_no_key(smp, saved, fake, env):
    fake.answer("openai", answer(GOOD_DIFF))
    words = ["--base-url", fake.url + "/v1", "--model", "local"]
    done = smp.run("suggest", *words, env={**env, "OPENAI_API_KEY": ""})
    assert done.returncode == 0, done
    assert fake.calls[0].path == "/v1/chat/completions"
    assert "Authorization" not in fake.calls[0].headers


def test_control_characters_of_an_answer_do_not_reach_the_terminal(smp, saved, fake, env):
    fake.answer("openai", answer(GOOD_DIFF, "\x1b]0;evil\x07 \x1b[2J"))
    done = smp.run("suggest", env=env)
    assert done.returncode == 0 and "\x1b" not in done.stdout and "\x07" not in done.stdout


def test_failures_are_one_line(smp, saved, fake, env):
    none = {**env, "OPENAI_API_KEY": ""}
    assert "no provider's key is in the environment" in smp.refuses("suggest", env=none)
    assert "no such file" in smp.refuses("suggest", "nope.json").lower()
    for place, says in (
        ("slow.py", "name a line"),
        ("nope.py:3", "no source file"),
        ("slow.py:999", "no line 999"),
        ("slow.py:nope", "no function nope"),
    ):
        assert says in smp.refuses("suggest", "profile.json", place, "--print-prompt")
    assert "not also c" in smp.refuses("suggest", "a", "b", "c")
    assert "--provider" in smp.refuses("suggest", "--provider", "x")
    assert "--goal" in smp.refuses("suggest", "--goal", "beauty")
    assert "--verify is not for run" in smp.refuses("run", "--verify", "slow.py")
    fake.refuse(401, {"error": {"message": "no"}})
    done = smp.run("suggest", env=env)
    assert done.returncode == 2 and done.stderr.splitlines()[-1] == (
        "solvidia-mem-prof: OpenAI: 401: no"
    )
    for text in (b"", b"[]", b"{", b'{"facts": {}}', bytes(range(256))):
        (smp.directory / "bad.json").write_bytes(text)
        assert "profile" in smp.refuses("suggest", "bad.json", "a:1", "--print-prompt")


def test_a_profile_without_time(smp, saved):
    profile = json.loads(saved.read_text())
    profile["files"] = {}
    saved.write_text(json.dumps(profile))
    assert "no line of the profile has any time" in smp.refuses("suggest", "--print-prompt")


def test_a_reader_that_goes_away(smp, saved):
    code = os.system(
        f"cd '{smp.directory}' && '{smp.path}' suggest --print-prompt 2>err | head -c 10 >/dev/null"
    )
    assert code == 0 and (smp.directory / "err").read_text() == ""
