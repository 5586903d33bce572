"""What the page asks for: the profile, proposals, their proof; and no key leaks."""

import json
import os
import shutil
import sys
import threading
import time

import pytest
from ai_cases import GOOD_DIFF, SLOW, answer, record
from providers_fake import Fake
from serving import files_below, read_events, start
from solvidia_mem_prof.ai.secret import VARIABLES
from solvidia_mem_prof.serve.life import GRACE_S, SILENCE_S, Life
from solvidia_mem_prof.serve.store import Store

TYPED_KEY = "sk-typed-in-9876543210"
OWN_KEY = "sk-of-the-environment-1234567890"


@pytest.fixture(scope="module")
def recorded(exe_path, tmp_path_factory):
    return record(exe_path, tmp_path_factory.mktemp("recorded")).read_text()


@pytest.fixture
def fake():
    server = Fake()
    yield server
    server.close()


@pytest.fixture
def project(recorded, tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "slow.py").write_text(SLOW)
    old = json.loads(recorded)["entrypoint_dir"]
    (folder / "profile.json").write_text(recorded.replace(old, str(folder)))
    return folder


@pytest.fixture
def server(project, fake, tmp_path):
    variables = {name: "" for name in VARIABLES}
    variables.update(
        OPENAI_API_KEY=OWN_KEY,
        OPENAI_BASE_URL=fake.url,
        TMPDIR=str(tmp_path),
        HOME=str(tmp_path),
        http_proxy="",
        SMP_AI_BASE_URL="",
    )
    serving = start(project, project / "profile.json", env=variables)
    serving.slow = str(project / "slow.py")
    yield serving
    code, out, err = serving.stop()
    assert (code, out, err) == (0, "", "")
    left = [p for p in os.listdir(tmp_path) if p.startswith("smp-")]
    assert left == [], "temporary files are left"


def prompt(server, **more):
    return server.post("api/prompt", {"file": server.slow, "line": 9, **more}).json


def propose(server, fake, text=None, **more):
    fake.answer("openai", text or answer(GOOD_DIFF))
    asked = {"prompt_id": prompt(server)["id"], "provider": "openai", **more}
    return server.events("api/propose", asked)


def only(events, name):
    (found,) = [fields for kind, fields in events if kind == name]
    return found


# ---- the profile


def test_the_profile_and_its_tag(server, project):
    answer_ = server.get("api/profile")
    assert answer_.body == (project / "profile.json").read_bytes()
    assert answer_.headers["Content-Type"] == "application/json"
    tag = answer_.headers["ETag"]
    again = server.get("api/profile", **{"If-None-Match": tag})
    assert again.status == 304 and again.body == b""
    assert server.get("api/profile", **{"If-None-Match": '"x"'}).status == 200


def test_a_profile_that_changes(project):
    serving = start(project, project / "profile.json", "--live")
    assert serving.get("api/state").json == {"live": True, "running": False, "version": 1}
    profile = json.loads((project / "profile.json").read_text())
    tag = serving.get("api/profile").headers["ETag"]
    other = project / "other.json"
    other.write_text(json.dumps(dict(profile, running=True)))
    other.replace(project / "profile.json")
    assert serving.get("api/state").json == {"live": True, "running": True, "version": 2}
    assert serving.get("api/profile", **{"If-None-Match": tag}).status == 200
    serving.get()
    assert len((project / "asked").read_text().splitlines()) == 2, "the page is made anew"
    os.unlink(project / "profile.json")
    assert "No such file" in serving.get("api/profile").json["error"]
    serving.stop()


def test_the_state_of_one_that_does_not(server):
    assert server.get("api/state").json == {"live": False, "running": False, "version": 1}


def test_providers(server):
    found = server.get("api/providers").json
    by_id = {p["id"]: p for p in found}
    assert set(by_id) == {
        "openai",
        "anthropic",
        "gemini",
        "azure",
        "bedrock",
        "ollama",
        "compatible",
    }
    for name in ("id", "name", "configured", "base_url", "models", "default_model"):
        assert all(name in p for p in found)
    assert (
        by_id["openai"]["configured"] is True and by_id["anthropic"]["configured"] is False
    )


# ---- proposals


def test_what_is_shown_is_what_is_sent(server, fake):
    made = prompt(server, kind="line", options={"goal": "both", "notes": "My own words."})
    assert "My own words." in made["prompt"] and "line 9" in made["prompt"]
    fake.answer("openai", answer(GOOD_DIFF))
    server.events(
        "api/propose", {"prompt_id": made["id"], "provider": "openai", "model": "m"}
    )
    (call,) = fake.calls
    assert call.json["model"] == "m"
    assert [m["content"] for m in call.json["messages"]] == [made["system"], made["prompt"]]


