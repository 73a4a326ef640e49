# SPDX-License-Identifier: Apache-2.0
"""Several fitted models as one."""
from __future__ import annotations

from typing import Any, Optional, Sequence

import numpy as np

from ._errors import InvalidError, check, not_fitted
from ._librec import ffi, lib
from ._rank import Ranking
from ._ratings import as_ratings


def _rules() -> dict[str, int]:
    return {"sum": lib.REC_BLEND_SUM, "ranks": lib.REC_BLEND_RANKS}


def _options(rule: str, rank_constant: float) -> Any:
    if rule not in _rules():
        raise InvalidError(f'rule is "{rule}"; one of {", ".join(_rules())} was expected')
    options = ffi.new("rec_blend_options *", lib.rec_blend_options_usual())
    options.rule, options.rank_constant = _rules()[rule], rank_constant
    return options


def _handles(members: Sequence[Ranking]) -> Any:
    return ffi.new("const rec_model *[]", [member._fitted() for member in members])


class Blend(Ranking):
    """Fitted models of the same users and items as one that ranks: it recommends and is evaluated as any other.

    members  the models
    weights  how much each counts; None: all alike. Blend.tuned finds weights that suit some ratings
    rule     "sum": of scores, standardized for each user and member; "ranks": of 1 / (rank_constant + rank)

    >>> import librec, scipy.sparse
    >>> plays = scipy.sparse.random(200, 50, 0.2, "csr", random_state=0)
    >>> blend = librec.Blend([librec.IALS(factors=4).fit(plays), librec.Popular().fit(plays)], [0.8, 0.2])
    >>> len(blend.recommend(7, N=3)[0])
    3
    """

    def __init__(self, members: Sequence[Ranking], weights: Optional[Sequence[float]] = None, rule: str = "sum", rank_constant: float = 60.0) -> None:
        self.members, self.rule, self.rank_constant = list(members), rule, rank_constant
        self.weights = [1.0] * len(self.members) if weights is None else [float(weight) for weight in weights]
        if len(self.weights) != len(self.members):
            raise InvalidError(f"weights has {len(self.weights)} elements; one for each of {len(self.members)} members was expected")
        out = ffi.new("rec_model **")
        check(lib.rec_blend_create(out, _handles(self.members), self.weights, len(self.members), _options(rule, rank_constant)))
        self._handle = ffi.gc(out[0], lib.rec_model_free)
        self._keep = [(member._handle, member._ratings, member._keep) for member in self.members]
        self._frames = self.members[0]._frames

    @classmethod
    def tuned(cls, members: Sequence[Ranking], validation: Any, metric: str = "ndcg@20", rule: str = "sum", rank_constant: float = 60.0) -> "Blend":
        """The blend whose weights make the most of a metric of lists on ratings that no member has learned from; ``tuned_score`` is its value."""
        weights, value = np.zeros(len(members)), ffi.new("double *")
        check(lib.rec_blend_tune(_handles(members), len(members), _options(rule, rank_constant), as_ratings(validation)._handle, metric.encode(),
                                 ffi.from_buffer("double[]", weights), value))
        made = cls(members, weights.tolist(), rule, rank_constant)
        made.tuned_score = float(value[0])
        return made

    tuned_score: Optional[float] = None

    @classmethod
    def abilities(cls) -> frozenset[str]:
        """What it can do beside ranking: nothing that is certain for any members."""
        return frozenset()

    def _fitted(self) -> Any:
        if self._handle is None:
            raise not_fitted("this Blend has no members")
        return self._handle

    def __getstate__(self) -> dict[str, Any]:
        return {"members": self.members, "weights": self.weights, "rule": self.rule, "rank_constant": self.rank_constant}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def __repr__(self) -> str:
        parts = ", ".join(f"{weight:.3g} {member!r}" for weight, member in zip(self.weights, self.members))
        return f"Blend({parts}; {self.rule})"


