"""Every metric loads through `evaluate` by its local path with sockets blocked, combines, and reads as by hand."""

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import json, socket

def refuse(*args, **kwargs):
    raise OSError("the network was touched")

socket.socket.connect = refuse
socket.create_connection = refuse
socket.getaddrinfo = refuse

import evaluate
from ragvsft.metrics.modules import NAMES, module_path

answers = ["The Cat", "I don't know", "a dog in Rome", "I don't know"]
accepted = [["cat"], [], ["Rome", "rome city"], ["four"]]
read = {}
for name in NAMES:
    read |= evaluate.load(module_path(name)).compute(predictions=answers, references=accepted)
several = evaluate.combine([evaluate.load(module_path(n)) for n in ("exact_match", "token_f1", "contains", "rouge_l")])
read["combined"] = several.compute(predictions=answers, references=accepted, abstain=["I don't know"])
labels = evaluate.load(module_path("label_accuracy"))
known = ["yes", "no"]
read["labels"] = labels.compute(predictions=["yes it is", "yes or no"], references=[["yes"], ["no"]], labels=known)
print(json.dumps(read))
"""


def test_modules_load_offline_and_combine(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "HF_EVALUATE_OFFLINE": "1",
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(tmp_path),
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout.splitlines()[-1])
    # By hand: (1 + 1 + 0 + 0) / 4; F1 of "dog in rome" against "rome" is 2·1/(3+1), of "rome city" 2·1/(3+2).
    assert read["exact_match"] == 0.5
    assert read["token_f1"] == (1 + 1 + 0.5 + 0) / 4
    assert read["contains"] == 0.75
    # ROUGE keeps articles: "the cat" against "cat" is 2·1/(2+1), "a dog in rome" against "rome" 2·1/(4+1).
    assert abs(read["rouge_l"] - (2 / 3 + 1 + 0.4 + 0) / 4) < 1e-9
    assert read["abstained"] == 0.5
    assert read["abstention_accuracy"] == 0.75
    assert read["combined"] == {name: read[name] for name in ("exact_match", "token_f1", "contains", "rouge_l")}
    assert read["labels"] == {"label_accuracy": 0.5}
    assert read["label_accuracy"] == 0.75
