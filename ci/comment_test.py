"""Tests of comment.py without GitHub: event payloads in, text and exit codes out,
with an API on loopback."""

import http.server
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.parse
import zipfile

HERE = pathlib.Path(__file__).parent
EXPECT = HERE.parent / "crates/autobahn-harness/tests/gate/expect"
MARKER = "<!-- autobahn:sticky:conformance -->"
GREEN = (EXPECT / "green-summary.md").read_text()
SHA = "a" * 40
REPOSITORY = "us/autobahn"


def archive(files):
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return octets.getvalue()


def pull(number=7, sha=SHA, repo=42, base=REPOSITORY):
    repo = repo and {"id": repo}
    return {
        "number": number,
        "head": {"sha": sha, "repo": repo},
        "base": {"repo": {"full_name": base}},
    }


def written(body, login="github-actions[bot]", number=1):
    return {"id": number, "user": {"login": login}, "body": body}


class Forge:
    """What the API knows, and what it was told."""

    def __init__(self, text=GREEN):
        self.event = {
            "workflow_run": {
                "id": 99,
                "event": "pull_request",
                "conclusion": "success",
                "head_sha": SHA,
                "head_branch": "fix/it & that",
                "head_repository": {"id": 42, "owner": {"login": "them"}},
            }
        }
        self.pulls = [pull()]
        self.artifacts = [
            {"id": 5, "name": "comment", "expired": False, "size_in_bytes": 1000}
        ]
        self.zip = archive({"comment.md": text})
        self.comments = []
        self.told = []
        self.queries = []
        self.leaked = []

    def answer(self, method, path, query, body, token):
        self.queries.append((path, query))
        if path == "/blob":
            self.leaked.append(token)
            return 200, self.zip
        if token != "Bearer secret":
            return 401, b"{}"
        root = f"/repos/{REPOSITORY}"
        if method != "GET":
            self.told.append((method, path.removeprefix(root), body["body"]))
            return 201, b"{}"
        if path == f"{root}/pulls":
            return 200, self.pulls
        if path == f"{root}/actions/runs/99/artifacts":
            return 200, {"artifacts": self.artifacts}
        if path == f"{root}/actions/artifacts/5/zip":
            return 302, b""
        if path == f"{root}/issues/7/comments":
            page = int(query["page"][0])
            return 200, self.comments[100 * (page - 1) : 100 * page]
        return 404, b"{}"


