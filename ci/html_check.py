"""Looks at pages of the HTML report with Chromium, and fails at the first fault."""

import pathlib
import shutil
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

LIMIT = 700_000
# Cards and rows are alike, and looking at each takes minutes: one in ten stays, and
# all that are not as they should be.
OPEN = """
for (const box of document.querySelectorAll("#matrix details, .plot details, .facts")) box.open = true;
const some = (list, red) => [...list].forEach((one, at) => at % 10 && !red(one) && one.remove());
some(document.querySelectorAll(".matrix tbody tr"), (row) => row.querySelector("td:not(.p):nth-child(n+3)"));
some(document.querySelectorAll(".cards[data-slug] > details"), (box) => box.dataset.s);
for (const box of document.querySelectorAll(".cards > details")) box.open = true;
"""


def main(pages, shots):
    pages, shots = pathlib.Path(pages).resolve(), pathlib.Path(shots).resolve()
    size = (pages / "whole/index.html").stat().st_size
    assert size <= LIMIT, f"the page of a run has {size} octets"
    both = (pages / "both/index.html").stat().st_size
    assert both <= 2 * LIMIT, f"the page of two engines has {both} octets"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for name in ("whole", "red", "faulty", "hostile", "both"):
            for scheme in ("light", "dark"):
                look(chromium, pages / name / "index.html", scheme, shots / f"{name}-{scheme}")
        use(chromium, pages)
        without_scripts(chromium, pages)
        on_paper_and_phone(chromium, pages, shots)
        chromium.close()
    print(f"html-check: all clean; the page of a run has {size} octets")


def opened(chromium, path, fragment="", **options):
    """A page, and what is wrong with it: errors, and requests for anything else."""
    page = chromium.new_context(**options).new_page()
    faults = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append("a dialog"))
    page.on(
        "request",
        lambda request: request.url.startswith(("file:", "data:")) or faults.append(request.url),
    )
    page.goto(f"file://{path}{fragment}")
    return page, faults


def look(chromium, path, scheme, shot):
    page, faults = opened(chromium, path, color_scheme=scheme)
    page.wait_for_selector("#search:not([hidden])")
    page.set_viewport_size({"width": 1280, "height": 960})
    page.screenshot(path=f"{shot}.png")
    wide = page.evaluate("[...document.querySelectorAll('#changes .scroll')].some((box) => box.scrollWidth > box.clientWidth)")
    assert not wide, f"{path.parent.name}: what changed is wider than the page"
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (int(paper[4:].split(",")[0]) < 128) == (scheme == "dark"), f"{paper} when it is {scheme}"
    assert page.evaluate("window.owned") is None, "a peer's script ran"
    assert page.locator("img, iframe, object, embed").count() == 0
    page.evaluate(OPEN)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    told = "\n".join(f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:300]}" for one in grave)
    assert not grave, f"{path.parent.name}, {scheme}:\n{told}"
    assert not faults, f"{path.parent.name}: {faults}"


def use(chromium, pages):
    page, faults = opened(chromium, pages / "whole/index.html", "#echo-6.4.3")
    card = page.locator("[id='echo-6.4.3']")
    assert card.is_visible(), "a deep link opens its card"
    assert card.bounding_box()["y"] < 400, "and leads to it"
    shown = page.locator(".cards[data-slug] > details:not([hidden])")
    for text, count in ("6.4", 4), ("section:utf8", 145), ("target:echo 7.1", 6), ("failed", 0), ("", 517):
        page.fill("#q", text)
        assert shown.count() == count, f"{text!r} shows {shown.count()} of {count}"
    page.fill("#q", "6.4")
    assert here(page) == "q=6.4", here(page)
    # What reloads is the address that the browser knows, a moment after the page.
    page.wait_for_url("**/*#q=6.4")
    page.reload()
    assert shown.count() == 4 and page.input_value("#q") == "6.4", "the filter is in the address"
    page.click("#all")
    assert page.locator(".cards[data-slug] > details[open]").count() == 4
    assert not faults, faults

    page, faults = opened(chromium, pages / "both/index.html")
    assert page.locator("#matrix tr.dis, .cards > details.dis").count() == 2, "engines disagree"
    page, faults = opened(chromium, pages / "red/index.html")
    page.keyboard.press("n")
    first = here(page)
    page.keyboard.press("n")
    second = here(page)
    assert first != second and page.locator(f"[id='{second}']").is_visible(), (first, second)
    page.keyboard.press("p")
    assert here(page) == first, (first, here(page))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    card = page.locator(f"[id='{first}']")
    card.locator("button").first.click()
    page.wait_for_function("document.activeElement.textContent == 'Copied'")
    command = page.evaluate("navigator.clipboard.readText()")
    assert command.startswith("autobahn run ") and command in card.inner_text(), command
    assert not faults, faults


def here(page):
    """The fragment as the page has it now; `page.url` follows it with a delay."""
    return page.evaluate("location.hash").removeprefix("#")


def without_scripts(chromium, pages):
    path = pages / "whole/index.html"
    page, faults = opened(chromium, path, "#echo-6.4.3", java_script_enabled=False)
    # A deep link opens its card by itself.
    page.locator("[id='echo-6.4.3']").wait_for(state="visible")
    assert not page.locator("#search").is_visible(), "what needs scripts is not shown"
    assert not faults, faults


def on_paper_and_phone(chromium, pages, shots):
    page, faults = opened(chromium, pages / "red/index.html", viewport={"width": 360, "height": 740})
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360, f"a page on a phone is {wide} wide"
    page.screenshot(path=shots / "phone.png")
    page.evaluate("location.hash = 'echo-5.3'")
    page.locator("[id='echo-5.3']").wait_for(state="visible")
    page.screenshot(path=shots / "phone-card.png")
    page.emulate_media(media="print")
    red = page.locator(".cards > details[data-s]")
    for at in range(red.count()):
        assert red.nth(at).locator("> div").is_visible(), "failing cards are printed"
    page.set_viewport_size({"width": 794, "height": 1123})
    page.screenshot(path=shots / "print.png")
    page.pdf(path=shots / "print.pdf", format="A4")
    assert not faults, faults


main(*sys.argv[1:])
