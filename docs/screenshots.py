"""Makes the pictures in the documents again: a real AxDash, a real browser, real runs.

Run as ``make screenshots``. It starts AxDash on a temporary data directory, defines the digits
experiment of the README in the browser, runs ``docs/examples/digits.py`` with each suggestion, and
types the losses in. On the way it defines other experiments from a pasted definition and from a
table of runs, and changes a definition that has trials. It writes ``docs/images/*.png``.
"""

import json
import math
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
DIGITS = ROOT / "docs" / "examples" / "digits.py"

PATIENCE = 60_000  # Milliseconds: what the optimizer may take on a busy machine.
PASSWORD = "correct horse battery staple"
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
BATCHES = (5, 2, 2, 2, 2, 2)  # Trials that are taken and run together.
FAILS = 3  # The trial that is marked as failed.
LEFT_RUNNING = 2
MARGIN = 12  # Pixels below the last thing in a picture of a part.
ROWS = 24  # Runs in the table that one experiment starts from.

TRANSLATION = {
    "name": "Translation model",
    "description": "Train a small model with these settings, and time one sentence on a laptop.",
    "tags": ["nlp"],
    "parameters": [
        {"name": "optimizer", "type": "choice", "value_type": "text", "values": ["adamw", "sgd"]},
        {
            "name": "momentum",
            "type": "range",
            "bounds": [0.0, 0.99],
            "only_when": {"parameter": "optimizer", "values": ["sgd"]},
        },
        {
            "name": "learning rate",
            "type": "range",
            "bounds": [1e-5, 0.1],
            "log_scale": True,
            "digits": 2,
        },
        {"name": "layers", "type": "range", "value_type": "int", "bounds": [1, 12]},
        {
            "name": "steps",
            "type": "range",
            "value_type": "int",
            "bounds": [1000, 20000],
            "step": 500,
        },
        {"name": "warmup", "type": "range", "value_type": "int", "bounds": [0, 5000]},
    ],
    "constraints": [
        {
            "terms": [{"parameter": "warmup"}, {"parameter": "steps", "coefficient": -1}],
            "relation": "at_most",
            "bound": 0,
        }
    ],
    "metrics": [
        {"name": "BLEU", "direction": "maximize"},
        {
            "name": "latency",
            "role": "constraint",
            "relation": "at_most",
            "bound": 50,
            "unit": "ms",
        },
    ],
    "trial_budget": 60,
}

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def main() -> None:
    """Run the experiment and take the pictures on the way."""
    IMAGES.mkdir(exist_ok=True)
    browser_path = next((path for name in NAMES if (path := shutil.which(name))), MAC)
    with TemporaryDirectory(prefix="axdash-pictures-") as data_dir, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=ARGUMENTS)
        with serving(Path(data_dir)) as link:
            take_pictures(browser, link)
        browser.close()


