# SPDX-License-Identifier: Apache-2.0
"""How good models are: evaluation, cross-validation, comparison, search of parameters; all of it librec's own."""
from __future__ import annotations

from typing import Any, Iterator, Mapping, NamedTuple, Optional, Protocol, Sequence, TypeVar, Union

import numpy as np

from ._arguments import int32s, int64s, names, per_item, pointer
from ._contexts import Contexts
from ._errors import InvalidError, check, text
from ._librec import ffi, lib
from ._model import Model
from ._progress import Watch
from ._ratings import Ratings, as_ratings
from ._tables import get

M = TypeVar("M", bound=Model)
Metrics = Union[str, Sequence[str], None]

_KINDS = {"shuffled": lib.REC_FOLDS_SHUFFLED, "one": lib.REC_FOLDS_ONE, "last": lib.REC_FOLDS_LAST, "time": lib.REC_FOLDS_TIME}
_SAMPLINGS = {"uniform": lib.REC_NEGATIVES_UNIFORM, "popular": lib.REC_NEGATIVES_POPULAR}
_METHODS = {"grid": lib.REC_TUNE_GRID, "random": lib.REC_TUNE_RANDOM, "halving": lib.REC_TUNE_HALVING}


class Asked(Protocol):
    """A fitted model, or a blend."""

    def _fitted(self) -> Any: ...

    @classmethod
    def abilities(cls) -> frozenset[str]:
        """What it can do."""
        ...


class Evaluation(Mapping[str, float]):
    """Figures by the name of the metric; over folds, means.

    deviations  over folds, the sample standard deviations
    folds       an Evaluation for each fold
    strata      by name, the groups of users and items that were measured apart
    users, pairs, unknown  how many were measured, and how many pairs had an unknown user or item
    rankings    how many were asked for: one a user, or in context one a pair of user and context
    fit_seconds, score_seconds  what it took
    """

    def __init__(self, handle: Any) -> None:
        figure, totals = ffi.new("rec_figure *", lib.rec_figure_usual()), ffi.new("rec_evaluation_totals *", lib.rec_evaluation_totals_usual())
        self._values: dict[str, float] = {}
        self.deviations: dict[str, float] = {}
        for index in range(lib.rec_evaluation_count(handle)):
            check(lib.rec_evaluation_at(handle, index, figure))
            self._values[text(figure.name)] = figure.value
            self.deviations[text(figure.name)] = figure.deviation
        check(lib.rec_evaluation_totals_of(handle, totals))
        self.users, self.pairs, self.unknown, self.rankings = int(totals.users), int(totals.pairs), int(totals.unknown), int(totals.rankings)
        self.fit_seconds, self.score_seconds = float(totals.fit_seconds), float(totals.score_seconds)
        self.strata = {stratum.name: stratum for stratum in _strata(handle)}
        self.folds = [Evaluation(lib.rec_evaluation_fold(handle, fold)) for fold in range(lib.rec_evaluation_folds(handle))]

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        figures = ", ".join(f"{name}={value:.4f}" + (f" ± {self.deviations[name]:.4f}" if self.folds else "") for name, value in self.items())
        return f"<librec.Evaluation: {figures}>"


def _metrics(model: Asked, metrics: Metrics) -> bytes:
    usual = "rmse,mae" if "predicts_ratings" in model.abilities() else "recall@20,ndcg@20"
    return names(usual if metrics is None else metrics)


class Stratum(NamedTuple):
    """A group that was measured apart: of users by how many ratings they have, or of items ("items head", "items tail")."""

    name: str
    by_items: bool
    members: int
    least: int
    most: int
    figures: Evaluation


def _strata(handle: Any) -> Iterator[Stratum]:
    row = ffi.new("rec_stratum *", lib.rec_stratum_usual())
    for index in range(lib.rec_evaluation_strata(handle)):
        check(lib.rec_evaluation_stratum(handle, index, row))
        yield Stratum(text(row.name), bool(row.by_items), row.members, row.least, row.most, Evaluation(row.figures))


