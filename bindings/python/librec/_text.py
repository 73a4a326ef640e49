# SPDX-License-Identifier: Apache-2.0
"""Text to features. The class TextVectorizer with its parameters is in _algorithms.py, made from librec's table."""
from __future__ import annotations

import inspect
from typing import Any, Optional, Sequence, TypeVar

import numpy as np
import numpy.typing as npt

from ._arguments import Path, Texts, path_bytes
from ._errors import InvalidError, check, not_fitted, text
from ._features import Features, as_features
from ._ids import ids_array, make_ids
from ._librec import ffi, lib
from ._model import repr_of
from ._ratings import from_bytes, through_file
from ._tables import Value, text_parameters

T = TypeVar("T", bound="Vectorizing")


def _documents(texts: Any, ids: Any) -> Any:
    if isinstance(texts, str):
        raise InvalidError("texts is one string; a list of them was expected")
    own, strings = None if ids is None else make_ids(ids), Texts.encode(texts, "a text")
    out = ffi.new("rec_documents **")
    check(lib.rec_documents_from_text(out, ffi.NULL if own is None else own, strings.pointers, len(strings)))
    return ffi.gc(out[0], lib.rec_documents_free)


def read_documents(path: Path, columns: Sequence[str] = ()) -> tuple[npt.NDArray[Any], list[str]]:
    """(ids, texts) of a file of lines, the first field being the id: the texts of these columns, joined, or of all that follow."""
    out = ffi.new("rec_documents **")
    check(lib.rec_documents_read(out, path_bytes(path), ",".join(columns).encode() if columns else ffi.NULL))
    documents = ffi.gc(out[0], lib.rec_documents_free)
    rows = range(lib.rec_documents_count(documents))
    return ids_array(lib.rec_documents_ids(documents)), [text(lib.rec_documents_text(documents, row)) for row in rows]


def embed_texts(texts: Any, words: Features, *, ids: Any = None, a: float = 1e-3, components: int = 1,
                vectorizer: Optional[Vectorizing] = None) -> Features:
    """Dense vectors of texts: the weighted means of those of their words (Arora, Liang and Ma, 2017).

    words       dense Features whose ids are words: Features.read of a file of word2vec, GloVe or fastText
    a           a word of probability p counts a / (a + p); 0: all count 1
    components  what so many directions, those that all texts have most in common, contribute is taken away
    vectorizer  its parameters say what words are; None: the usual ones
    """
    out, how = ffi.new("rec_features **"), ffi.new("rec_embedding *", lib.rec_embedding_usual())
    how.a, how.components = a, components
    text_handle = None if vectorizer is None else vectorizer._handle or vectorizer._new_handle(None)
    how.text = ffi.NULL if text_handle is None else text_handle
    check(lib.rec_documents_embed(out, _documents(texts, ids), words._handle, how))
    return Features._own(out[0])


