"""Posts the summary of a pull request as its one sticky comment.

Runs in a workflow of its own, which alone may comment, after the one that played
the cases: that one may have run the code of a fork, so all that it left is data
to be checked. Which pull request it was is asked of the API by the commit of the
event, and never taken from the artifact.

Reads GITHUB_EVENT_PATH, GITHUB_REPOSITORY, GITHUB_API_URL, GITHUB_SERVER_URL and
GITHUB_TOKEN. Ends with 0 if there was nothing to do, or it was done; 1 otherwise.
"""

import io
import json
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
import zipfile

MARKER = "<!-- autobahn:sticky:conformance -->"
ARTIFACT = "comment"
FILE = "comment.md"
BOT = "github-actions[bot]"

NO_SUMMARY = f"""{MARKER}
## ❌ Autobahn conformance: no verdict

The run ended before there was one; its log says why.
"""

# Octets of an archive, characters of the text in it and of a comment.
MOST_ARCHIVE = 1 << 20
MOST_TEXT = 65_536 - 1024
MOST_COMMENT = 65_536
MOST_PAGES = 50


class Refused(Exception):
    """What was left is not what it should be."""


class Done(Exception):
    """There is nothing to do, and why."""


def main():
    try:
        print(comment(os.environ))
    except Done as done:
        print(f"nothing to do: {done}")
    except (Refused, urllib.error.URLError, OSError, KeyError, TypeError, ValueError) as error:
        message = f"{type(error).__name__}: {error}".replace("%", "%25")
        message = message.replace("\r", "%0D").replace("\n", "%0A")
        print(f"::error title=Comment::{message}")
        return 1
    return 0


def comment(environment):
    with open(environment["GITHUB_EVENT_PATH"], encoding="utf-8") as file:
        run = json.load(file)["workflow_run"]
    if run["event"] != "pull_request":
        raise Done(f"the run was not for a pull request, but for {run['event']}")
    sha = run["head_sha"]
    if not re.fullmatch(r"[0-9a-f]{40}", sha):
        raise Refused("the commit of the run is no hash")
    repository = environment["GITHUB_REPOSITORY"]
    api = Api(environment["GITHUB_API_URL"], repository, environment["GITHUB_TOKEN"])
    number = pull_request(api, run, repository)
    text = summary(api, int(run["id"]))
    if text is None:
        # An older comment must not stand there as if it spoke of this commit.
        if run["conclusion"] not in ("failure", "timed_out"):
            raise Done(f"the run left no summary ({run['conclusion']})")
        text = NO_SUMMARY
    checked(text)
    link = f"{environment['GITHUB_SERVER_URL']}/{repository}/actions/runs/{int(run['id'])}"
    body = f"{text}\n<sub>[Run and reports]({link}) of <code>{sha[:12]}</code></sub>\n"
    if len(body) > MOST_COMMENT:
        raise Refused("the comment is too long")
    return post(api, number, body)


def pull_request(api, run, repository):
    """The number of the open pull request whose newest commit was played."""
    head = run["head_repository"]
    query = {
        "state": "open",
        "head": f"{head['owner']['login']}:{run['head_branch']}",
        "per_page": 100,
    }
    found = [
        pull["number"]
        for pull in api.get("/pulls", query)
        if pull["head"]["sha"] == run["head_sha"]
        and (pull["head"]["repo"] or {}).get("id") == head["id"]
        and pull["base"]["repo"]["full_name"] == repository
    ]
    if not found:
        raise Done("no open pull request is at this commit; it was closed, or there is a newer one")
    if len(found) > 1:
        raise Done(f"{len(found)} pull requests are at this commit")
    return int(found[0])


