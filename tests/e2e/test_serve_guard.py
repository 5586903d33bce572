"""Who gets an answer: the token, Host, Origin; sizes, methods, paths."""

import json
import os
import socket
import stat
import sys
import time

import pytest
from ai_cases import record
from serving import HTML, Serving, stand_in, start
from solvidia_mem_prof.serve.guard import Guard
from solvidia_mem_prof.serve.page import dress

GETS = ["", "api/profile", "api/state", "api/providers", "api/ping"]
POSTS = ["prompt", "propose", "cancel", "verify", "apply", "undo", "bye"]


@pytest.fixture(scope="module")
def server(exe_path, tmp_path_factory):
    folder = tmp_path_factory.mktemp("guarded")
    serving = start(folder, record(exe_path, folder))
    yield serving
    code, out, err = serving.stop()
    assert (code, out, err) == (0, "", ""), "it logs nothing and ends well"


@pytest.fixture(params=GETS)
def path(request):
    return request.param


def test_the_page_s_own_requests(server, path):
    assert server.get(path).status == 200
    assert server.get(path, **{"Sec-Fetch-Site": "same-origin"}).status == 200
    assert server.get(path, Host=f"localhost:{server.port}").status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.invalid"},
        {"Host": "evil.invalid:80"},
        {"Host": "127.0.0.1"},
        {"Host": ""},
        {"Host": "127.0.0.1:1"},
        {"Host": "localhost.evil.invalid"},
        {"Origin": "http://evil.invalid"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Origin": "http://127.0.0.1:{port}.evil.invalid"},
        {"Origin": "http://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_others_get_nothing(server, path, headers):
    headers = {k: v.format(port=server.port) for k, v in headers.items()}
    answer = server.get(path, **headers)
    assert answer.status == 403 and set(answer.json) == {"error"}
    assert "Access-Control-Allow-Origin" not in answer.headers
    posted = server.post("api/ping", {}, **headers)
    assert posted.status == 403


@pytest.mark.parametrize("path_", POSTS)
def test_a_post_needs_our_origin_and_json(server, path_):
    whole = server.prefix + "api/" + path_
    kind = {"Content-Type": "application/json"}
    origin = {"Origin": server.origin}
    assert server.raw("POST", whole, "{}", kind).status == 403
    assert server.raw("POST", whole, "{}", {**kind, "Origin": "null"}).status == 403
    for wrong in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "",
    ):
        assert (
            server.raw("POST", whole, "{}", {**origin, "Content-Type": wrong}).status == 415
        )
    assert server.raw("POST", whole, "{}", {**origin, **kind}).status in (200, 400)
    cross = {**origin, **kind, "Sec-Fetch-Site": "none"}
    assert server.raw("POST", whole, "{}", cross).status == 403


def test_two_hosts_or_origins_are_none(server):
    for double in (
        "Host: evil.invalid",
        f"Origin: {server.origin}\r\nOrigin: {server.origin}",
    ):
        with socket.create_connection(("127.0.0.1", server.port)) as raw:
            raw.sendall(
                f"GET {server.prefix} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
                f"{double}\r\n\r\n".encode()
            )
            assert raw.recv(100).startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods(server, method):
    answer = server.raw(method, server.prefix, headers={"Origin": server.origin})
    assert answer.status == 405 and "Allow-Origin" not in str(answer.headers)


def test_the_token(server):
    token = server.prefix.strip("/")
    assert len(token) >= 32
    for wrong in (
        "/",
        "//",
        "/x/",
        f"/{token}",
        f"/{token[:-1]}/",
        f"/{token[:-1]}x/",
        f"/{token.swapcase()}/",
        f"/{token}x/api/profile",
        f"/x/../{token}/",
        "/api/profile",
        "/open/x",
        "/open/",
        "/%C3%A9/",
    ):
        answer = server.raw("GET", wrong)
        assert answer.status == 404 and answer.json == {"error": "not found"}, wrong


def test_each_server_has_its_own_token(server, tmp_path, exe_path):
    other = start(tmp_path, record(exe_path, tmp_path))
    assert other.prefix != server.prefix
    assert server.raw("GET", other.prefix).status == 404
    other.stop()


@pytest.mark.parametrize(
    "wrong",
    [
        "../../../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e/",
        "api/../api/profile",
        "api",
        "api/",
        "api//profile",
        "api/profile/",
        "profile.json",
        "slow.py",
        "/etc/passwd",
        "api/profile%00",
        "index.html",
        "api/" + "x" * 5000,
    ],
)
def test_no_folder_is_served(server, wrong):
    answer = server.get(wrong)
    assert answer.status == 404 and b"root" not in answer.body


def test_bodies(server):
    own = {"Origin": server.origin, "Content-Type": "application/json"}
    path = server.prefix + "api/prompt"
    big = b"x" * ((1 << 20) + 1)
    answer = server.raw("POST", path, big[:10], {**own, "Content-Length": str(len(big))})
    assert answer.status == 413
    for body in (b"{", b"[]", b"3", b"null", b"\xff", b"[" * 100000, b'{"file": 1}', b"{}"):
        answer = server.raw("POST", path, body, own)
        assert answer.status == 400 and "error" in answer.json, body
    for length in ("-1", "x", "1e3", ""):
        assert server.raw("POST", path, b"", {**own, "Content-Length": length}).status in (
            400,
            411,
        )
    chunked = {**own, "Transfer-Encoding": "chunked"}
    assert server.raw("POST", path, b"0\r\n\r\n", chunked).status == 411


def test_garbage_is_answered_without_being_repeated(server):
    for data in (
        b"\r\n\r\n",
        b"<script>\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / <script>\r\n\r\n",
        b"\x16\x03\x01" + bytes(100) + b"\n",
        b"GET /" + b"<script>" * 10000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: <script>\r\n" * 500 + b"\r\n",
    ):
        with socket.create_connection(("127.0.0.1", server.port)) as raw:
            raw.settimeout(10)
            got = b""
            try:
                raw.sendall(data)
                raw.shutdown(socket.SHUT_WR)
                while True:
                    part = raw.recv(65536)
                    if not part:
                        break
                    got += part
            except OSError as error:  # it has closed already
                assert not isinstance(error, TimeoutError)
            assert b"<script>" not in got and server.prefix.encode() not in got
    assert server.get().status == 200


def test_many_silent_connections_do_not_shut_the_page_out(server):
    """More than are served at once; they are dropped, and the page comes again."""
    silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(80)]
    for connection in silent:
        connection.close()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if server.get().status == 200:
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail("the page is shut out")


