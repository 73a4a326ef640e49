# SPDX-License-Identifier: Apache-2.0
"""Surprise's algorithms: librec's, under Surprise's names of classes and parameters and with its usual values."""
from __future__ import annotations

from typing import Any, ClassVar, Iterable, Mapping, NamedTuple, Optional, TypeVar

import numpy as np

from .._arguments import Path
from .._errors import InvalidError, UnsupportedError
from .._model import Model
from ._dataset import Trainset

A = TypeVar("A", bound="AlgoBase")


class Prediction(NamedTuple):
    """A predicted rating, and what it was of."""

    uid: Any
    iid: Any
    r_ui: Optional[float]
    est: float
    details: dict[str, Any]

    def __str__(self) -> str:
        truth = "None" if self.r_ui is None else f"{self.r_ui:.2f}"
        return f"user: {self.uid:<10} item: {self.iid:<10} r_ui = {truth}   est = {self.est:.2f}   {self.details}"


class AlgoBase(Model):
    """What Surprise's algorithms share: fit on a Trainset, predict by raw ids, test."""

    _scale: Optional[tuple[float, float]] = None

    def fit(self: A, trainset: Any, y: Any = None, **options: Any) -> A:  # type: ignore[override]
        """Learn from a Trainset, a Dataset, or whatever Model.fit takes."""
        options.setdefault("show_progress", bool(getattr(self, "verbose", False)))
        super().fit(trainset, y, **options)
        self._scale = trainset.rating_scale if isinstance(trainset, Trainset) else self.ratings.range
        return self

    def _clipped(self, estimates: Any, clip: bool) -> Any:
        return np.clip(estimates, *self._scale) if clip and self._scale is not None else estimates

    def predict(self, uid: Any, iid: Any, r_ui: Optional[float] = None, clip: bool = True,  # type: ignore[override]
                verbose: bool = False) -> Prediction:
        """The rating of an item by a user, both raw ids; of those that the trainset lacks, by what is known of the other, or the mean."""
        estimate = float(self._clipped(self._predict_ids(_column([uid]), _column([iid])), clip)[0])
        made = Prediction(uid, iid, r_ui, estimate, {"was_impossible": False})
        if verbose:
            print(made)
        return made

    def test(self, testset: Iterable[tuple[Any, Any, float]], verbose: bool = False) -> list[Prediction]:
        """A prediction for each (raw user id, raw item id, rating)."""
        users, items, truths = (list(column) for column in zip(*testset))
        estimates = self._clipped(self._predict_ids(_column(users), _column(items)), True).tolist()
        made = [Prediction(*row, {"was_impossible": False}) for row in zip(users, items, truths, estimates)]
        if verbose:
            print(*made, sep="\n")
        return made

    @classmethod
    def load(cls: type[A], path: Path) -> A:
        """Not under Surprise's names: pickle keeps those, and librec.Model.load opens what save() wrote."""
        raise UnsupportedError(f"a file does not hold the parameters of {cls.__name__}; pickle does, or open it by librec.Model.load")

    def get_neighbors(self, iid: int, k: int) -> list[int]:
        """The k nearest rows of a row: of items, or of users where the algorithm compares these."""
        near = self.similar_users if self._algorithm == "userknn" else self.similar_items
        found: list[int] = near(iid, k)[0].tolist()
        return found


def _column(values: list[Any]) -> Any:
    return np.asarray(values) if all(isinstance(value, (int, np.integer)) for value in values) else np.array(list(map(str, values)), object)


def _seed(random_state: Any) -> int:
    return 42 if random_state is None else int(random_state)


def _or(value: Optional[float]) -> float:
    """librec's word for `as the others`."""
    return -1 if value is None else value