def test_nothing_is_sent_before_it_is_asked_for(server, fake):
    server.get()
    server.get("api/providers")
    prompt(server)
    assert fake.calls == []


def test_a_proposal_streams(server, fake):
    events = propose(server, fake)
    names = [name for name, _ in events]
    assert names[0] == "start" and names[-2:] == ["proposal", "done"]
    text = "".join(fields["text"] for name, fields in events if name == "delta")
    assert text == answer(GOOD_DIFF)
    made = only(events, "proposal")
    assert made["diagnosis"] and made["expected"] == "Much faster." and made["risk"]
    assert made["diff"].startswith("--- a/slow.py\n+++ b/slow.py\n@@ ")
    assert made["file"] == server.slow and made["command"][-1] == "slow.py"
    assert events[-1] == ("done", {"cancelled": False})


def test_several_proposals_for_a_line(server, fake):
    first = only(propose(server, fake), "proposal")
    made = prompt(server, options={"avoid": [first["proposal_id"]]})
    assert "Already proposed; propose a different way:" in made["prompt"]
    assert "fromkeys" in made["prompt"] and "fromkeys" not in prompt(server)["prompt"]
    second = only(propose(server, fake), "proposal")
    assert second["proposal_id"] != first["proposal_id"]
    assert "no such proposal" in prompt(server, options={"avoid": ["x"]})["error"]


@pytest.mark.parametrize(
    "text, says",
    [
        ("I'd rather not.", "holds no diff"),
        (answer("@@ -1 +1 @@\n-nothing like it\n+x\n"), "no line reads 'nothing like it'"),
        (answer(GOOD_DIFF.replace("slow.py", "other.py")), "another file"),
    ],
)
def test_an_answer_that_is_no_proposal(server, fake, text, says):
    events = propose(server, fake, text)
    assert says in only(events, "error")["message"] and events[-1][0] == "done"


def test_the_provider_s_error_comes_through(server, fake):
    for status, words in ((401, "bad key"), (429, "slow down"), (500, "broken")):
        fake.refuse(status, {"error": {"message": words}})
        asked = {"prompt_id": prompt(server)["id"], "provider": "openai"}
        events = server.events("api/propose", asked)
        assert only(events, "error")["message"] == f"OpenAI: {status}: {words}"
        assert events[-1][0] == "done"


@pytest.mark.parametrize(
    "asked, says",
    [
        ({"prompt_id": "x"}, "no such prompt"),
        ({}, "no such prompt"),
        ({"provider": "x"}, "provider is one of"),
        ({"provider": ["openai"]}, "provider is one of"),
        ({"provider": "anthropic"}, "no key: set ANTHROPIC_API_KEY"),
        ({"provider": "compatible"}, "needs a base URL"),
        ({"provider": "openai", "base_url": "http://evil.invalid"}, "type in the key"),
        ({"provider": "openai", "base_url": "ftp://x", "key": "k" * 20}, "http"),
        ({"provider": "openai", "key": 7}, "key is no text"),
        ({"provider": "openai", "model": "x" * 500}, "name of a model"),
    ],
)
def test_requests_that_can_t_be_carried_out(server, asked, says):
    if "prompt_id" not in asked and asked:
        asked["prompt_id"] = prompt(server)["id"]
    answer_ = server.post("api/propose", asked)
    assert answer_.status == 400 and says in answer_.json["error"]


def test_cancel(server, fake):
    fake.slow("openai", answer(GOOD_DIFF))
    made = prompt(server)
    connection, response = server.open_stream(
        "api/propose", {"prompt_id": made["id"], "provider": "openai"}
    )
    events = read_events(response)
    name, fields = next(events)
    assert name == "start" and next(events)[0] == "delta"
    assert server.post("api/cancel", {"id": fields["id"]}).json == {"cancelled": 1}
    rest = list(events)
    assert rest[-1] == ("done", {"cancelled": True}), rest[-3:]
    assert fake.hung_up.wait(10)
    assert server.post("api/cancel", {"id": fields["id"]}).json == {"cancelled": 0}
    connection.close()


def test_a_page_that_goes_away_cancels(server, fake):
    fake.slow("openai", answer(GOOD_DIFF), pause=0.02)
    connection, response = server.open_stream(
        "api/propose", {"prompt_id": prompt(server)["id"], "provider": "openai"}
    )
    next(read_events(response))
    response.close()
    connection.close()
    assert fake.hung_up.wait(20), "the provider is still asked"