@contextmanager
def serving(data_dir: Path) -> Iterator[str]:
    """Run ``serve`` for the length of a block; give it the set-up link."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ours = ("HOST", "DATABASE_URL")
    kept = {k: v for k, v in os.environ.items() if k not in ours and not k.startswith("AXDASH_")}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env={**kept, "AXDASH_DATA_DIR": str(data_dir), "PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # A Ctrl-C in the terminal reaches us; we pass it on.
    )
    try:
        assert process.stdout
        said = next((line for line in process.stdout if "Set up AxDash:" in line), None)
        if said is None:
            raise SystemExit("AxDash did not start; see above.")
        yield said.split()[-1]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def take_pictures(browser: Browser, link: str) -> None:
    """Go the way that the README describes, then those of the guide; photograph what is seen."""
    page = browser.new_page(viewport=WIDE, color_scheme="light")
    set_up(page, link)
    run_booth(page)
    start_in_other_ways(page)
    run_digits(page)
    photograph_digits(page)
    photograph_what_was_learned(page)
    widen_and_narrow(page)
    page.get_by_role("link", name="Experiments").first.click()
    photograph(page, "list", down_to=page.locator("#results tbody tr").last)


def run_digits(page: Page) -> None:
    """Define the digits experiment and run its trials."""
    fill_in_digits(page)
    photograph(page, "new")
    create(page)
    for count in BATCHES:
        get_suggestions(page, count)
        for _ in range(count):
            run_one(page)
    get_suggestions(page, LEFT_RUNNING)
    expect(page.get_by_text(re.compile(r"\d suggestions? ready")).first).to_be_visible(
        timeout=PATIENCE
    )


def photograph_digits(page: Page) -> None:
    """Photograph the page of an experiment that is under way: light, dark, and on a phone."""
    page.reload()
    expect(page.locator("#progress .points path").first).to_be_attached()
    photograph(page, "experiment-light")
    page.emulate_media(color_scheme="dark")
    photograph(page, "experiment-dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    photograph(page, "phone", down_to=page.get_by_role("region", name="Running trials"))
    page.set_viewport_size(WIDE)


def photograph_what_was_learned(page: Page) -> None:
    """Photograph the tabs of the same experiment: plots, insights, what if, and decide."""
    address = page.url
    shown = {"Plots": "#plot-choices", "Insights": "#card-effects", "Decide": "main"}
    for tab, last in shown.items():
        page.get_by_role("link", name=tab, exact=True).click()
        expect(page.get_by_text("New cards are being made")).to_have_count(0, timeout=PATIENCE)
        expect(page.locator(".plot path").first).to_be_attached(timeout=PATIENCE)
        scroll_through(page)
        photograph(page, tab.lower(), down_to=page.locator(last))
    page.get_by_role("link", name="What if", exact=True).click()
    expect(page.get_by_role("img", name="loss by C")).to_be_visible(timeout=PATIENCE)
    photograph(page, "what-if", down_to=page.locator("#slices-panel"))
    page.goto(address)


def scroll_through(page: Page) -> None:
    """Let plots be drawn that are drawn only when somebody comes near."""
    size = page.viewport_size
    assert size
    for place in range(0, page.evaluate("document.documentElement.scrollHeight"), size["height"]):
        page.evaluate("place => scrollTo(0, place)", place)
        page.wait_for_timeout(300)
    page.evaluate("scrollTo(0, 0)")


def start_in_other_ways(page: Page) -> None:
    """Show the ways to start; paste a definition, and read a table of runs."""
    open_page(page, "experiments/start/")
    photograph(page, "start", down_to=page.get_by_role("region", name="Templates"))
    page.get_by_role("link", name="Paste a definition").click()
    page.get_by_label("Definition").fill(json.dumps(TRANSLATION))
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_text("Points like these will be tried")).to_be_visible(timeout=PATIENCE)
    photograph(page, "definition")
    page.get_by_role("button", name="Save as draft").click()
    expect(page).to_have_url(re.compile(r"/experiments/\d+/$"))
    open_page(page, "experiments/tables/")
    page.get_by_label("Or paste the cells").fill(table_of_runs())
    page.get_by_label("Name of the experiment").fill("Coupling reaction")
    page.get_by_role("button", name="Read the table").click()
    page.get_by_label("cost is used as").select_option("Objective: minimize")
    expect(page.get_by_text(f"{ROWS} rows become trials.")).to_be_visible()
    photograph(page, "columns", down_to=page.locator("#columns"))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Coupling reaction")
    create(page)
    page.get_by_label("What to plot").select_option("yield (%) against cost")
    expect(page.locator("#progress .points path").first).to_be_attached()
    photograph(page, "pareto", down_to=page.get_by_role("region", name="Best so far"))


def table_of_runs() -> str:
    """Return runs of a chemical reaction, as somebody would have noted them down."""
    lines = ["temperature (°C);time (min);catalyst;yield (%);cost"]
    for run in range(ROWS):
        temperature, time = 40 + run * 37 % 60, round(5 + (run * 0.618 % 1) * 55, 1)
        catalyst = ("Pd", "Ni", "Cu")[run * 5 % 3]
        better = {"Pd": 24, "Ni": 15, "Cu": 8}[catalyst]
        share = 70 * math.exp(-(((temperature - 74) / 22) ** 2)) * (1 - math.exp(-time / 18))
        cost = {"Pd": 9.0, "Ni": 4.5, "Cu": 2.0}[catalyst] + time * 0.06
        lines.append(f"{temperature};{time};{catalyst};{share + better:.1f};{cost:.2f}")
    return "\n".join(lines)


def widen_and_narrow(page: Page) -> None:
    """Change the definition of an experiment that has trials, and look at what that does."""
    address = page.url
    page.get_by_role("link", name="Edit definition").click()
    row = page.get_by_role("group", name="Parameter 1", exact=True)
    row.get_by_label("Upper bound").fill("1e4")
    row = page.get_by_role("group", name="Parameter 2", exact=True)
    row.get_by_label("Upper bound").fill("0.05")
    page.get_by_role("button", name="Review changes").click()
    review = page.get_by_role("region", name="What changes")
    review.get_by_label("Reason").fill("Nothing good above 0.05 so far")
    photograph(page, "review", down_to=review)
    page.goto(address)


def open_page(page: Page, path: str) -> None:
    """Open another page of the site."""
    page.goto(re.sub(r"(//[^/]+/).*", rf"\1{path}", page.url))


def create(page: Page) -> None:
    """Send the form of a new experiment."""
    page.get_by_role("button", name="Create experiment").click()
    expect(page).to_have_url(re.compile(r"/experiments/\d+/$"))
    page.wait_for_load_state()


def set_up(page: Page, link: str) -> None:
    """Create the first account."""
    page.goto(link)
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password confirmation").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Experiments")).to_be_visible()


def run_booth(page: Page) -> None:
    """Run some trials of the example that the empty list offers."""
    page.get_by_role("button", name="Try the Booth example").click()
    expect(page).to_have_url(re.compile(r"/experiments/\d+/$"))
    page.wait_for_load_state()
    get_suggestions(page, 4)
    for _ in range(3):
        x1, x2 = parameters_of(running(page).first).values()
        enter(page, "booth", str((x1 + 2 * x2 - 7) ** 2 + (2 * x1 + x2 - 5) ** 2))


def fill_in_digits(page: Page) -> None:
    """Fill in the form for the digits experiment, as the README says."""
    open_page(page, "experiments/new/")
    page.get_by_label("Name", exact=True).fill("Digits classifier")
    page.get_by_label("Description").fill(
        "A support vector classifier on handwritten digits. "
        "Run docs/examples/digits.py with C and gamma; it prints the loss."
    )
    page.get_by_label("Minimize").check()
    page.get_by_label("Objective", exact=True).fill("loss")
    for place, (name, lower, upper) in enumerate([("C", "0.001", "1000"), ("gamma", "1e-4", "1")]):
        if place:
            page.get_by_role("button", name="Add parameter").click()
        row = page.get_by_role("group", name=f"Parameter {place + 1}", exact=True)
        row.get_by_label("Parameter name").fill(name)
        row.get_by_label("Lower bound").fill(lower)
        row.get_by_label("Upper bound").fill(upper)
        row.get_by_label("Log scale").check()
    page.get_by_label("Trial budget").fill("20")
    expect(page.get_by_text("Points like these will be tried")).to_be_visible(timeout=PATIENCE)


def running(page: Page) -> Locator:
    """Return the rows of the running trials."""
    return page.get_by_role("region", name="Running trials").get_by_role("group")


def get_suggestions(page: Page, count: int) -> None:
    """Take suggestions, and wait until they are there."""
    page.get_by_label("How many").fill(str(count))
    page.get_by_role("button", name="Get suggestions").click()
    expect(running(page)).to_have_count(count, timeout=PATIENCE)


def parameters_of(trial: Locator) -> dict[str, float]:
    """Return what the trial's copy button copies."""
    copied = trial.get_by_role("button", name="Copy").get_attribute("data-copy")
    assert copied
    parameters: dict[str, float] = json.loads(copied)
    return parameters


