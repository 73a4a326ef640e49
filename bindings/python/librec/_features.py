# SPDX-License-Identifier: Apache-2.0
"""Features of users or items: a vector each, dense or sparse."""
from __future__ import annotations

from typing import Any, Mapping, Optional

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse

from ._arguments import Path, floats, int32s, int64s, path_bytes, pointer
from ._errors import InvalidError, check
from ._ids import ids_array, make_ids
from ._librec import ffi, lib
from ._ratings import from_bytes, through_file


class Features:
    """A vector for each user or item, matched to the ratings by id; immutable.

    values is a dense array (rows x dimensions) or a scipy.sparse matrix; ids are the rows' (None: 0, 1, ...), names the columns'.

    >>> import librec, numpy
    >>> librec.Features(numpy.eye(3), ids=["tea", "milk", "rye"])
    <librec.Features: 3 rows of 3 dimensions, dense>
    """

    def __init__(self, values: Any, ids: Any = None, names: Any = None) -> None:
        out = ffi.new("rec_features **")
        own_ids = None if ids is None else make_ids(ids)
        own_names = None if names is None else make_ids(names)
        named = [ffi.NULL if handle is None else handle for handle in (own_ids, own_names)]
        if sparse.issparse(values):
            csr = values.tocsr()
            check(lib.rec_features_from_csr(out, *named, *csr.shape, pointer(int64s(csr.indptr), "int64_t[]"),
                                            pointer(int32s(csr.indices, "indices"), "int32_t[]"), pointer(floats(csr.data), "float[]")))
        else:
            dense = floats(values)
            if dense.ndim != 2:
                raise InvalidError(f"values have {dense.ndim} dimensions; rows and columns were expected")
            check(lib.rec_features_from_dense(out, *named, *dense.shape, pointer(dense, "float[]")))
        self._handle = ffi.gc(out[0], lib.rec_features_free)

    @classmethod
    def _own(cls, handle: Any) -> "Features":
        made = cls.__new__(cls)
        made._handle = ffi.gc(handle, lib.rec_features_free)
        return made

    @classmethod
    def read(cls, path: Path, format: Optional[str] = None, array: Optional[str] = None, ids: Any = None) -> "Features":
        """From a file: "triples" (id, feature, value), "dense" (id, value, value, ...), "bags", "npy", "safetensors", "vectors" (of words, as
        word2vec, GloVe and fastText write them), or None to find out.

        array names the matrix of a safetensors file of another writer; ids are the rows', of formats that have none of their own.
        """
        out, options = ffi.new("rec_features **"), ffi.new("rec_features_options *", lib.rec_features_options_usual())
        words = {name: ffi.new("char[]", value.encode()) for name, value in (("format", format), ("array", array)) if value is not None}
        for name, word in words.items():
            setattr(options, name, word)
        own_ids = None if ids is None else make_ids(ids)
        options.ids = ffi.NULL if own_ids is None else own_ids
        check(lib.rec_features_read_with(out, path_bytes(path), options))
        return cls._own(out[0])

    @classmethod
    def open(cls, path: Path) -> "Features":
        """Map what save() wrote."""
        out = ffi.new("rec_features **")
        check(lib.rec_features_open(out, path_bytes(path)))
        return cls._own(out[0])

    @classmethod
    def join(cls, blocks: Mapping[str, "Features"], weights: Optional[Mapping[str, float]] = None) -> "Features":
        """Features of several kinds as one, matched by id, so that the cosine of two rows weighs the blocks' cosines.

        The names of columns begin with their block's: "genre:Horror". weights: how much each block counts; those that are not named count 1.
        """
        unknown = set(weights or {}) - set(blocks)
        if unknown:
            raise InvalidError(f"weights has {', '.join(sorted(unknown))}; names of blocks were expected: {', '.join(blocks)}")
        labels = [ffi.new("char[]", label.encode()) for label in blocks]
        out, handles = ffi.new("rec_features **"), [as_features(block)._handle for block in blocks.values()]
        check(lib.rec_features_join(out, ffi.new("const rec_features *[]", handles), ffi.new("const char *[]", labels),
                                    [float((weights or {}).get(label, 1.0)) for label in blocks], len(blocks)))
        return cls._own(out[0])

    def save(self, path: Path) -> None:
        """Write a container file, which open() maps."""
        check(lib.rec_features_save(self._handle, path_bytes(path)))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and dimensions."""
        return int(lib.rec_features_count(self._handle)), int(lib.rec_features_dimensions(self._handle))

    @property
    def is_sparse(self) -> bool:
        """Whether it is stored as CSR."""
        return bool(lib.rec_features_sparse(self._handle))

    @property
    def ids(self) -> npt.NDArray[Any]:
        """The ids of the rows."""
        return ids_array(lib.rec_features_ids(self._handle))

    @property
    def names(self) -> Optional[npt.NDArray[Any]]:
        """The names of the columns; None when there are none."""
        handle = lib.rec_features_names(self._handle)
        return None if handle == ffi.NULL else ids_array(handle)

    def __repr__(self) -> str:
        n, dimensions = self.shape
        return f"<librec.Features: {n} rows of {dimensions} dimensions, {'sparse' if self.is_sparse else 'dense'}>"

    def __reduce__(self) -> Any:
        return _unpickle, (through_file(self.save),)


def _unpickle(data: bytes) -> Features:
    made: Features = from_bytes(data, Features.open)
    return made


def as_features(values: Any) -> Features:
    """Features as they are, or made from an array or a matrix whose rows are 0, 1, ..."""
    return values if isinstance(values, Features) else Features(np.asarray(values) if not sparse.issparse(values) else values)
