"""Milliseconds and bytes of Optuna Dashboard's answers for 10,000 trials, if it is installed.

Run as ``python -m bench.peer``; ``bench.many_trials`` prints the same of AxDash. It is no
dependency: ``pip install optuna optuna-dashboard`` in an environment of its own, which
``PEER_PYTHON`` names.
"""

import os
import subprocess
import sys
from pathlib import Path

_SCRIPT = """
import gzip, io, random, statistics, time
import optuna
from optuna_dashboard import wsgi
optuna.logging.set_verbosity(optuna.logging.ERROR)
storage = optuna.storages.RDBStorage("sqlite:///" + {database!r})
study = optuna.create_study(storage=storage, study_name="many")
names = ["learning rate", "dropout", "weight decay", "momentum"]
uniform = optuna.distributions.FloatDistribution(0, 1)
draw = random.Random(1)
study.add_trials([
    optuna.trial.create_trial(
        params={{name: draw.random() for name in names}},
        distributions={{name: uniform for name in names}},
        value=draw.lognormvariate(0, 0.5),
    )
    for _ in range({count})
])
app = wsgi(storage)

def ask(path, query=""):
    environ = {{
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "x",
        "SERVER_PORT": "80", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(), "SERVER_PROTOCOL": "HTTP/1.1",
    }}
    said = []
    body = b"".join(app(environ, lambda status, *_: said.append(status)))
    assert said[0].startswith("200"), said
    return body

asked = {{"the study's page": "after=0", "“anything new?” of an idle page": "after={count}"}}
for what, query in asked.items():
    took = []
    for _ in range(5):
        start = time.perf_counter()
        body = ask("/api/studies/" + str(study._study_id), query)
        took.append(1000 * (time.perf_counter() - start))
    print(f"{{what:40}} {{statistics.median(took):8.1f}} {{min(took):8.1f}} {{max(took):8.1f}}"
          f" {{len(gzip.compress(body)):12,}}  ({{len(body):,}} plain)", flush=True)
"""
COUNT = 10_000


def main() -> None:
    """Print what the peer takes, or how to have it."""
    python = os.environ.get("PEER_PYTHON", sys.executable)
    there = [python, "-c", "import optuna, optuna_dashboard"]
    if subprocess.run(there, capture_output=True, check=False).returncode:
        print("Optuna Dashboard is not installed: see the first lines of bench/peer.py.")
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="axdash-bench-") as folder:
        script = _SCRIPT.format(database=str(Path(folder) / "peer.db"), count=COUNT)
        print(f"{'Optuna Dashboard, 10,000 trials':40} {'ms':>8} {'best':>8} {'worst':>8}")
        subprocess.run([python, "-c", script], check=True)


if __name__ == "__main__":
    main()
