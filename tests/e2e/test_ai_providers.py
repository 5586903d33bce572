"""Providers: every protocol against a server of our own, good and bad answers."""

import datetime
import hashlib
import json
import pickle
import threading
import time

import pytest
from ai_cases import answer  # noqa: F401  (finds the package)
from providers_fake import ERRORS, SPEECH, Fake, aws_event, aws_message, sse
from solvidia_mem_prof.ai import providers
from solvidia_mem_prof.ai.ask import ask
from solvidia_mem_prof.ai.errors import Cancelled, Refused
from solvidia_mem_prof.ai.prompt import Prompt
from solvidia_mem_prof.ai.providers.base import ProviderError
from solvidia_mem_prof.ai.secret import VARIABLES, Secret
from solvidia_mem_prof.ai.sigv4 import Credentials, sign
from solvidia_mem_prof.ai.transport import Cancel

KEY = "sk-a-secret-key-0123456789"
TEXT = "DIAGNOSIS\nWörter — in Stücken.\n" + "x" * 500
PROMPT = Prompt("the system", "the prompt — word for word")
EVERY = sorted(SPEECH)
H = "http" + "://"


@pytest.fixture(autouse=True)
def no_keys(monkeypatch):
    for provider in providers.ALL:
        for name in provider.key_names + provider.base_names + provider.model_names:
            monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def fake():
    server = Fake()
    yield server
    server.close()


def key_of(name):
    return "AKIDEXAMPLE:" + KEY if name == "bedrock" else KEY


def call(fake, name, cancel=None, key=None):
    provider = providers.find(name)
    settings = provider.settings("a model/1", fake.url, key or key_of(name))
    return ask(provider, settings, PROMPT, cancel or Cancel())


def fails(fake, name):
    with pytest.raises(ProviderError) as caught:
        list(call(fake, name))
    text = str(caught.value)
    assert text.startswith(providers.find(name).name + ": ") and "\n" not in text
    assert KEY not in text
    return text


@pytest.mark.parametrize("name", EVERY)
def test_an_answer_comes_in_pieces(fake, name):
    fake.answer(name, TEXT)
    pieces = list(call(fake, name))
    assert "".join(pieces) == TEXT and len(pieces) > 3


@pytest.mark.parametrize("name", EVERY)
def test_the_prompt_is_sent_word_for_word_and_nothing_else(fake, name):
    fake.answer(name, TEXT)
    list(call(fake, name))
    (made,) = fake.calls
    strings = []

    def collect(value):
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                collect(item)
        elif isinstance(value, str):
            strings.append(value)

    collect(made.json)
    said = [s for s in strings if s not in ("system", "user", "a model/1")]
    assert sorted(said) == sorted([PROMPT.system, PROMPT.text])
    assert KEY not in made.path and KEY not in made.body.decode()


@pytest.mark.parametrize(
    "name, path, header, value",
    [
        ("openai", "/chat/completions", "Authorization", "Bearer " + KEY),
        ("compatible", "/chat/completions", "Authorization", "Bearer " + KEY),
        (
            "azure",
            "/openai/deployments/a%20model%2F1/chat/completions?api-version=",
            "api-key",
            KEY,
        ),
        ("anthropic", "/v1/messages", "x-api-key", KEY),
        (
            "gemini",
            "/models/a%20model%2F1:streamGenerateContent?alt=sse",
            "x-goog-api-key",
            KEY,
        ),
        ("ollama", "/api/chat", "Authorization", "Bearer " + KEY),
        (
            "bedrock",
            "/model/a%20model%2F1/converse-stream",
            "Authorization",
            "AWS4-HMAC-SHA256 ",
        ),
    ],
)
def test_where_it_goes_and_with_which_key(fake, name, path, header, value):
    fake.answer(name, TEXT)
    list(call(fake, name))
    (made,) = fake.calls
    assert made.path.startswith(path) and made.headers[header].startswith(value)
    if name == "anthropic":
        assert made.headers["anthropic-version"] == "2023-06-01"


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 529])
def test_the_provider_s_own_words_are_shown(fake, name, status):
    fake.refuse(status, ERRORS[name](f"no, because of {KEY}"), Retry_After="7")
    text = fails(fake, name)
    assert f"{status}: no, because of ***" in text and "try again in 7 s" in text