class SVD(AlgoBase):
    """Matrix factorization with biases by stochastic gradient descent: librec's mf."""

    _algorithm: ClassVar[str] = "mf"

    def __init__(self, n_factors: int = 100, n_epochs: int = 20, biased: bool = True, init_std_dev: float = 0.1, lr_all: float = 0.005,
                 reg_all: float = 0.02, lr_bu: Optional[float] = None, lr_bi: Optional[float] = None, lr_pu: Optional[float] = None,
                 lr_qi: Optional[float] = None, reg_bu: Optional[float] = None, reg_bi: Optional[float] = None, reg_pu: Optional[float] = None,
                 reg_qi: Optional[float] = None, random_state: Optional[int] = None, verbose: bool = False) -> None:
        self.n_factors, self.n_epochs, self.biased, self.init_std_dev = n_factors, n_epochs, biased, init_std_dev
        self.lr_all, self.reg_all = lr_all, reg_all
        self.lr_bu, self.lr_bi, self.lr_pu, self.lr_qi = lr_bu, lr_bi, lr_pu, lr_qi
        self.reg_bu, self.reg_bi, self.reg_pu, self.reg_qi = reg_bu, reg_bi, reg_pu, reg_qi
        self.random_state, self.verbose = random_state, verbose

    def _settings(self) -> Mapping[str, Any]:
        return {"solver": "sgd", "scaling": "count", "decay": 1, "factors": self.n_factors, "epochs": self.n_epochs, "biases": self.biased,
                "init_deviation": self.init_std_dev, "learning_rate": self.lr_all, "regularization": self.reg_all,
                "bias_regularization": self.reg_all, "user_bias_rate": _or(self.lr_bu), "item_bias_rate": _or(self.lr_bi),
                "user_rate": _or(self.lr_pu), "item_rate": _or(self.lr_qi), "user_bias_regularization": _or(self.reg_bu),
                "item_bias_regularization": _or(self.reg_bi), "user_regularization": _or(self.reg_pu), "item_regularization": _or(self.reg_qi),
                "seed": _seed(self.random_state)}

    pu = Model.user_factors
    qi = Model.item_factors


class SVDpp(AlgoBase):
    """SVD++, which learns from what users chose to rate too: librec's svdpp."""

    _algorithm: ClassVar[str] = "svdpp"

    def __init__(self, n_factors: int = 20, n_epochs: int = 20, init_std_dev: float = 0.1, lr_all: float = 0.007, reg_all: float = 0.02,
                 random_state: Optional[int] = None, verbose: bool = False) -> None:
        self.n_factors, self.n_epochs, self.init_std_dev, self.lr_all, self.reg_all = n_factors, n_epochs, init_std_dev, lr_all, reg_all
        self.random_state, self.verbose = random_state, verbose

    def _settings(self) -> Mapping[str, Any]:
        return {"scaling": "count", "decay": 1, "factors": self.n_factors, "epochs": self.n_epochs, "init_deviation": self.init_std_dev,
                "learning_rate": self.lr_all, "bias_learning_rate": self.lr_all, "regularization": self.reg_all,
                "bias_regularization": self.reg_all, "implicit_regularization": self.reg_all, "seed": _seed(self.random_state)}


class NMF(AlgoBase):
    """Non-negative matrix factorization by multiplicative steps: librec's nmf."""

    _algorithm: ClassVar[str] = "nmf"

    def __init__(self, n_factors: int = 15, n_epochs: int = 50, biased: bool = False, reg_pu: float = 0.06, reg_qi: float = 0.06,
                 reg_b: float = 0.02, init_low: float = 0, init_high: float = 1, random_state: Optional[int] = None, verbose: bool = False) -> None:
        self.n_factors, self.n_epochs, self.biased = n_factors, n_epochs, biased
        self.reg_pu, self.reg_qi, self.reg_b, self.init_low, self.init_high = reg_pu, reg_qi, reg_b, init_low, init_high
        self.random_state, self.verbose = random_state, verbose

    def _settings(self) -> Mapping[str, Any]:
        return {"scaling": "count", "solver": "multiplicative", "factors": self.n_factors, "epochs": self.n_epochs, "biases": self.biased,
                "user_regularization": self.reg_pu, "item_regularization": self.reg_qi, "bias_regularization": self.reg_b,
                "init_least": self.init_low, "init_greatest": self.init_high, "seed": _seed(self.random_state)}


class SlopeOne(AlgoBase):
    """Slope one: mean differences between items."""

    _algorithm: ClassVar[str] = "slopeone"

    def __init__(self) -> None:
        pass

    def _settings(self) -> Mapping[str, Any]:
        return {"weighting": "even"}