def test_a_page_that_goes_away_while_the_provider_is_silent(server, fake):
    seen = threading.Event()

    def script(handler):
        handler.begin()
        handler.connection.settimeout(20)
        if handler.connection.recv(1) == b"":
            seen.set()

    fake.script = script
    connection, response = server.open_stream(
        "api/propose", {"prompt_id": prompt(server)["id"], "provider": "openai"}
    )
    next(read_events(response))
    response.close()
    connection.close()
    assert seen.wait(15), "the provider's answer is still awaited"


# ---- proof and apply


def test_verify_apply_undo(server, fake, project):
    made = only(propose(server, fake), "proposal")
    asked = {"proposal_id": made["proposal_id"]}
    events = server.events("api/verify", {**asked, "runs": 1})
    result = only(events, "result")
    assert result["same_output"] is True and result["speedup"] > 1, result
    assert {"verdict", "speedup", "same_output", "detail"} <= set(result)
    assert [n for n, _ in events][0] == "start" and events[-1][0] == "done"
    assert events[1][1]["command"] == made["command"]
    assert (project / "slow.py").read_text() == SLOW

    done = server.post("api/apply", asked).json
    assert done["applied"] is True and open(done["backup"]).read() == SLOW
    assert "fromkeys" in (project / "slow.py").read_text()
    assert "applied already" in server.post("api/apply", asked).json["error"]
    assert server.post("api/undo", asked).json["undone"] is True
    assert (project / "slow.py").read_text() == SLOW and not os.path.exists(done["backup"])
    assert "not applied" in server.post("api/undo", asked).json["error"]


def test_a_file_that_changed_is_refused(server, fake, project):
    made = only(propose(server, fake), "proposal")
    (project / "slow.py").write_text(SLOW + "# mine\n")
    asked = {"proposal_id": made["proposal_id"]}
    assert "changed since the profile" in server.post("api/apply", asked).json["error"]
    result = only(server.events("api/verify", asked), "result")
    assert result["verdict"] == "not verified" and "changed since" in result["text"]


