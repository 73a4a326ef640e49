# SPDX-License-Identifier: Apache-2.0
"""Long work: a bar, a callback, and a clean stop when Python wants one (Ctrl-C, an exception of the callback)."""
from __future__ import annotations

import sys
import threading
import time
from typing import Any, Callable, Optional

from ._errors import check, text
from ._librec import ffi, lib

Callback = Callable[[int, float, float], Any]

_active = threading.local()


class Watch:
    """Who is told of the steps of one call."""

    def __init__(self, show_progress: Optional[bool], callback: Optional[Callback]) -> None:
        self.error: Optional[BaseException] = None
        self._callback, self._bars = callback, _bars(show_progress)
        self._bar: Any = None
        self._last = time.perf_counter()

    def tell(self, progress: Any) -> None:
        """One step is done. Runs in C's call: exceptions are kept, and cancel it."""
        now = time.perf_counter()
        if self._bars is not None:
            self._show(progress)
        if self._callback is not None:
            self._callback(int(progress.step), now - self._last, float(progress.loss))
        self._last = now

    def _show(self, progress: Any) -> None:
        if self._bar is None:
            assert self._bars is not None
            self._bar = self._bars(total=int(progress.steps), desc=text(progress.stage))
        if progress.loss == progress.loss:
            self._bar.set_postfix(loss=f"{progress.loss:.5g}", refresh=False)
        self._bar.update(int(progress.step) - self._bar.n)

    def run(self, model: Any, call: Callable[[], int]) -> None:
        """Make the call while the model tells this watch; raise what stopped it."""
        handle = ffi.new_handle(self)
        before = getattr(_active, "watch", None)
        _active.watch = self
        lib.rec_model_set_progress(model, lib.librec_python_progress, handle)
        try:
            status = call()
            if self.error is not None and status == lib.REC_ERR_CANCELLED:
                raise self.error
            check(status)
        finally:
            lib.rec_model_set_progress(model, ffi.NULL, ffi.NULL)
            _active.watch = before
            if self._bar is not None:
                self._bar.close()
        if self.error is not None:
            raise self.error


def _bars(show: Optional[bool]) -> Optional[Callable[..., Any]]:
    """What makes bars: asked for, or by default where somebody watches and tqdm is there."""
    if show is False or (show is None and not sys.stderr.isatty()):
        return None
    try:
        from tqdm.auto import tqdm
    except ImportError:
        if show is None:
            return None
        raise ImportError("show_progress needs tqdm: pip install librec[progress]") from None
    made: Callable[..., Any] = tqdm
    return made


def _remember(kind: Any, error: BaseException, traceback: Any) -> None:
    _active.watch.error = error


@ffi.def_extern(name="librec_python_progress", error=1, onerror=_remember)  # type: ignore[untyped-decorator]
def _told(context: Any, progress: Any) -> int:
    ffi.from_handle(context).tell(progress)
    return 0