def test_an_error_that_is_no_json(fake):
    fake.refuse(502, b"<html>bad\n gateway</html>")
    assert "502: <html>bad gateway</html>" in fails(fake, "openai")


@pytest.mark.parametrize("name", EVERY)
def test_a_redirect_is_not_followed(fake, name):
    fake.refuse(302, b"{}", Location=fake.url + "/elsewhere")
    assert "302" in fails(fake, name)
    assert len(fake.calls) == 1


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("keep, chunked", [(0.0, False), (0.5, False), (0.9, True)])
def test_a_cut_answer_is_no_answer(fake, name, keep, chunked):
    fake.cut(name, TEXT, keep, chunked)
    text = fails(fake, name)
    assert "cut off" in text or "no JSON" in text, text


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(
    "data", [b"data: {oops\n\n{oops\n", b"data: [1]\n\n[1]\n", b"\xff" * 300]
)
def test_what_can_t_be_understood(fake, name, data):
    fake.raw(data)
    fails(fake, name)


@pytest.mark.parametrize(
    "name, data, says",
    [
        ("openai", sse({"error": {"message": "overloaded"}}), "overloaded"),
        (
            "anthropic",
            sse({"type": "error", "error": {"message": "Overloaded"}}),
            "Overloaded",
        ),
        ("gemini", sse({"error": {"message": "quota"}}), "quota"),
        ("gemini", sse({"promptFeedback": {"blockReason": "SAFETY"}}), "SAFETY"),
        ("gemini", sse({"candidates": [{"finishReason": "RECITATION"}]}), "RECITATION"),
        ("ollama", b'{"error": "model not found"}\n', "model not found"),
        (
            "bedrock",
            aws_message(
                {":message-type": "exception", ":exception-type": "throttlingException"},
                {"message": "too many"},
            ),
            "throttlingException: too many",
        ),
        ("openai", sse({"choices": [{"finish_reason": "length"}]}), "limit of tokens"),
        (
            "bedrock",
            aws_event("messageStop", {"stopReason": "max_tokens"}),
            "limit of tokens",
        ),
    ],
)
def test_errors_inside_of_a_stream(fake, name, data, says):
    fake.raw(data)
    assert says in fails(fake, name)