def test_verify_is_cancelled_by_its_page(server, fake, tmp_path):
    made = only(propose(server, fake), "proposal")
    forever = [
        sys.executable,
        "-c",
        "import time; print('x', flush=True); time.sleep(1000)",
    ]
    connection, response = server.open_stream(
        "api/verify", {"proposal_id": made["proposal_id"], "command": forever}
    )
    events = read_events(response)
    while next(events)[1].get("text") != "running without the change":
        pass
    assert list(tmp_path.glob("smp-proof-*"))
    response.close()
    connection.close()
    deadline = time.monotonic() + 20
    while list(tmp_path.glob("smp-proof-*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not list(tmp_path.glob("smp-proof-*")), "it goes on"


def test_the_end_of_the_server_ends_its_runs(server, fake, tmp_path):
    made = only(propose(server, fake), "proposal")
    forever = [sys.executable, "-c", "import time; time.sleep(1000)"]
    connection, response = server.open_stream(
        "api/verify", {"proposal_id": made["proposal_id"], "command": forever}
    )
    events = read_events(response)
    while next(events)[1].get("text") != "running without the change":
        pass
    assert server.stop()[0] == 0
    assert not list(tmp_path.glob("smp-proof-*"))
    connection.close()


@pytest.mark.parametrize("verb", ["verify", "apply", "undo"])
def test_unknown_proposals(server, verb):
    for wrong in ("x", "", None, 3, ["x"]):
        answer_ = server.post(f"api/{verb}", {"proposal_id": wrong})
        assert answer_.status == 400 and set(answer_.json) == {"error"}


# ---- keys


def test_no_key_is_ever_told_or_kept(project, fake, tmp_path):
    """Every provider's key in the environment and one typed in: none is in any
    answer, any file, the process's command line or what it says."""
    keys = {name: f"secret-of-{name.lower().replace('_', '-')}" for name in VARIABLES}
    keys["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE-0123456789"
    env = {
        **keys,
        "OPENAI_BASE_URL": fake.url,
        "TMPDIR": str(tmp_path),
        "HOME": str(tmp_path),
    }
    server = start(project, project / "profile.json", env=env)
    server.slow = str(project / "slow.py")
    told = [server.get(p).body for p in ("", "api/profile", "api/state", "api/providers")]
    made = prompt(server)
    told.append(json.dumps(made).encode())
    asked = {"prompt_id": made["id"], "provider": "openai"}
    for more, used in (({}, keys["OPENAI_API_KEY"]), ({"key": TYPED_KEY}, TYPED_KEY)):
        fake.answer("openai", answer(GOOD_DIFF))
        told.append(json.dumps(server.events("api/propose", {**asked, **more})).encode())
        fake.refuse(401, {"error": {"message": f"key {used} is wrong"}})
        told.append(json.dumps(server.events("api/propose", {**asked, **more})).encode())
    told.append(server.get("api/providers").body)
    odd = server.post("api/propose", {**asked, "key": TYPED_KEY + "\nX: y"})
    told += [odd.body, str(odd.headers).encode()]
    command = open(f"/proc/{server.process.pid}/cmdline", "rb").read()
    code, out, err = server.stop()
    told += [command, out.encode(), err.encode()]
    sent = "".join(str(c.headers) for c in fake.calls)
    assert TYPED_KEY in sent and keys["OPENAI_API_KEY"] in sent, "they were used"
    whole = b"\n".join(told + [p.read_bytes() for p in files_below(tmp_path)])
    for key in [TYPED_KEY, *keys.values()]:
        assert key.encode() not in whole, key
    assert b"***" in whole


def test_a_typed_key_is_typed_once(server, fake):
    """The server's memory keeps it, for that address alone."""
    other = Fake()
    asked = {"prompt_id": prompt(server)["id"], "provider": "anthropic", "model": "m"}
    configured = lambda: {  # noqa: E731
        p["id"]: p["configured"] for p in server.get("api/providers").json
    }["anthropic"]
    assert not configured()
    fake.answer("anthropic", answer(GOOD_DIFF))
    for more in ({"key": TYPED_KEY}, {}):
        only(
            server.events("api/propose", {**asked, "base_url": fake.url, **more}),
            "proposal",
        )
    assert [c.headers["x-api-key"] for c in fake.calls] == [TYPED_KEY] * 2
    assert not configured(), "its own address has none"
    for url in (other.url, None):
        refused = server.post("api/propose", {**asked, "base_url": url})
        assert refused.status == 400 and "key" in refused.json["error"]
    assert other.calls == []
    other.close()


# ---- life


def test_it_lives_until_the_last_page_is_gone():
    now = [0.0]
    life = Life(lambda: now[0])
    now[0] = 10**6
    assert not life.is_over(), "no page came yet"
    life.ping("")
    life.ping("a")
    life.ping("b")
    life.bye("a")
    now[0] += GRACE_S + 1
    assert not life.is_over()
    now[0] += SILENCE_S - GRACE_S - 2
    assert not life.is_over(), "b was heard of a while ago"
    life.ping("b")
    now[0] += SILENCE_S + 1
    assert life.is_over()


def test_a_page_without_a_name_lives_by_what_it_asks():
    now = [0.0]
    life = Life(lambda: now[0])
    life.ping("")
    now[0] += SILENCE_S - 1
    life.touch()
    now[0] += SILENCE_S - 1
    assert not life.is_over()
    now[0] += 2
    assert life.is_over()
    life.ping("a")
    life.touch()
    life.bye("a")
    now[0] += GRACE_S + 1
    assert life.is_over(), "what a named page asks is no page of its own"


def test_a_page_loaded_anew_keeps_it():
    now = [0.0]
    life = Life(lambda: now[0])
    life.ping("a")
    life.bye("a")
    now[0] += 1
    life.ping("")
    now[0] += GRACE_S
    assert not life.is_over()


def test_it_ends_by_itself(project, monkeypatch):
    """With the grace shortened: the server's own module is told so."""
    short = "import sys, solvidia_mem_prof.serve.life as life; life.GRACE_S = 0.2; "
    from ai_cases import DOOR
    from serving import Serving, stand_in

    code = (
        f"import sys; sys.path.append({str(DOOR.parent.parent)!r}); {short}"
        "from solvidia_mem_prof.serve.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    exe = stand_in(project)
    command = [
        sys.executable,
        "-I",
        "-c",
        code,
        "--exe",
        exe,
        "--no-browser",
        "profile.json",
    ]
    serving = Serving(command, project)
    assert serving.get("api/ping?page=one").json["every_s"] > 0
    assert serving.post("api/bye", {"page": "one"}).status == 200
    assert serving.process.wait(30) == 0


def test_a_store_reads_a_file_once(project, monkeypatch):
    store = Store(str(project / "profile.json"))
    first = store.snapshot()
    assert store.snapshot() is first and store.parsed() is not None
    assert store.parsed()[0] is store.parsed()[0]
    shutil.copy(project / "profile.json", project / "copy.json")
    os.replace(project / "copy.json", project / "profile.json")
    assert store.snapshot().version == 1, "the same bytes are no change"