def evaluate(model: Asked, test: Any, metrics: Metrics = None, *, histories: Any = None, only: Any = None, negatives: int = 0,
             sampling: str = "uniform", seed: int = 0, user_bounds: Sequence[int] = (), head: float = 0.0, contexts: Optional[Contexts] = None,
             in_context: bool = False, item_factors: Any = None) -> Evaluation:
    """Measure a fitted model on test ratings: "rmse", "mae", "ndcg@20", "recall@20", "auc" and the others that docs/evaluation.md defines.

    metrics      None: rmse and mae of models that predict ratings, else recall@20 and ndcg@20
    histories    ratings to fold in for the test users, in place of what the model has of them (Ratings.split_users)
    only         item rows: these alone are ranked, and measured
    negatives    above 0: rank each test item among so many others, drawn "uniform" or "popular" (sampling, seed); the figures are then called
                 "sampled_hit@10" and so on, and are no estimates of those among all items
    user_bounds  [10, 100]: measure users with fewer than 10 ratings, with 10 to 99, and with more, apart
    head         0.8: measure the most rated items that have 80% of all ratings, and the others, apart
    contexts     in which the test ratings were given, for errors, and rankings in_context; None: those that the model was fitted with, as far as they
                 know of them
    in_context   rank once for each user and each context of their test ratings, in that context; averages are over these pairs
    item_factors  rank by scores times these, one an item (librec.lifts)
    """
    if sampling not in _SAMPLINGS:
        raise InvalidError(f'sampling is "{sampling}"; one of {", ".join(_SAMPLINGS)} was expected')
    out, options = ffi.new("rec_evaluation **"), ffi.new("rec_evaluate_options *", lib.rec_evaluate_options_usual())
    folded = None if histories is None else as_ratings(histories)
    rows, bounds = None if only is None else int32s(np.atleast_1d(only), "only"), int64s(list(user_bounds))
    held = [pointer(rows if rows is None or len(rows) else np.zeros(1, np.int32), "int32_t[]"), pointer(bounds, "int64_t[]")]
    options.histories = ffi.NULL if folded is None else folded._handle
    options.only, options.n_only = held[0], 0 if rows is None else len(rows)
    options.user_bounds, options.n_user_bounds = held[1] if len(bounds) else ffi.NULL, len(bounds)
    options.negatives, options.sampling, options.seed, options.head = negatives, _SAMPLINGS[sampling], seed, head
    options.contexts = ffi.NULL if contexts is None else contexts._handle
    options.flags = lib.REC_EVALUATE_IN_CONTEXT if in_context else 0
    if item_factors is not None:
        held.append(pointer(per_item(item_factors, lib.rec_model_items(model._fitted())), "float[]"))
        options.item_factors = held[-1]
    check(lib.rec_evaluate_by(model._fitted(), as_ratings(test)._handle, _metrics(model, metrics), options, out))
    return Evaluation(ffi.gc(out[0], lib.rec_evaluation_free))


class _Plan:
    """What folds are, as librec takes it."""

    def __init__(self, folds: Any, kind: str, repeats: int, seed: int, at_once: int = 0) -> None:
        self.struct = ffi.new("rec_folds *", lib.rec_folds_usual())
        self.struct.at_once = at_once
        self._keep: list[Any] = []
        if not isinstance(folds, int):
            self._give([(as_ratings(train), as_ratings(test)) for train, test in folds])
            return
        if kind not in _KINDS:
            raise InvalidError(f'kind is "{kind}"; one of {", ".join(_KINDS)} was expected')
        self.struct.kind, self.struct.repeats, self.struct.seed = _KINDS[kind], repeats, seed
        self.struct.folds = folds if kind in ("shuffled", "time") else 0

    def _give(self, pairs: list[tuple[Ratings, Ratings]]) -> None:
        train, test = (ffi.new("rec_ratings *[]", [pair[side]._handle for pair in pairs]) for side in (0, 1))
        self._keep = [pairs, train, test]
        self.struct.kind, self.struct.folds, self.struct.train, self.struct.test = lib.REC_FOLDS_GIVEN, len(pairs), train, test