def summary(api, run):
    """The text in the artifact of the run, or None if there is no artifact."""
    query = {"name": ARTIFACT, "per_page": 100}
    artifacts = api.get(f"/actions/runs/{run}/artifacts", query)["artifacts"]
    artifacts = [one for one in artifacts if one["name"] == ARTIFACT and not one["expired"]]
    if not artifacts:
        return None
    newest = max(artifacts, key=lambda one: one["id"])
    if newest["size_in_bytes"] > MOST_ARCHIVE:
        raise Refused(f"the artifact has {newest['size_in_bytes']} octets")
    archive = api.download(f"/actions/artifacts/{int(newest['id'])}/zip")
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            names = files.namelist()
            if names != [FILE]:
                raise Refused(f"the artifact holds {len(names)} files, not just {FILE}")
            with files.open(FILE) as file:
                # What an archive says of its sizes need not be so.
                octets = file.read(4 * MOST_TEXT + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise Refused(f"the artifact is no archive: {error}") from error
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("the summary is not UTF-8") from error


def checked(text):
    """Refuses a text that our own report could not be."""
    if len(text) > MOST_TEXT:
        raise Refused(f"the summary is longer than {MOST_TEXT} characters")
    if not text.startswith(MARKER + "\n"):
        raise Refused("the summary does not begin with its marker")
    if re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text):
        raise Refused("the summary holds control characters")
    fence, before = None, ""
    for line in text.split("\n")[1:]:
        if fence:
            # Any run that is as long ends a fence.
            if re.fullmatch(r"\s*`+\s*", line) and line.count("`") >= len(fence):
                if line != fence:
                    raise Refused("a fence in the summary ends in an odd way")
                fence = None
        elif (opened := re.fullmatch(r"(`{3,})text", line)) and before == "":
            fence = opened[1]
        else:
            check_markup(line)
        before = line
    if fence:
        raise Refused("a fence in the summary is not closed")


TAGS = re.compile(r"</?(?:code|sub|details|summary)>")
LINK = re.compile(r"\(\[issue\]\(https?://[^\s()<>\[\]`\"'\\@]+\)\)")


def check_markup(line):
    """Refuses what our own report never writes: it escapes all that is not its own."""
    rest = LINK.sub("", TAGS.sub("", line))
    for markup in ("<", "@", "[", "]", "`", "\\", "://", "www."):
        if markup in rest.lower():
            raise Refused(f"the summary holds {markup!r} where none should be")
    # As many spaces would make code of a line, and a definition needs a colon.
    if line.startswith(("    ", "\t", "~~~")):
        raise Refused("the summary holds a block of code that is not fenced")


def post(api, number, body):
    """Writes the comment, over the one that is there already."""
    for page in range(1, MOST_PAGES + 1):
        comments = api.get(f"/issues/{number}/comments", {"per_page": 100, "page": page})
        for one in comments:
            # Anybody may write the marker.
            if one["user"]["login"] == BOT and one["body"].startswith(MARKER):
                if one["body"].rstrip() == body.rstrip():
                    return f"the comment on #{number} says so already"
                api.send("PATCH", f"/issues/comments/{int(one['id'])}", {"body": body})
                return f"updated the comment on #{number}"
        if len(comments) < 100:
            break
    api.send("POST", f"/issues/{number}/comments", {"body": body})
    return f"commented on #{number}"


class Api:
    """The API, as far as it is needed here."""

    def __init__(self, url, repository, token):
        self.base = f"{url}/repos/{repository}"
        self.headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {token}",
            "User-Agent": "autobahn",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        self.opener = urllib.request.build_opener(NoRedirect)

    def get(self, path, query):
        request = urllib.request.Request(
            f"{self.base}{path}?{urllib.parse.urlencode(query)}", headers=self.headers
        )
        return self.read(request)

    def send(self, method, path, value):
        data = json.dumps(value).encode()
        headers = self.headers | {"Content-Type": "application/json"}
        request = urllib.request.Request(
            f"{self.base}{path}", data=data, headers=headers, method=method
        )
        return self.read(request)

    def read(self, request):
        with self.opener.open(request, timeout=30) as response:
            return json.loads(response.read())

    def download(self, path):
        request = urllib.request.Request(f"{self.base}{path}", headers=self.headers)
        try:
            response = self.opener.open(request, timeout=30)
        except urllib.error.HTTPError as error:
            if error.code not in (301, 302, 303, 307, 308):
                raise
            # Where the file lies is another's; the token is not for them.
            plain = urllib.request.Request(error.headers["Location"])
            response = self.opener.open(plain, timeout=60)
        with response:
            octets = response.read(MOST_ARCHIVE + 1)
        if len(octets) > MOST_ARCHIVE:
            raise Refused("the artifact is larger than it says")
        return octets


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer, not something to follow."""

    def redirect_request(self, *_):
        return None


if __name__ == "__main__":
    sys.exit(main())
