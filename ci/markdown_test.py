"""What becomes of our summaries on GitHub: the committed ones, among them that of a
hostile peer, through GitHub's own renderer of Markdown."""

import html.parser
import pathlib
import sys
import unittest

import cmarkgfm
from cmarkgfm.cmark import Options

EXPECT = pathlib.Path(__file__).parent.parent / "crates/autobahn-harness/tests/gate/expect"
SUMMARIES = sorted(EXPECT.glob("*.md"))

TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
OURS = TABLE | {"h2", "h3", "p", "pre", "code", "strong", "sub", "details", "summary", "a"}


class Tags(html.parser.HTMLParser):
    """What stands in a page: its tags, where its links lead, its text but for code."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.links, self.mentionable = [], [], [], ""
        self.feed(cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE))
        self.close()

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.seen.append(tag)
        self.links += [value for name, value in attributes if name in ("href", "src")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, text):
        if not {"code", "pre"} & set(self.open):
            self.mentionable += text


class Markdown(unittest.TestCase):
    def test_there_are_summaries(self):
        self.assertIn("mixed-summary.md", [path.name for path in SUMMARIES])

    def test_only_our_own_markup_comes_out(self):
        for path in SUMMARIES:
            with self.subTest(path.name):
                page = Tags(path.read_text())
                self.assertLessEqual(set(page.seen), OURS)
                self.assertEqual(page.open, [])
                self.assertLessEqual(set(page.links), {"https://example.org/issues/2"})
                self.assertNotIn("@", page.mentionable)

    def test_every_table_is_one(self):
        for path in SUMMARIES:
            with self.subTest(path.name):
                text = path.read_text()
                rules = [line for line in text.splitlines() if line.startswith("|---")]
                page = Tags(text)
                self.assertEqual(page.seen.count("table"), len(rules))
                rows = [line for line in text.splitlines() if line.startswith("| ")]
                self.assertEqual(page.seen.count("tr"), len(rows))
                # What is one cell too many would be left out without a word.
                for before, line in zip(text.splitlines(), text.splitlines()[1:]):
                    if before.startswith("|") and line.startswith("|"):
                        self.assertEqual(before.count("|"), line.count("|"), line)

    def test_this_test_can_fail(self):
        for text in ("<img src=x>", "[x](https://x.example)", "see www.x.example"):
            page = Tags(text)
            self.assertTrue(set(page.seen) - OURS or page.links, text)
        self.assertIn("@", Tags("&#64;x").mentionable)


if __name__ == "__main__":
    sys.exit(unittest.main())
