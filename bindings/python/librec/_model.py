# SPDX-License-Identifier: Apache-2.0
"""The model: parameters, fitting, saving and what was learned. Ranking is in _rank.py, the classes of algorithms in _algorithms.py."""
from __future__ import annotations

import inspect
from typing import Any, ClassVar, Mapping, Optional, TypeVar

import numpy as np
import numpy.typing as npt

from ._arguments import Path, path_bytes
from ._contexts import Contexts, Words
from ._errors import InvalidError, UnsupportedError, check, not_fitted, text
from ._features import as_features
from ._ids import ids_array
from ._librec import ffi, lib
from ._progress import Callback, Watch
from ._rank import Ranking
from ._ratings import Ratings, as_ratings, from_bytes, through_file
from ._tables import Algorithm, Value, algorithm, get, put
from ._views import view

M = TypeVar("M", bound="Model")

_INPUTS = ("validation", "item_features", "user_features", "implicit", "weights", "item_text", "contexts")
CLASSES: dict[str, "type[Model]"] = {}


class Model(Ranking):
    """What all algorithms share: parameters as attributes, fit, recommend, similar items, explanations, saving.

    There is a class for each algorithm; this one opens whatever a file holds (``Model.load``).
    """

    _algorithm: ClassVar[str] = ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.__module__ == "librec._algorithms":
            CLASSES[cls._algorithm] = cls

    @classmethod
    def _described(cls) -> Algorithm:
        return algorithm(cls._algorithm)

    @classmethod
    def abilities(cls) -> frozenset[str]:
        """What the algorithm can do, such as "can_explain", "can_fold_in", "predicts_ratings"."""
        return cls._described().abilities

    @classmethod
    def _parameter_names(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name, as scikit-learn asks for them."""
        return {name: getattr(self, name) for name in self._parameter_names()}

    def set_params(self: M, **parameters: Any) -> M:
        """Change parameters; they count from the next fit on (threads at once)."""
        names = self._parameter_names()
        for name in parameters:
            if name not in names:
                raise InvalidError(f"{type(self).__name__} has no parameter {name!r}; it has {', '.join(names)}")
        for name, value in parameters.items():
            setattr(self, name, value)
            if name == "threads" and self._handle is not None:
                put(self._handle, name, value)
        return self

    def _settings(self) -> Mapping[str, Any]:
        """Values of librec's parameters."""
        return {name: getattr(self, name) for name in self._described().parameters}

    def _restore(self, values: Mapping[str, Value]) -> None:
        """Take over the parameters that an opened model has."""
        for name, value in values.items():
            setattr(self, name, value)

    def _new_handle(self) -> Any:
        """An unfitted model of librec's with these parameters."""
        out = ffi.new("rec_model **")
        check(lib.rec_model_create(out, self._algorithm.encode()))
        handle = ffi.gc(out[0], lib.rec_model_free)
        for name, value in self._settings().items():
            put(handle, name, value)
        return handle

    def fit(self: M, ratings: Any, y: Any = None, *, show_progress: Optional[bool] = None, callback: Optional[Callback] = None,
            validation: Any = None, item_features: Any = None, user_features: Any = None, implicit: Any = None, weights: Any = None,
            item_text: Any = None, contexts: Any = None, start_from: "Optional[Model]" = None) -> M:
        """Learn from ratings: a scipy.sparse matrix of users x items, librec.Ratings, a frame with columns user, item and perhaps rating, or
        pairs of ids (an array of two columns) with their ratings y.

        show_progress  a tqdm bar; None: where there is a terminal and tqdm
        callback       called as callback(step, seconds, loss); what it raises stops the fit, as Ctrl-C does
        validation     ratings to watch the loss on
        item_features, user_features  Features, or arrays whose rows are the items or users
        implicit       what users have seen, rated or not
        weights        how much each rating counts
        item_text      the TextVectorizer that made the item_features: the model and its file keep it (item_text)
        contexts       librec.Contexts: the circumstances of ratings, of algorithms with the ability "takes_contexts"
        start_from     a fitted model of the same kind to begin with

        The model is as it was when a fit fails or is stopped. Arrays and views of an earlier fit stay valid.
        """
        inputs = {"validation": validation, "item_features": item_features, "user_features": user_features, "implicit": implicit,
                  "weights": weights, "item_text": item_text, "contexts": contexts}
        data = as_ratings(ratings, y)
        handle, keep = self._prepared(inputs)
        if start_from is not None:
            check(lib.rec_model_start_from(handle, start_from._fitted()))
        Watch(show_progress, callback).run(handle, lambda: int(lib.rec_fit(handle, data._handle)))
        self._adopt(handle, data, keep)
        return self

    def plan(self, ratings: Any) -> dict[str, float]:
        """What a fit to these ratings would cost on this machine: seconds in all, before the first epoch and of each; the bytes it holds at its
        peak besides the ratings, and those of the ratings; the rates of the machine that this rests on."""
        estimate = ffi.new("rec_plan_estimate *", lib.rec_plan_estimate_usual())
        check(lib.rec_plan(self._new_handle(), as_ratings(ratings)._handle, estimate))
        return {name: getattr(estimate, name) for name in dir(estimate) if name not in ("size", "reserved")}

    def _prepared(self, inputs: Mapping[str, Any]) -> tuple[Any, Any]:
        """An unfitted model of librec's with what the caller gives besides ratings, and what it holds on to."""
        handle, keep = self._new_handle(), []
        for name, value in inputs.items():
            if name not in _INPUTS:
                raise InvalidError(f"there is no input {name!r}; one of {', '.join(_INPUTS)} was expected")
            if value is not None:
                given = name in ("item_text", "contexts")
                own: Any = value if given else as_features(value) if name.endswith("_features") else as_ratings(value)
                check(getattr(lib, "rec_model_set_" + name)(handle, own._fitted() if name == "item_text" else own._handle))
                keep.append(own)
        return handle, keep

    def _adopt(self, handle: Any, data: Optional[Ratings], keep: Any = None) -> None:
        """A fitted handle becomes the model's; data and keep hold what C may have borrowed."""
        self._handle, self._ratings, self._keep = handle, data, keep
        self._frames = "" if data is None else data._frames

    def fit_frame(self: M, frame: Any, user: str = "user", item: str = "item", rating: Optional[str] = "rating", time: Optional[str] = None,
                  duplicates: str = "last", *, context: Optional[Words] = None, **options: Any) -> M:
        """Learn from columns of a frame (Ratings.from_frame), with those that `context` names as contexts; options as fit takes them."""
        if context is not None:
            options["contexts"] = Contexts.from_frame(frame, context, user, item)
        return self.fit(Ratings.from_frame(frame, user, item, rating, time, duplicates), **options)

    def partial_fit(self: M, ratings: Any, y: Any = None, **options: Any) -> M:
        """Learn from new ratings besides those it has learned from, going on from what it knows; of a pair in both, the new rating counts.

        Algorithms with the ability "can_start" only; the first call is a fit.
        """
        if "can_start" not in self.abilities():
            raise UnsupportedError(f"{type(self).__name__} cannot go on from a fitted model; fit it on all ratings")
        if self._handle is None:
            return self.fit(ratings, y, **options)
        return self.fit(self.ratings.join(as_ratings(ratings, y)), start_from=self, **options)

    @property
    def ratings(self) -> Ratings:
        """The ratings it learned from."""
        view = lib.rec_model_ratings(self._fitted())
        if view == ffi.NULL:
            raise UnsupportedError("the model was saved without its ratings")
        return Ratings._own(lib.rec_ratings_retain(view), (self._ratings, self._keep), self._frames)

    def save(self, path: Path, with_ratings: bool = True) -> None:
        """Write a container file (safetensors); without ratings it is smaller, but can neither leave out what users have rated nor explain."""
        check(lib.rec_model_save_as(self._fitted(), path_bytes(path), 0 if with_ratings else lib.REC_SAVE_WITHOUT_RATINGS))

    @classmethod
    def load(cls: type[M], path: Path) -> M:
        """Map what save() wrote, in time that does not depend on its size; ``Model.load`` takes any algorithm."""
        handle = _opened(path)
        name = text(lib.rec_model_algorithm(handle))
        kind = cls if cls._algorithm else CLASSES[name]
        if kind._algorithm != name:
            raise InvalidError(f'the file holds a model of "{name}"; {cls.__name__} opens "{cls._algorithm}"')
        made: M = kind.__new__(kind)  # type: ignore[assignment]
        made._adopt(handle, None)
        made._restore({row.name: get(handle, row) for row in algorithm(name).parameters.values()})
        return made

    def __getstate__(self) -> dict[str, Any]:
        state = {name: value for name, value in self.__dict__.items() if name not in ("_handle", "_ratings", "_keep")}
        if self._handle is not None:
            state["_saved"] = through_file(self.save)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        saved = state.pop("_saved", None)
        if saved is not None:
            self._handle = from_bytes(saved, _opened)
        self.__dict__.update(state)

    @property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """All that was learned: read-only views by name."""
        handle, row, found = self._fitted(), ffi.new("rec_array *", lib.rec_array_usual()), {}
        owner = ffi.gc(lib.rec_model_retain(handle), lib.rec_model_free)
        for index in range(lib.rec_model_array_count(handle)):
            check(lib.rec_model_array_at(handle, index, row))
            found[text(row.name)] = view(row, owner)
        return found

    def _array(self, name: str) -> npt.NDArray[Any]:
        arrays = self.arrays
        if name not in arrays:
            raise UnsupportedError(f'{type(self).__name__} has no "{name}"; it has {", ".join(arrays)}')
        return arrays[name]

    @property
    def user_factors(self) -> npt.NDArray[Any]:
        """The users' vectors: a read-only view."""
        return self._array("user_vectors")

    @property
    def item_factors(self) -> npt.NDArray[Any]:
        """The items' vectors: a read-only view."""
        return self._array("item_vectors")

    @property
    def context_names(self) -> npt.NDArray[Any]:
        """The values of contexts that it has learned of, as "FIELD=VALUE"."""
        view = lib.rec_model_context_names(self._fitted())
        return np.empty(0, object) if view == ffi.NULL else ids_array(view)

    @property
    def item_text(self) -> Any:
        """The TextVectorizer that it was fitted with, for texts of new items; None when it has none."""
        from ._algorithms import TextVectorizer

        view = lib.rec_model_item_text(self._fitted())
        return None if view == ffi.NULL else TextVectorizer._own(lib.rec_text_retain(view))

    @property
    def loss_history(self) -> dict[str, npt.NDArray[np.float64]]:
        """The loss after each epoch, "training" and, if it was watched, "validation"; empty when the algorithm does not iterate."""
        training, validation, n = ffi.new("const double **"), ffi.new("const double **"), ffi.new("int64_t *")
        check(lib.rec_model_loss(self._fitted(), training, validation, n))
        both = (("training", training[0]), ("validation", validation[0]))
        return {name: np.frombuffer(ffi.buffer(ffi.cast("char *", view), n[0] * 8), np.float64).copy() for name, view in both
                if n[0] > 0 and view != ffi.NULL}

    def plot_loss(self, ax: Any = None) -> Any:
        """Draw the loss after each epoch (needs matplotlib); answers the axes."""
        from . import plot

        return plot.loss(self, ax=ax)

    def __sklearn_is_fitted__(self) -> bool:
        return self._handle is not None

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, RegressorTags, Tags, TargetTags

        rates = "predicts_ratings" in self.abilities()
        return Tags(estimator_type="regressor" if rates else None, target_tags=TargetTags(required=rates),
                    regressor_tags=RegressorTags() if rates else None, input_tags=InputTags(string=True, sparse=True, allow_nan=False))

    def __repr__(self) -> str:
        return repr_of(self)

    def _fitted(self) -> Any:
        if self._handle is None:
            raise not_fitted(f"this {type(self).__name__} is not fitted; call fit first")
        return self._handle


def _opened(path: Path) -> Any:
    """The handle of a saved model."""
    out = ffi.new("rec_model **")
    check(lib.rec_model_open(out, path_bytes(path)))
    return ffi.gc(out[0], lib.rec_model_free)


def repr_of(estimator: Any) -> str:
    """Its class, and the parameters that are not as usual."""
    usual = inspect.signature(type(estimator).__init__).parameters
    changed = [f"{name}={value!r}" for name, value in estimator.get_params().items() if value != usual[name].default]
    return f"{type(estimator).__name__}({', '.join(changed)})"