def test_a_damaged_event_stream(fake):
    good = aws_event("contentBlockDelta", {"delta": {"text": "abc"}})
    for at in (3, 9, 20, len(good) - 1):
        fake.raw(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        assert "damaged" in fails(fake, "bedrock") or at == 3


def test_a_server_that_does_not_stream(fake):
    whole = {"choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}]}
    fake.raw(json.dumps(whole).encode(), kind="application/json")
    assert "".join(call(fake, "compatible")) == TEXT


def test_nobody_there():
    fake = Fake()
    fake.close()
    assert "refused" in fails(fake, "openai").lower()


@pytest.mark.parametrize("name", EVERY)
def test_cancel_ends_a_slow_answer(fake, name):
    fake.slow(name, TEXT)
    cancel = Cancel()
    pieces = call(fake, name, cancel)
    next(pieces)
    threading.Timer(0.1, cancel.set).start()
    with pytest.raises(Cancelled):
        list(pieces)
    assert fake.hung_up.wait(10), "the provider still sends"


def test_cancel_ends_a_silent_answer(fake):
    release = threading.Event()

    def script(handler):
        handler.begin()
        release.wait(20)

    fake.script = script
    cancel = Cancel()
    threading.Timer(0.2, cancel.set).start()
    begin = time.monotonic()
    with pytest.raises(Cancelled):
        list(call(fake, "openai", cancel))
    release.set()
    assert time.monotonic() - begin < 15, "it waited for the answer"


# ---- keys


def test_a_key_of_the_environment_goes_to_its_own_address_alone(fake, monkeypatch):
    other = Fake()
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", fake.url)
    fake.answer("openai", TEXT)
    settings = providers.OPENAI.settings("m", None, None)
    assert "".join(ask(providers.OPENAI, settings, PROMPT, Cancel())) == TEXT
    with pytest.raises(Refused, match="goes only to OpenAI's own address"):
        providers.OPENAI.settings("m", other.url, None)
    monkeypatch.setenv("SMP_AI_API_KEY", KEY)
    settings = providers.COMPATIBLE.settings("m", other.url, None)
    assert not settings.key
    other.close()


def test_bedrock_s_key_has_parts(fake, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session-token-1234")
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", fake.url)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    fake.answer("bedrock", TEXT)
    list(
        ask(
            providers.BEDROCK, providers.BEDROCK.settings("m", None, None), PROMPT, Cancel()
        )
    )
    headers = fake.calls[0].headers
    assert headers["x-amz-security-token"] == "session-token-1234"
    assert "/eu-west-1/bedrock/aws4_request" in headers["Authorization"]
    fake.answer("bedrock", TEXT)
    list(call(fake, "bedrock", key="a-bedrock-api-key"))
    assert fake.calls[1].headers["Authorization"] == "Bearer a-bedrock-api-key"


@pytest.mark.parametrize(
    "host, base",
    [
        ("", "localhost:11434"),
        ("gpu-box", "gpu-box:11434"),
        ("0.0.0.0:8080", "0.0.0.0:8080"),
        (H + "gpu-box:80/", "gpu-box:80"),
    ],
)
def test_ollama_s_host(monkeypatch, host, base):
    monkeypatch.setenv("OLLAMA_HOST", host)
    assert providers.OLLAMA.own_base() == H + base


def test_the_signature_is_amazon_s():
    """Their published examples (aws4 test suite)."""
    credentials = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "")
    now = datetime.datetime(2015, 8, 30, 12, 36)

    def signature(method, url):
        made = sign(method, url, {}, b"", credentials, "us-east-1", "service", now)
        return made["Authorization"].rpartition("=")[2]

    base = f"https://{'example.amazonaws.com'}/"
    assert signature("GET", base) == (
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    )
    assert signature("POST", base) == (
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
    )
    assert signature("GET", base + "?Param2=value2&Param1=value1") == (
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
    )


@pytest.mark.parametrize(
    "key", ["sk-1234567890\nHost: evil", "sk-1234567890ä", "sk-123 \x00 4567890"]
)
def test_a_key_that_fits_no_header(fake, key):
    with pytest.raises(Refused) as caught:
        providers.OPENAI.settings("m", fake.url, key)
    assert "sk-" not in str(caught.value)


def test_a_key_does_not_show_itself():
    secret = Secret(KEY)
    assert (
        KEY
        not in f"{secret} {secret!r} {[secret]} {providers.OPENAI.settings('m', None, KEY)}"
    )
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_every_variable_that_holds_a_key_is_known():
    names = {n for p in providers.ALL for n in p.key_names} - {"AWS_ACCESS_KEY_ID"}
    assert names <= set(VARIABLES)


@pytest.mark.parametrize(
    "url",
    ["ftp://x", "file:///etc/passwd", "//x", H, H + "a:b@x", H + "x:99999", H + "x y", "x"],
)
def test_what_is_no_base_url(url):
    with pytest.raises(Refused):
        providers.COMPATIBLE.settings("m", url, None)


def test_public_holds_no_key(monkeypatch):
    for name in VARIABLES + ("AWS_ACCESS_KEY_ID",):
        monkeypatch.setenv(name, KEY + name)
    text = json.dumps([p.public() for p in providers.ALL])
    assert KEY not in text
    assert all(p.configured() for p in providers.ALL if p.own_base())
    assert hashlib.sha256(KEY.encode()).hexdigest() not in text