def run(forge):
    class Handler(http.server.BaseHTTPRequestHandler):
        def serve(self):
            url = urllib.parse.urlsplit(self.path)
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            query = urllib.parse.parse_qs(url.query)
            token = self.headers.get("Authorization")
            code, answer = forge.answer(self.command, url.path, query, body, token)
            octets = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(code)
            if code == 302:
                self.send_header("Location", f"http://127.0.0.1:{server.server_port}/blob")
            self.send_header("Content-Length", str(len(octets)))
            self.end_headers()
            self.wfile.write(octets)

        do_GET = do_POST = do_PATCH = serve

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    with tempfile.TemporaryDirectory() as directory:
        event = pathlib.Path(directory, "event.json")
        event.write_text(json.dumps(forge.event))
        ended = subprocess.run(
            [sys.executable, HERE / "comment.py"],
            env={
                "PATH": os.environ["PATH"],
                "PYTHONUTF8": "1",
                "GITHUB_EVENT_PATH": str(event),
                "GITHUB_REPOSITORY": REPOSITORY,
                "GITHUB_API_URL": f"http://127.0.0.1:{server.server_port}",
                "GITHUB_SERVER_URL": "https://forge.example",
                "GITHUB_TOKEN": "secret",
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
    server.shutdown()
    server.server_close()
    return ended.returncode, ended.stdout + ended.stderr


class Comment(unittest.TestCase):
    def check(self, forge, code, said, told):
        ended, output = run(forge)
        self.assertEqual(ended, code, output)
        self.assertIn(said, output)
        self.assertEqual([(method, path) for method, path, _ in forge.told], told)
        self.assertNotIn("secret", output)
        return output

    def refused(self, text, said):
        output = self.check(Forge(text), 1, said, [])
        self.assertTrue(output.startswith("::error title=Comment::"), output)

    def test_the_first_comment_is_posted(self):
        forge = Forge()
        self.check(forge, 0, "commented on #7", [("POST", "/issues/7/comments")])
        body = forge.told[0][2]
        self.assertTrue(body.startswith(GREEN))
        self.assertIn("(https://forge.example/us/autobahn/actions/runs/99) of", body)
        self.assertEqual(forge.leaked, [None], "the token is for the API alone")
        query = next(query for path, query in forge.queries if path.endswith("/pulls"))
        self.assertEqual(query["head"], ["them:fix/it & that"])

    def test_a_later_one_takes_its_place(self):
        forge = Forge()
        # Somebody else wrote the marker, and ours is on the second page.
        forge.comments = [written(MARKER, "somebody")] + [written("x")] * 99
        forge.comments += [written(f"{MARKER}\nold", number=8)]
        self.check(forge, 0, "updated", [("PATCH", "/issues/comments/8")])

    def test_the_same_text_is_not_written_twice(self):
        forge = Forge()
        run(forge)
        forge.comments = [written(forge.told.pop()[2])]
        self.check(forge, 0, "says so already", [])

    def test_our_own_reports_are_taken(self):
        names = ["mixed-comment.md", "pull-request-summary.md", "mixed-summary.md"]
        for name in names:
            with self.subTest(name):
                forge = Forge((EXPECT / name).read_text())
                self.check(forge, 0, "commented", [("POST", "/issues/7/comments")])

    def test_nothing_is_done_for_what_is_no_pull_request(self):
        forge = Forge()
        forge.event["workflow_run"]["event"] = "push"
        self.check(forge, 0, "nothing to do", [])

    def test_the_pull_request_is_the_one_at_the_commit_that_was_played(self):
        for pulls in (
            [],
            [pull(sha="b" * 40)],
            [pull(repo=43)],
            [pull(repo=None)],
            [pull(base="them/autobahn")],
            [pull(), pull(number=8)],
        ):
            with self.subTest(pulls):
                forge = Forge()
                forge.pulls = pulls
                self.check(forge, 0, "nothing to do", [])
        forge = Forge()
        forge.pulls = [pull(number=3, sha="b" * 40), pull()]
        self.check(forge, 0, "commented on #7", [("POST", "/issues/7/comments")])

    def test_a_commit_that_is_none_is_refused(self):
        forge = Forge()
        forge.event["workflow_run"]["head_sha"] = "main"
        self.check(forge, 1, "no hash", [])

    def test_a_run_without_a_summary_leaves_no_older_one_standing(self):
        for artifacts in (
            [],
            [{"id": 5, "name": "other", "expired": False, "size_in_bytes": 1}],
            [{"id": 5, "name": "comment", "expired": True, "size_in_bytes": 1}],
        ):
            forge = Forge()
            forge.artifacts = artifacts
            self.check(forge, 0, "left no summary", [])
            for conclusion in ("failure", "timed_out"):
                forge.event["workflow_run"]["conclusion"] = conclusion
                forge.comments = [written(GREEN, number=8)]
                forge.told = []
                self.check(forge, 0, "updated", [("PATCH", "/issues/comments/8")])
                self.assertIn("❌ Autobahn conformance: no verdict", forge.told[0][2])

    def test_an_archive_that_is_not_just_the_summary_is_refused(self):
        for zipped, said in (
            (b"no archive", "no archive"),
            (archive({}), "0 files"),
            (archive({"comment.md": GREEN, "number": "7"}), "2 files"),
            (archive({"../comment.md": GREEN}), "not just comment.md"),
            (archive({"comment.md": b"\xff"}), "not UTF-8"),
            # A megabyte of zeros is a kilobyte of archive.
            (archive({"comment.md": f"{MARKER}\n" + "0" * (64 << 20)}), "longer than"),
            (b"x" * ((1 << 20) + 1), "larger than it says"),
        ):
            with self.subTest(said):
                forge = Forge()
                forge.zip = zipped
                self.check(forge, 1, said, [])
        forge = Forge()
        forge.artifacts[0]["size_in_bytes"] = 2 << 20
        self.check(forge, 1, "octets", [])

    def test_text_that_we_would_not_write_is_refused(self):
        for line, said in (
            ("hello @everybody", "'@'"),
            ("![x](https://x.example/y.png)", "'['"),
            ("[click](https://x.example)", "'['"),
            ("([issue](javascript:alert(1)))", "'['"),
            ("see https://x.example", "'://'"),
            ("see www.x.example", "'www.'"),
            ("<img src=x>", "'<'"),
            ("<details open>", "'<'"),
            ("<!-- x", "'<'"),
            ("`@x`", "'@'"),
            ("`x`", "'`'"),
            ("\\<b>", "'<'"),
            ("    indented", "not fenced"),
            ("\x1b[31m", "control"),
            ("\u202ex", "control"),
            ("\n```text\n@x", "not closed"),
            # A paragraph would swallow this fence, or what looks like one.
            ("words\n```text\n@x\n```", "'`'"),
            ("\n```text\n````\n@x\n```", "odd way"),
            ("\n```text\n ```\n@x\n```", "odd way"),
            ("\n```text x\n@x\n```", "'`'"),
        ):
            with self.subTest(line):
                self.refused(f"{MARKER}\n{line}\n", said)
        self.refused("hello\n", "marker")
        self.refused(f"x\n{MARKER}\n", "marker")

    def test_what_stands_between_fences_is_text(self):
        text = f"{MARKER}\n\n````text\n<img> @x\n```\n[x](y)\n````\n"
        self.check(Forge(text), 0, "commented", [("POST", "/issues/7/comments")])

    def test_an_api_that_refuses_is_an_error(self):
        forge = Forge()
        forge.artifacts[0]["id"] = 6
        self.check(forge, 1, "HTTPError", [])


if __name__ == "__main__":
    unittest.main()
