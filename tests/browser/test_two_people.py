"""Two people, forty trials of Branin with noise, and all that happens on a busy day."""

import json
import math
import random
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.living import living
from tests.browser.test_loop import ask_for, running
from tests.house.serving import Serve, run_command

pytestmark = pytest.mark.browser

NAME = "Branin, the two of us"


def branin(x1: float, x2: float) -> float:
    a = x2 - 5.1 / (4 * math.pi**2) * x1**2 + 5 / math.pi * x1 - 6
    return a**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x1) + 10


class Day:
    """What the two enter, and what they should end with, by the trials’ numbers."""

    def __init__(self) -> None:
        self.draw = random.Random(5)
        self.facts: dict[int, tuple[dict[str, float], str, float | None]] = {}

    def measure(self, parameters: dict[str, float]) -> float:
        return round(branin(**parameters) + self.draw.gauss(0, 0.1), 4)

    def enter(self, page: Page, number: int) -> None:
        """Type the result of a running trial."""
        row = page.get_by_role("group", name=f"Trial {number}", exact=True)
        parameters = json.loads(row.get_by_role("button", name="Copy").get_attribute("data-copy"))
        mean = self.measure(parameters)
        field = row.get_by_label("branin")
        field.fill(repr(mean))
        field.press("Enter")
        expect(row).to_have_count(0)
        self.facts[number] = (parameters, "completed", mean)

    def end(self, page: Page, number: int, how: str) -> None:
        """Fail or abandon a running trial."""
        row = page.get_by_role("group", name=f"Trial {number}", exact=True)
        parameters = json.loads(row.get_by_role("button", name="Copy").get_attribute("data-copy"))
        row.get_by_role("button", name=how).click()
        expect(row).to_have_count(0)
        outcome = {"Fail": "failed", "Abandon": "abandoned"}[how]
        self.facts[number] = (parameters, outcome, None)


def more(page: Page, count: int) -> None:
    """Ask for more suggestions beside those that run."""
    there = len(numbers(page))
    page.get_by_label("How many").fill(str(count))
    page.get_by_role("button", name="Get suggestions").click()
    expect(running(page)).to_have_count(there + count, timeout=60_000)


def look_again(*pages: Page) -> None:
    """Open the experiment afresh: a row with the cursor in it stays until somebody leaves it."""
    for page in pages:
        page.goto(re.sub(r"(experiments/\d+/).*", r"\1", page.url))
        page.wait_for_load_state()


def numbers(page: Page) -> list[int]:
    rows = page.locator("#running-list .run:not(.is-gone)")
    return rows.evaluate_all("rows => rows.map(row => Number(row.dataset.key))")


def results(page: Page) -> list[str]:
    """Number and result of each trial, as the table shows them."""
    page.goto(re.sub(r"(experiments/\d+/).*", r"\1trials/?sort=number", page.url))
    expect(page.locator("#trials-rows tr")).to_have_count(40)
    return page.locator("#trials-rows tr").evaluate_all(
        "rows => rows.map(row => [row.dataset.key, row.querySelector('.result').innerText,"
        " row.querySelector('.status').innerText].join(' '))"
    )


def test_what_both_see_agrees_and_the_model_knows_it(
    page: Page, sign_in, define, axdash: Serve
) -> None:
    define(page, NAME, "branin", (("x1", "-5", "10"), ("x2", "0", "15")))
    other = sign_in("bob")
    other.goto(page.url)
    other.wait_for_load_state()
    home = page.url
    day = Day()
    ask_for(page, 6)
    expect(running(other)).to_have_count(6)
    for place, number in enumerate(numbers(page)):
        day.enter((page, other)[place % 2], number)

    look_again(page, other)

    # Bob puts a result right; Ada’s page follows.
    other.get_by_role("link", name="Correct trial 1", exact=True).click()
    corrected = round(day.facts[1][2] + 1.5, 4)
    other.get_by_role("row").get_by_label("branin").fill(repr(corrected))
    other.get_by_role("row").get_by_role("button", name="Save").click()
    day.facts[1] = (day.facts[1][0], "completed", corrected)
    expect(page.locator("#finished-1")).to_contain_text(f"{corrected:.4g}")

    # One fails, one is abandoned, one fails by mistake and is undone.
    more(other, 4)
    expect(running(page)).to_have_count(4)
    failed, abandoned, mistaken, last = numbers(page)
    day.end(page, failed, "Fail")
    day.end(other, abandoned, "Abandon")
    expect(running(page)).to_have_count(2)
    day.end(page, mistaken, "Fail")
    page.locator("#notice").get_by_role("button", name="Undo").click()
    expect(running(page)).to_have_count(2)
    expect(running(other)).to_have_count(2)
    day.enter(other, mistaken)
    day.enter(page, last)
    look_again(page, other)

    # A replicate, and a block of ten from a spreadsheet.
    other.goto(f"{home}trials/2/")
    other.get_by_role("button", name="Repeat").click()
    expect(other.locator(".message")).to_contain_text("Trial 10 repeats trial 2.")
    other.goto(home)
    day.enter(other, 10)
    block = [{"x1": round(n * 1.3 - 4, 2), "x2": round(n * 1.4 + 0.6, 2)} for n in range(10)]
    lines = ["x1\tx2\tbranin"]
    for place, parameters in enumerate(block):
        mean = day.measure(parameters)
        day.facts[11 + place] = (parameters, "completed", mean)
        lines.append(f"{parameters['x1']}\t{parameters['x2']}\t{mean}")
    page.goto(f"{home}import/")
    page.get_by_label("Or paste the cells").fill("\n".join(lines))
    page.get_by_role("button", name="Read the table").click()
    page.get_by_role("button", name="Look at the rows").click()
    page.get_by_role("button", name="Import 10 rows").click()
    expect(page.locator(".message")).to_contain_text("10 trials imported.")

    # On to forty.
    for count in (7, 6, 6):
        look_again(page, other)
        more(page, count)
        expect(running(other)).to_have_count(count)
        for place, number in enumerate(numbers(page)):
            day.enter((page, other)[place % 2], number)
    assert sorted(day.facts) == list(range(40))

    seen = results(page)
    assert seen == results(other)
    for number, (_, outcome, mean) in day.facts.items():
        shown = f"{mean:.4g}" if mean is not None else "–"
        assert seen[number].split()[:2] == [str(number), shown], (seen[number], mean)
        assert seen[number].endswith(outcome)

    told = page.locator("#history-list")
    for query, words in (
        ("trials=1", "corrected a result"),
        ("kind=ends", "abandoned"),
        ("kind=undone", "undid “marked as failed”"),
        ("kind=new&trials=10", "added a trial"),
        ("kind=new&trials=12", "imported a table"),
    ):
        page.goto(f"{home}history/?{query}")
        expect(told).to_contain_text(words)

    code = f"from tests.browser.living import print_rows; print_rows({NAME!r})"
    done, out, said = run_command("shell", "-v0", "-c", code, AXDASH_DATA_DIR=axdash.data_dir)
    assert done == 0, said
    rows = json.loads(out[out.index("ROWS") + 5 :])
    expected = json.loads(json.dumps(living(day.facts[number] for number in sorted(day.facts))))
    assert rows == expected
