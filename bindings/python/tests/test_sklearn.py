# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's conventions: its own checks of estimators, searches, pipelines."""
import numpy as np
import pytest

import librec

sklearn = pytest.importorskip("sklearn", minversion="1.6")
import joblib
from sklearn.base import clone, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted, validate_data

# The checks hand over any number of columns of real numbers. X of librec are two columns of ids; so ids are made of the first two columns, behind
# scikit-learn's own checks of arrays, and what comes after is librec's.


class OfNumbers:
    """Before a model: numbers become ids."""

    def fit(self, X, y=None):
        if y is None:
            raise ValueError("requires y to be passed, but the target y is None")
        X, y = validate_data(self, X, y, y_numeric=True)
        return super().fit(to_ids(X), y)

    def predict(self, X):
        check_is_fitted(self)
        return super().predict(to_ids(validate_data(self, X, reset=False)))


def to_ids(X):
    return np.column_stack([np.rint(np.clip(column, -1e6, 1e6) * 3).astype(np.int64) for column in (X[:, 0], X[:, -1])])


class BaselineOfNumbers(OfNumbers, librec.Baseline):
    pass


class MFOfNumbers(OfNumbers, librec.MF):
    pass


class ItemKNNOfNumbers(OfNumbers, librec.ItemKNN):
    pass


NOT_APPLICABLE = {
    "check_regressors_train": "asks for a good fit of ten real columns; ids made of two of them cannot have it",
    "check_fit_score_takes_y": "calls partial_fit, which the adapter leaves alone",
    "check_n_features_in_after_fitting": "calls partial_fit, which the adapter leaves alone",
    "check_estimator_sparse_tag": "sparse X is a matrix of users x items, which the adapter does not hand on",
}


@pytest.mark.filterwarnings("ignore:Estimator:UserWarning")
@parametrize_with_checks([BaselineOfNumbers(), MFOfNumbers(factors=4, epochs=4), ItemKNNOfNumbers()],
                         expected_failed_checks=lambda _: NOT_APPLICABLE)
def test_checks_of_estimators(estimator, check):
    check(estimator)


def rating_models():
    return [name for name in librec.algorithms() if "predicts_ratings" in librec.algorithm(name).abilities]


@pytest.mark.parametrize("name", rating_models())
def test_rating_models_are_regressors_that_can_be_searched(name, stars, make):
    model = make(name)
    assert is_regressor(model) and clone(model).get_params() == model.get_params()
    pairs, values = stars
    if "needs_item_features" in model.abilities():
        pytest.skip("GridSearchCV hands over ids and ratings alone")
    scores = cross_val_score(model, pairs, values, cv=3, scoring="neg_root_mean_squared_error")
    assert len(scores) == 3 and np.isfinite(scores).all()
    search = GridSearchCV(model, {"seed": [1, 2]} if "seed" in model.get_params() else {"threads": [1, 2]}, cv=2).fit(pairs, values)
    assert np.isfinite(search.best_score_) and search.best_estimator_.predict(pairs[:3]).shape == (3,)


def test_a_search_finds_what_is_right(stars):
    pairs, values = stars
    folds = KFold(3, shuffle=True, random_state=0)
    search = GridSearchCV(librec.Baseline(), {"item_regularization": [0.1, 1e4], "user_regularization": [0.1, 1e4]}, cv=folds, n_jobs=2)
    with joblib.parallel_backend("threading"):
        search.fit(pairs, values)
    assert search.best_params_ == {"item_regularization": 0.1, "user_regularization": 0.1} and search.best_score_ > 0.6


def test_models_end_pipelines(stars):
    pairs, values = stars
    line = make_pipeline(FunctionTransformer(lambda ids: ids + 5), librec.Baseline()).fit(pairs, values)
    assert np.allclose(line.predict(pairs), librec.Baseline().fit(pairs + 5, values).predict(pairs + 5))


def test_not_fitted_is_also_theirs():
    with pytest.raises(NotFittedError) as raised:
        librec.Baseline().predict([[1, 2]])
    assert isinstance(raised.value, librec.NotFittedError) and raised.value.status == "REC_ERR_NOT_FITTED"


def test_rankers_are_no_regressors(plays):
    model = librec.IALS(factors=2, epochs=1)
    assert not is_regressor(model)
    assert clone(model.fit(plays)).get_params()["factors"] == 2