def run_one(page: Page) -> None:
    """Run the first of the running trials, and enter what comes out."""
    trial = running(page).first
    if trial.get_attribute("aria-label") == f"Trial {FAILS}":
        trial.get_by_role("button", name="Fail").click()
        page.get_by_role("textbox", name="Reason").fill("The machine restarted")
        page.get_by_role("button", name="Note").click()
        expect(page.get_by_text("The machine restarted")).to_be_visible()
        return
    options = [f"--{name}={value!r}" for name, value in parameters_of(trial).items()]
    done = subprocess.run(
        [sys.executable, DIGITS, *options], capture_output=True, text=True, check=True
    )
    enter(page, "loss", done.stdout.split()[1])


def enter(page: Page, metric: str, value: str) -> None:
    """Type the result of the first running trial."""
    before = running(page).count()
    field = running(page).first.get_by_label(metric)
    field.fill(value)
    field.press("Enter")
    expect(running(page)).to_have_count(before - 1)


def photograph(page: Page, name: str, *, down_to: Locator | None = None) -> None:
    """Write a picture of the whole page, or of its top down to an element."""
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(0, 0)
    page.wait_for_timeout(1000)  # The plot follows a new width or theme.
    box = down_to and down_to.bounding_box()
    size = page.viewport_size
    assert size
    clip = None
    if box:
        height = box["y"] + page.evaluate("scrollY") + box["height"] + MARGIN
        clip = {"x": 0, "y": 0, "width": size["width"], "height": height}
    file = IMAGES / f"{name}.png"
    page.screenshot(path=file, full_page=True, clip=clip)
    print(f"{file.relative_to(ROOT)}: {file.stat().st_size // 1000} kB", flush=True)


if __name__ == "__main__":
    main()