def test_headers_of_every_answer(server):
    for answer in (
        server.get(),
        server.get("api/state"),
        server.get("nope"),
        server.raw("GET", "/"),
    ):
        for name, value in {
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
            "Cross-Origin-Resource-Policy": "same-origin",
        }.items():
            assert answer.headers[name] == value
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "Python" not in str(answer.headers)


def test_it_listens_on_this_machine_alone(server):
    port = f"{server.port:04X}"
    rows = [line.split() for line in open("/proc/net/tcp").readlines()[1:]]
    listening = [row[1] for row in rows if row[3] == "0A" and row[1].endswith(":" + port)]
    assert listening == [f"0100007F:{port}"]


# ---- the page


def test_the_page_knows_its_server(server):
    answer = server.get()
    text = answer.body.decode()
    assert f'<head><meta name="smp-server" content="{server.prefix}">' in text
    meta = text.split("http-equiv")[1].split(">")[0]
    assert "connect-src 'self'" in meta and "connect-src 'none'" not in meta
    policy = answer.headers["Content-Security-Policy"]
    assert "connect-src 'self'" in policy and "script-src 'sha256-abc'" in policy
    assert "default-src 'none'" in policy
    assert "<body>connect-src 'none' <head> stays in the body</body>" in text


@pytest.mark.parametrize(
    "html, policy",
    [
        (HTML, "script-src 'sha256-abc'"),
        ("<html><head></head></html>", "script-src 'unsafe-inline'"),
        ("<HTML><HEAD lang='x'></HEAD></HTML>", "default-src 'none'"),
        (
            HTML.replace('"Content-', "'content-").replace('-Policy"', "-policy'"),
            "sha256-abc",
        ),
        (
            HTML.replace("'none'\">", "'none'; base-uri *; connect-src *\" />"),
            "base-uri 'none'",
        ),
    ],
)
def test_policies(html, policy):
    page = dress(html.encode(), "/TOKEN/")
    assert policy in page.policy and "connect-src 'self'" in page.policy
    assert page.policy.count("connect-src") == 1 and "*" not in page.policy
    assert b'content="/TOKEN/"' in page.data


# ---- start and end