def cross_validate(model: Model, ratings: Any = None, metrics: Metrics = None, folds: Any = 5, *, kind: str = "shuffled", repeats: int = 0,
                   seed: int = 0, at_once: int = 0, show_progress: Optional[bool] = None, **inputs: Any) -> Evaluation:
    """Fit and measure once a fold, several folds at once; figures are means over folds. The model itself is not changed.

    folds   how many, or pairs (train, test) of your own
    kind    "shuffled", "one" (leave one rating of each user out), "last" (the latest), "time" (learn from the past)
    repeats  of the shuffled folds, or of one left out, each with draws of its own
    at_once  folds fitted at once, at most; 0: as many as there are threads
    inputs  item_features and the like, as fit takes them
    """
    plan = _Plan(folds, kind, repeats, seed, at_once)
    data = None if ratings is None else as_ratings(ratings)
    handle, _keep = model._prepared(inputs)
    out = ffi.new("rec_evaluation **")
    wanted = _metrics(model, metrics)
    Watch(show_progress, None).run(handle, lambda: int(lib.rec_cross_validate_by(
        handle, ffi.NULL if data is None else data._handle, plan.struct, wanted, out)))
    return Evaluation(ffi.gc(out[0], lib.rec_evaluation_free))


class Comparison(NamedTuple):
    """One metric of two models: their figures, the difference a - b, and whether it is more than chance.

    interval, a_interval, b_interval  of the difference and of each figure, by the bootstrap
    t_probability, flip_probability   of such a difference or a greater one, were the two equal: by the paired t-test, by random signs
    """

    name: str
    a: float
    b: float
    difference: float
    interval: tuple[float, float]
    units: int
    t: float
    t_probability: float
    flip_probability: float
    a_interval: tuple[float, float]
    b_interval: tuple[float, float]


def compare(a: Asked, b: Asked, test: Any, metrics: Metrics = None, resamples: int = 2000, confidence: float = 0.95,
            seed: int = 0, by_pairs: bool = False) -> dict[str, Comparison]:
    """Compare two fitted models on the same test ratings, user by user: paired t-test, random sign flips, bootstrap intervals.

    by_pairs counts errors by test ratings instead of users, which makes differences look surer than they are.
    """
    options, out = ffi.new("rec_compare_options *", lib.rec_compare_options_usual()), ffi.new("rec_comparison **")
    options.resamples, options.confidence, options.seed = resamples, confidence, seed
    options.flags = lib.REC_COMPARE_PAIRS if by_pairs else 0
    check(lib.rec_compare(a._fitted(), b._fitted(), as_ratings(test)._handle, _metrics(a, metrics), options, out))
    handle, row, found = ffi.gc(out[0], lib.rec_comparison_free), ffi.new("rec_compared *", lib.rec_compared_usual()), {}
    for index in range(lib.rec_comparison_count(handle)):
        check(lib.rec_comparison_at(handle, index, row))
        name = text(row.name)
        intervals = [(one.low, one.high) for one in (row.difference_interval, row.a_interval, row.b_interval)]
        found[name] = Comparison(name, row.a, row.b, row.difference, intervals[0], row.units, row.t, row.t_probability, row.flip_probability,
                                 *intervals[1:])
    return found


class Range(NamedTuple):
    """Where to draw a parameter from, both ends included; log: evenly in the logarithm."""

    least: float
    most: float
    log: bool = False


class Point(NamedTuple):
    """One point of a search: its parameters and what was measured; of halving, in how many rounds, and the resource of the last."""

    parameters: dict[str, Any]
    value: float
    deviation: float
    fit_seconds: float
    diverged: bool
    rounds: int
    resource: int