class Vectorizing:
    """What a vectorizer does: words of documents to vectors, weighed by how rare they are."""

    _handle: Any = None

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name, as scikit-learn asks for them."""
        return {name: getattr(self, name) for name in text_parameters()}

    def set_params(self: T, **parameters: Any) -> T:
        """Change parameters; they count from the next fit on."""
        for name, value in parameters.items():
            if name not in text_parameters():
                raise InvalidError(f"{type(self).__name__} has no parameter {name!r}; it has {', '.join(text_parameters())}")
            setattr(self, name, value)
        return self

    def _new_handle(self, extra_stop_words: Optional[Sequence[str]]) -> Any:
        out = ffi.new("rec_text **")
        check(lib.rec_text_create(out))
        handle = ffi.gc(out[0], lib.rec_text_free)
        for name, value in self.get_params().items():
            if isinstance(value, str):
                check(lib.rec_text_set_text(handle, name.encode(), value.encode()))
            else:
                check(lib.rec_text_set(handle, name.encode(), float("nan") if value is None else float(value)))
        if extra_stop_words is not None:
            check(lib.rec_text_set_stop_words(handle, make_ids(extra_stop_words)))
        return handle

    def fit_transform(self, texts: Any, y: Any = None, *, ids: Any = None, extra_stop_words: Optional[Sequence[str]] = None) -> Features:
        """Learn the terms of texts, and answer their vectors: Features, with the terms as names and these ids.

        texts: strings; or Features of counts made elsewhere, whose names, if it has some, are the terms. extra_stop_words are left out
        besides those of the parameter stop_words.
        """
        handle, out = self._new_handle(extra_stop_words), ffi.new("rec_features **")
        if isinstance(texts, Features):
            check(lib.rec_text_fit_counts(handle, texts._handle, out))
        else:
            check(lib.rec_text_fit(handle, _documents(texts, ids), out))
        self._handle = handle
        return Features._own(out[0])

    def fit(self: T, texts: Any, y: Any = None, *, extra_stop_words: Optional[Sequence[str]] = None) -> T:
        """Learn the terms of texts and how rare they are."""
        self.fit_transform(texts, extra_stop_words=extra_stop_words)
        return self

    def transform(self, texts: Any, *, ids: Any = None) -> Features:
        """The vectors of other texts, or counts; terms that the fit has not met do not count."""
        out = ffi.new("rec_features **")
        if isinstance(texts, Features):
            check(lib.rec_text_transform_counts(self._fitted(), as_features(texts)._handle, out))
        else:
            check(lib.rec_text_transform(self._fitted(), _documents(texts, ids), out))
        return Features._own(out[0])

    @property
    def terms(self) -> Optional[npt.NDArray[Any]]:
        """The terms, by dimension; None when counts had no names."""
        handle = lib.rec_text_terms(self._fitted())
        return None if handle == ffi.NULL else ids_array(handle)

    def get_feature_names_out(self, input_features: Any = None) -> Optional[npt.NDArray[Any]]:
        """The terms, under scikit-learn's name."""
        return self.terms

    @property
    def idf_(self) -> npt.NDArray[np.float64]:
        """What each term's count is multiplied by."""
        values, n = ffi.new("const double **"), ffi.new("int32_t *")
        check(lib.rec_text_idf(self._fitted(), values, n))
        return np.frombuffer(ffi.buffer(values[0], n[0] * 8), np.float64).copy() if n[0] else np.empty(0)

    def save(self, path: Path) -> None:
        """Write a container file, which load() maps."""
        check(lib.rec_text_save(self._fitted(), path_bytes(path)))

    @classmethod
    def load(cls: type[T], path: Path) -> T:
        """Map what save() wrote."""
        out = ffi.new("rec_text **")
        check(lib.rec_text_open(out, path_bytes(path)))
        return cls._own(out[0])

    @classmethod
    def _own(cls: type[T], handle: Any) -> T:
        """Take over a fitted handle, with its parameters."""
        made, number = cls.__new__(cls), ffi.new("double *")
        made._handle = ffi.gc(handle, lib.rec_text_free)
        for name, row in text_parameters().items():
            check(lib.rec_text_get(made._handle, name.encode(), number))
            value: Value = row.value(number[0])
            setattr(made, name, value)
        return made

    def _fitted(self) -> Any:
        if self._handle is None:
            raise not_fitted(f"this {type(self).__name__} is not fitted; call fit first")
        return self._handle

    def __sklearn_is_fitted__(self) -> bool:
        return self._handle is not None

    def __getstate__(self) -> dict[str, Any]:
        state = {name: value for name, value in self.__dict__.items() if name != "_handle"}
        return state if self._handle is None else {**state, "_saved": through_file(self.save)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        saved = state.pop("_saved", None)
        if saved is not None:
            self._handle = from_bytes(saved, type(self).load)._handle
        self.__dict__.update(state)

    def __repr__(self) -> str:
        return repr_of(self)