class CoClustering(AlgoBase):
    """Clusters of users and of items at once."""

    _algorithm: ClassVar[str] = "coclustering"

    def __init__(self, n_cltr_u: int = 3, n_cltr_i: int = 3, n_epochs: int = 20, random_state: Optional[int] = None, verbose: bool = False) -> None:
        self.n_cltr_u, self.n_cltr_i, self.n_epochs, self.random_state, self.verbose = n_cltr_u, n_cltr_i, n_epochs, random_state, verbose

    def _settings(self) -> Mapping[str, Any]:
        return {"user_clusters": self.n_cltr_u, "item_clusters": self.n_cltr_i, "epochs": self.n_epochs, "seed": _seed(self.random_state)}


class NormalPredictor(AlgoBase):
    """Random ratings of the right mean and spread: librec's random."""

    _algorithm: ClassVar[str] = "random"

    def __init__(self) -> None:
        pass

    def _settings(self) -> Mapping[str, Any]:
        return {}


def _checked(options: Optional[Mapping[str, Any]], usual: Mapping[str, Any], what: str) -> dict[str, Any]:
    unknown = set(options or {}) - set(usual)
    if unknown:
        raise InvalidError(f"{what} has {', '.join(sorted(unknown))}; {', '.join(usual)} were expected")
    return {**usual, **(options or {})}


class BaselineOnly(AlgoBase):
    """The mean, and how far users and items lie from it: librec's baseline; bsl_options: n_epochs, reg_u, reg_i of alternating least squares."""

    _algorithm: ClassVar[str] = "baseline"
    _usual: ClassVar[Mapping[str, Any]] = {"method": "als", "n_epochs": 10, "reg_u": 15, "reg_i": 10}

    def __init__(self, bsl_options: Optional[Mapping[str, Any]] = None, verbose: bool = False) -> None:
        self.bsl_options, self.verbose = bsl_options, verbose

    def _settings(self) -> Mapping[str, Any]:
        options = _checked(self.bsl_options, self._usual, "bsl_options")
        if options["method"] != "als":
            raise InvalidError(f'bsl_options has the method "{options["method"]}"; "als" was expected (librec.Baseline knows sgd)')
        return {"solver": "als", "epochs": options["n_epochs"], "user_regularization": options["reg_u"], "item_regularization": options["reg_i"]}


class KNNBasic(AlgoBase):
    """Mean ratings of the k nearest users, or items: librec's userknn and itemknn.

    sim_options: name ("msd", "cosine", "pearson", "pearson_baseline"), user_based, min_support, shrinkage.
    """

    _algorithm: ClassVar[str] = "userknn"
    _mode: ClassVar[str] = "basic"
    _similarities: ClassVar[Mapping[str, str]] = {"cosine": "common_cosine", "msd": "msd", "pearson": "pearson",
                                                  "pearson_baseline": "pearson_baseline"}

    def __init__(self, k: int = 40, min_k: int = 1, sim_options: Optional[Mapping[str, Any]] = None, verbose: bool = False) -> None:
        self.k, self.min_k, self.sim_options, self.verbose = k, min_k, sim_options, verbose

    def _options(self) -> dict[str, Any]:
        options = _checked(self.sim_options, {"name": "msd", "user_based": True, "min_support": 1, "shrinkage": 100}, "sim_options")
        name = str(options["name"]).lower()
        if name not in self._similarities:
            raise InvalidError(f'sim_options has the name "{name}"; one of {", ".join(self._similarities)} was expected')
        return {**options, "name": name}

    def _new_handle(self) -> Any:
        self.__dict__["_algorithm"] = "userknn" if self._options()["user_based"] else "itemknn"
        return super()._new_handle()

    def _settings(self) -> Mapping[str, Any]:
        options = self._options()
        return {"mode": self._mode, "similarity": self._similarities[options["name"]], "k": self.k, "min_k": self.min_k, "neighbors": 1000000,
                "min_support": options["min_support"], "shrinkage": options["shrinkage"] if options["name"] == "pearson_baseline" else 0,
                "amplification": 1, "damping": 0, "user_regularization": 15, "item_regularization": 10, "epochs": 10}


class KNNWithMeans(KNNBasic):
    """As KNNBasic, of what lies above each one's mean."""

    _mode: ClassVar[str] = "means"


class KNNWithZScore(KNNBasic):
    """As KNNWithMeans, in units of each one's spread."""

    _mode: ClassVar[str] = "zscore"


class KNNBaseline(KNNBasic):
    """As KNNBasic, of what lies above the baseline."""

    _mode: ClassVar[str] = "baseline"