class Tuning(list[Point]):
    """The points of a search, best first; metric is what they were measured by."""

    metric: str = ""

    @property
    def best_params(self) -> dict[str, Any]:
        """The parameters of the best point: model.set_params(**tuning.best_params)."""
        return self[0].parameters

    @property
    def best_score(self) -> float:
        """The metric at the best point."""
        return self[0].value


def _space(model: Model, space: Mapping[str, Any]) -> Any:
    out = ffi.new("rec_space **")
    check(lib.rec_space_create(out, model._algorithm.encode()))
    handle = ffi.gc(out[0], lib.rec_space_free)
    for name, values in space.items():
        if isinstance(values, Range):
            check(lib.rec_space_range(handle, name.encode(), values.least, values.most, lib.REC_RANGE_LOG if values.log else 0))
        elif all(isinstance(value, str) for value in values):
            texts = [ffi.new("char[]", str(value).encode()) for value in values]
            check(lib.rec_space_texts(handle, name.encode(), ffi.new("const char *[]", texts), len(texts)))
        else:
            check(lib.rec_space_values(handle, name.encode(), [float(value) for value in values], len(values)))
    return handle


def tune(model: Model, ratings: Any, space: Mapping[str, Any], metric: Optional[str] = None, *, method: str = "grid", points: int = 0,
         folds: Any = 5, kind: str = "shuffled", seed: int = 0, at_once: int = 0, factor: int = 0, resource: Optional[str] = None,
         path: Optional[str] = None, show_progress: Optional[bool] = None, **inputs: Any) -> Tuning:
    """Fit and measure points of a space of parameters, several at once: best first. The model gives the parameters that the space leaves alone.

    space   by parameter, the values to try, or a Range to draw from
    method  "grid" (all combinations), "random" (points of them), "halving" (points, most of them fitted for few epochs only)
    points  random, halving: how many are drawn; 0: 27
    folds, kind, inputs  as cross_validate takes them; for a validation set: folds=[(train, valid)]
    at_once  fits at once, at most; 0: as many as there are threads
    factor, resource  halving: the best 1/factor go on at factor times the resource, a parameter of whole numbers; 0: 3, None: epochs
    path    grid: a parameter; points that differ in it alone start from each other, its greatest value first
    """
    if method not in _METHODS:
        raise InvalidError(f'method is "{method}"; one of {", ".join(_METHODS)} was expected')
    plan, where = _Plan(folds, kind, 0, seed), _space(model, space)
    options, out = ffi.new("rec_tune_options *", lib.rec_tune_options_usual()), ffi.new("rec_tuning **")
    options.method, options.points, options.seed, options.plan = _METHODS[method], points, seed, plan.struct
    options.at_once, options.factor = at_once, factor
    words = {name: ffi.new("char[]", value.encode()) for name, value in (("metric", metric), ("resource", resource), ("path", path))
             if value is not None}
    for name, word in words.items():
        setattr(options, name, word)
    data = None if ratings is None else as_ratings(ratings)
    handle, _keep = model._prepared(inputs)
    Watch(show_progress, None).run(handle, lambda: int(lib.rec_tune(
        handle, ffi.NULL if data is None else data._handle, where, options, out)))
    return _points(model, ffi.gc(out[0], lib.rec_tuning_free), list(space))


def _points(model: Model, tuning: Any, varied: list[str]) -> Tuning:
    found, row, handle = Tuning(), ffi.new("rec_tuned *", lib.rec_tuned_usual()), model._new_handle()
    found.metric = text(lib.rec_tuning_metric(tuning))
    table = model._described().parameters
    for rank in range(lib.rec_tuning_count(tuning)):
        check(lib.rec_tuning_at(tuning, rank, row))
        check(lib.rec_tuning_parameters(tuning, rank, handle))
        parameters = {name: get(handle, table[name]) for name in varied}
        found.append(Point(parameters, row.value, row.deviation, row.fit_seconds, bool(row.diverged), row.rounds, row.resource))
    return found
