# SPDX-License-Identifier: Apache-2.0
"""Long work: bars, callbacks, other threads, Ctrl-C; and every status as the right exception."""
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import scipy.sparse as sparse

import librec
from librec._errors import error
from librec._librec import lib


def test_a_bar_is_shown(plays, capsys):
    pytest.importorskip("tqdm")
    librec.IALS(factors=2, epochs=7).fit(plays, show_progress=True)
    shown = capsys.readouterr().err
    assert "fit: 100%" in shown and "7/7" in shown and "loss=" in shown
    librec.tune(librec.IALS(epochs=1), plays, {"factors": [2, 3]}, "ndcg@5", folds=2, show_progress=True)
    assert "tune" in capsys.readouterr().err
    librec.IALS(factors=2, epochs=7).fit(plays)
    librec.IALS(factors=2, epochs=7).fit(plays, show_progress=False)
    assert capsys.readouterr().err == ""


def test_callbacks_are_told_of_each_step(plays):
    told = []
    model = librec.IALS(factors=2, epochs=5).fit(plays, callback=lambda step, seconds, loss: told.append((step, seconds, loss)))
    assert [step for step, _, _ in told] == [1, 2, 3, 4, 5] and all(seconds >= 0 for _, seconds, _ in told)
    assert np.allclose([loss for _, _, loss in told], model.loss_history["training"])


def test_what_a_callback_raises_stops_the_fit(plays):
    model = librec.IALS(factors=2, epochs=3).fit(plays)
    before = model.item_factors.copy()

    def stop(step, seconds, loss):
        if step == 2:
            raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        model.set_params(seed=9).fit(plays, callback=stop)
    assert (model.item_factors == before).all()
    with pytest.raises(KeyError):
        librec.MF(epochs=50).fit(plays, callback=stop)


def test_other_threads_run_on():
    # One epoch, no callback: the whole fit is one call of C.
    big = sparse.random(4000, 2000, 0.02, "csr", np.float32, random_state=0)
    done, ticks = threading.Event(), []

    def tick():
        while not done.wait(0.002):
            ticks.append(time.perf_counter())

    thread = threading.Thread(target=tick)
    thread.start()
    start = time.perf_counter()
    librec.IALS(factors=128, epochs=1, threads=1).fit(big)
    took = time.perf_counter() - start
    done.set()
    thread.join()
    inside = [moment for moment in ticks if start < moment < start + took]
    assert took > 0.05 and len(inside) > 5


INTERRUPTED = """
import sys, librec, scipy.sparse
plays = scipy.sparse.random(500, 200, 0.2, "csr", random_state=0)
model = librec.{kind}.fit(plays)
before = model.recommend(3)[0].tolist()
def tell(step, seconds, loss):
    if step == 2:
        print("fitting", flush=True)
try:
    model.set_params({long}).fit(plays, callback=tell, show_progress=False)
    print("ended")
except KeyboardInterrupt:
    print("stopped", model.recommend(3)[0].tolist() == before, flush=True)
"""


@pytest.mark.parametrize("kind, long", [("IALS(factors=16, epochs=1)", "epochs=100000"), ("MF(factors=4, epochs=1)", "epochs=100000")])
def test_ctrl_c(kind, long):
    child = subprocess.Popen([sys.executable, "-c", INTERRUPTED.format(kind=kind, long=long)], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout.readline() == "fitting\n"
        sent = time.perf_counter()
        child.send_signal(signal.SIGINT)
        assert child.communicate(timeout=30)[0] == "stopped True\n"
        assert time.perf_counter() - sent < 10 and child.returncode == 0
    finally:
        child.kill()


@pytest.mark.parametrize("status, kind, builtin", [
    ("REC_ERR_INVALID", librec.InvalidError, ValueError), ("REC_ERR_RANGE", librec.RangeError, ValueError),
    ("REC_ERR_NOT_FOUND", librec.NotFoundError, LookupError), ("REC_ERR_NOT_FITTED", librec.NotFittedError, ValueError),
    ("REC_ERR_UNSUPPORTED", librec.UnsupportedError, NotImplementedError), ("REC_ERR_NO_MEMORY", librec.OutOfMemoryError, MemoryError),
    ("REC_ERR_IO", librec.FileError, OSError), ("REC_ERR_FORMAT", librec.FormatError, ValueError),
    ("REC_ERR_CORRUPT", librec.CorruptError, ValueError), ("REC_ERR_VERSION", librec.VersionError, ValueError),
    ("REC_ERR_CANCELLED", librec.CancelledError, librec.LibrecError), ("REC_ERR_DIVERGED", librec.DivergedError, ArithmeticError),
    ("REC_ERR_EMPTY", librec.EmptyError, ValueError)])
def test_every_status_has_its_exception(status, kind, builtin):
    made = error(getattr(lib, status))
    assert type(made) is kind and isinstance(made, builtin) and isinstance(made, librec.LibrecError) and made.status == status and str(made)


def test_there_is_no_other_status():
    names = {name for name in dir(lib) if name.startswith("REC_ERR_")}
    assert names == {mark.args[1][i][0] for mark in test_every_status_has_its_exception.pytestmark for i in range(len(mark.args[1]))}


def saved(tmp_path, plays):
    path = tmp_path / "model"
    librec.IALS(factors=2, epochs=1).fit(plays).save(path)
    return path


def test_statuses_that_really_come(tmp_path, plays):
    path = saved(tmp_path, plays)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(librec.CorruptError):
        librec.Model.load(path)
    path.write_text("user,item\n")
    with pytest.raises(librec.FormatError, match="model"):
        librec.Model.load(path)
    path.write_bytes(whole.replace(b'"format_version":"1"', b'"format_version":"9"').replace(b'"librec.format":"1"', b'"librec.format":"9"'))
    if path.read_bytes() != whole:
        with pytest.raises((librec.VersionError, librec.CorruptError)):
            librec.Model.load(path)
    with pytest.raises(librec.DivergedError):
        librec.MF(learning_rate=10, epochs=30, solver="sgd").fit(plays * 1e6)
    with pytest.raises(librec.EmptyError):
        librec.evaluate(librec.Popular().fit(plays), sparse.csr_matrix(plays.shape))
    with pytest.raises(librec.NotFoundError, match="popular"):
        librec.algorithm("magic")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0 or shutil.which("true") is None, reason="root may write anywhere")
def test_unwritable_places(tmp_path, plays):
    tmp_path.chmod(0o500)
    with pytest.raises(librec.FileError):
        librec.Popular().fit(plays).save(tmp_path / "model")