def test_what_is_wrong_is_one_line(tmp_path, exe_path):
    import subprocess

    from ai_cases import DOOR

    def fails(*words):
        done = subprocess.run(
            [
                sys.executable,
                "-I",
                "-S",
                "-B",
                DOOR,
                "serve",
                "--no-browser",
                *map(str, words),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 2 and done.stdout == "", done
        (line,) = done.stderr.splitlines()
        assert line.startswith("solvidia-mem-prof: "), line
        return line

    exe = stand_in(tmp_path)
    assert "No such file" in fails("--exe", exe, "nope.json")
    assert "No such file" in fails("--exe", exe)
    profile = record(exe_path, tmp_path)
    assert "port" in fails("--exe", exe, "--port", "70000", profile)
    assert "invalid int value" in fails("--exe", exe, "--port", "x", profile)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"port {port}: " in fails("--exe", exe, "--port", port, profile)
    assert "can't run /nope" in fails("--exe", "/nope", profile)
    bad = stand_in(tmp_path, "", 2, "solvidia-mem-prof: profile x: damaged\n")
    assert fails("--exe", bad, profile) == "solvidia-mem-prof: profile x: damaged"
    assert "no head" in fails("--exe", stand_in(tmp_path, "<p>hm"), profile)


def test_options_reach_the_page_s_maker(tmp_path, exe_path):
    profile = record(exe_path, tmp_path)
    exe = stand_in(tmp_path)
    from ai_cases import DOOR

    command = [
        sys.executable,
        "-I",
        "-S",
        "-B",
        DOOR,
        "serve",
        "--exe",
        exe,
        "--no-browser",
    ]
    serving = Serving([*command, "--profile", profile, "--", "--profile-all"], tmp_path)
    serving.stop()
    asked = json.loads((tmp_path / "asked").read_text().splitlines()[0])
    assert asked == ["view", "--html", "-o", "-", "--profile-all", str(profile)]


@pytest.mark.parametrize("number", [2, 15, 1])
def test_signals_end_it_well(tmp_path, exe_path, number):
    serving = start(tmp_path, record(exe_path, tmp_path))
    serving.process.send_signal(number)
    assert serving.process.wait(20) == 0


def test_nothing_of_the_current_folder_takes_part(tmp_path, exe_path):
    profile = record(exe_path, tmp_path)
    for name in ("json", "secrets", "http", "ssl", "random", "typing", "solvidia_mem_prof"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('shadowed')\n")
    serving = start(
        tmp_path, profile, env={"PYTHONPATH": str(tmp_path), "PYTHONSTARTUP": "x"}
    )
    assert serving.get().status == 200
    serving.stop()


def test_the_browser_is_given_a_ticket_that_works_once(tmp_path, exe_path):
    """Its command line can be read by others: the token is not in it."""
    profile = record(exe_path, tmp_path)
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\necho \"$@\" > '{tmp_path}/url'\n")
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    from ai_cases import DOOR

    command = [sys.executable, "-I", "-S", "-B", DOOR, "serve", "--exe", stand_in(tmp_path)]
    serving = Serving([*command, profile], tmp_path, {"BROWSER": str(browser)})
    url = (tmp_path / "url").read_text().strip()
    assert serving.prefix not in url and url.startswith(serving.origin + "/open/")
    path = url[len(serving.origin) :]
    assert serving.raw("GET", path, headers={"Host": "evil.invalid"}).status == 403
    first = serving.raw("GET", path)
    assert first.status == 303 and first.headers["Location"] == serving.prefix
    assert serving.raw("GET", path).status == 404
    serving.stop()


def test_a_guard_by_itself():
    from email.message import Message

    guard = Guard("token", 80)
    headers = Message()
    headers["Host"] = "127.0.0.1"
    assert guard.check("GET", "/token/", headers) is None
    assert guard.rest_of("/token/api/x") == "api/x"
    assert guard.rest_of("/tokenapi") is None


def test_a_profile_from_standard_input(tmp_path, exe_path):
    import subprocess

    from ai_cases import DOOR

    data = record(exe_path, tmp_path).read_bytes()
    exe = stand_in(tmp_path)
    process = subprocess.Popen(
        [
            sys.executable,
            "-I",
            "-S",
            "-B",
            str(DOOR),
            "serve",
            "--exe",
            str(exe),
            "--no-browser",
            "-",
        ],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    process.stdin.write(data)
    process.stdin.close()
    assert b"the page is at" in process.stderr.readline()
    (kept,) = tmp_path.glob("smp-view-*/profile.json")
    assert kept.read_bytes() == data and stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    process.send_signal(15)
    assert process.wait(20) == 0 and not kept.parent.exists()
