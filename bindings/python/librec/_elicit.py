# SPDX-License-Identifier: Apache-2.0
"""Asking somebody new: which items say the most."""
from __future__ import annotations

from typing import Any

import numpy as np

from ._arguments import room
from ._errors import InvalidError, check
from ._librec import ffi, lib
from ._query import Query, Rows
from ._rank import Pair, Ranking


def _strategies() -> dict[str, int]:
    return {name[len("REC_ELICIT_"):].lower(): getattr(lib, name) for name in dir(lib)
            if name.startswith("REC_ELICIT_") and name != "REC_ELICIT_KNOWN"}


class Interview:
    """Which items to ask somebody new about, so that the fewest answers say the most; made once of a fitted model, for any number of newcomers.

    strategy  "best" (what suits the model), "error", "volume", "trace" (designs on the items' vectors), "entropy", "popular", "random"
    known     the newcomer knows all that may be asked about: the chance of that does not count
    """

    def __init__(self, model: Ranking, strategy: str = "best", known: bool = False, seed: int = 42) -> None:
        if strategy not in _strategies():
            raise InvalidError(f'strategy is "{strategy}"; one of {", ".join(_strategies())} was expected')
        options, out = ffi.new("rec_elicit_options *", lib.rec_elicit_options_usual()), ffi.new("rec_elicitor **")
        options.strategy, options.flags, options.seed = _strategies()[strategy], lib.REC_ELICIT_KNOWN if known else 0, seed
        check(lib.rec_elicitor_create(out, model._fitted(), options))
        self._handle, self._model = ffi.gc(out[0], lib.rec_elicitor_free), model

    def ask(self, answers: Any = None, N: int = 10, filter_items: Any = None, items: Any = None) -> Pair:
        """The N items to ask about next: (ids, values), the best question first.

        answers: what the newcomer has said so far, a sparse row of ratings; filter_items are not asked about; items: these alone are
        """
        model = self._model
        query = Query(True, None if filter_items is None else model._items(filter_items), None if items is None else model._items(items))
        if answers is not None:
            rows = Rows(answers, lib.rec_model_items(model._fitted()), 1, True)
            query.fold_in(rows.items, rows.values)
        best, values, n = np.empty(N, np.int32), np.empty(N, np.float64), ffi.new("int32_t *")
        check(lib.rec_elicit(self._handle, query.struct, N, room(best, "int32_t[]"), room(values, "double[]"), n))
        return best[: n[0]], values[: n[0]].astype(np.float32)

