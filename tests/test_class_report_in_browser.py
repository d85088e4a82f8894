"""The page of the class in a real browser: sorting works, nothing is asked for, and a phone shows it whole."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grading.class_report import write_class_report
from grading.course import Course
from grading.results import Result, State
from grading.scoring import CheckResult

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
TINY = Course(Path(__file__).with_name("tiny_course")).assignment("tiny")
STARTED_IN = 60  # seconds; a browser on a crowded machine
SORTED = "[...document.querySelectorAll('table.sortable tbody tr')].map(row => row.cells[0].textContent).join(' ')"
HEADS = "document.querySelectorAll('table.sortable th[scope=col]')"


class Browser:
    """One tab, spoken to over a pipe in the DevTools protocol."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._write, self._read = os.fdopen(to_browser, "wb"), os.fdopen(from_browser, "rb")
        self._buffer, self._number, self._session = b"", 0, ""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Call a method, and keep the events that come before its answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._write.write(json.dumps(message).encode() + b"\0")
        self._write.flush()
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return dict(answer["result"])
            self.events.append(answer)

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            data = os.read(self._read.fileno(), 65536)
            assert data, "The browser has ended."
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\0", 1)
        return dict(json.loads(line))

    def open(self, page: Path) -> None:
        """Open a page, and wait until it has loaded."""
        self.events.clear()
        self.call("Page.navigate", url=page.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self._receive())

    def evaluate(self, code: str) -> Any:
        """Return the value of an expression in the page."""
        return self.call("Runtime.evaluate", expression=code, returnByValue=True)["result"].get("value")

    def close(self) -> None:
        """Close the pipe, which ends the browser."""
        self._write.close()
        self._read.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine: apt-get install chromium")
    profile = tmp_path_factory.mktemp("profile")
    (theirs_in, ours_out), (ours_in, theirs_out) = os.pipe(), os.pipe()
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", f"--user-data-dir={profile}"]
    start = f"import os, sys; os.dup2({theirs_in}, 3); os.dup2({theirs_out}, 4); os.execv(sys.argv[1], sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", start, CHROMIUM, *options],  # the browser wants the pipe as 3 and 4
        pass_fds=(theirs_in, theirs_out),
        env={**os.environ, "HOME": str(profile)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    os.close(theirs_in)
    os.close(theirs_out)
    tab = Browser(ours_out, ours_in)
    yield tab
    tab.close()
    try:
        process.wait(STARTED_IN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def graded(student: str, points: float, seconds: float) -> Result:
    first = TINY.grade_cells[0]
    check = CheckResult(first.grade_id, first.title, first.function, "partial", points, 5.0, "A long message. " * 12)
    check = CheckResult(**{**vars(check), "misconception": "scale/adds_the_factor_to_it", "hint": "You add. " * 20})
    return Result(student, "tiny", State.GRADED, 5.0, (check,), seconds=seconds)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pending = Result("s10", "tiny", State.NEEDS_A_PERSON, 5.0, reason="s10/tiny/" + "tiny_" * 30 + ".ipynb is empty.")
    results = [graded("s1", 2.0, 10.5), graded("s2", 0.5, 9.25), graded("s9", 4.5, 100.0), pending]
    return write_class_report(Course(tmp_path_factory.mktemp("course")), TINY, results)


def test_a_click_sorts_by_number_and_another_one_the_other_way_round(browser: Browser, report: Path) -> None:
    browser.open(report)
    assert browser.evaluate(SORTED) == "s1 s2 s9 s10"
    heads = browser.evaluate(f"[...{HEADS}].map(head => head.querySelector('button').textContent).join(' ')")
    assert heads == "Student scale roll Points Seconds First thing to look at"
    for place, directions in ((3, ("s2 s1 s9 s10", "s9 s1 s2 s10")), (4, ("s2 s1 s9 s10", "s9 s1 s2 s10"))):
        for direction, order in zip(("ascending", "descending"), directions, strict=True):
            browser.evaluate(f"{HEADS}[{place}].querySelector('button').click()")
            assert browser.evaluate(SORTED) == order  # who has no score stays below
            assert browser.evaluate(f"[...{HEADS}].map(head => head.ariaSort).join()") == ",".join(
                direction if other == place else "" for other in range(6)
            )
    browser.evaluate(f"{HEADS}[0].querySelector('button').click()")
    assert browser.evaluate(SORTED) == "s1 s2 s9 s10"  # names with numbers in their order


def test_nothing_is_asked_for_and_nothing_is_refused(browser: Browser, report: Path) -> None:
    browser.open(report)
    browser.evaluate(f"{HEADS}[3].querySelector('button').click()")
    asked = [e["params"]["request"]["url"] for e in browser.events if e["method"] == "Network.requestWillBeSent"]
    assert asked == [report.as_uri()]
    said = [e for e in browser.events if e["method"] in ("Log.entryAdded", "Runtime.exceptionThrown")]
    assert said == []


def test_a_script_that_is_not_ours_does_not_run(browser: Browser, report: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.html"
    changed.write_text(report.read_text().replace("</main>", "<script>document.title = 'run'</script></main>"))
    browser.open(report)
    before = browser.evaluate("document.title")
    browser.open(changed)
    assert browser.evaluate("document.title") == before


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_the_page_fits_into_every_width(browser: Browser, report: Path, width: int) -> None:
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
    browser.open(report)
    assert browser.evaluate("innerWidth") == width
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    browser.call("Emulation.clearDeviceMetricsOverride")


def test_without_script_the_page_says_the_same(browser: Browser, report: Path) -> None:
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(report)
    assert browser.evaluate("document.querySelectorAll('button').length") == 0
    assert browser.evaluate(SORTED) == "s1 s2 s9 s10"
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
