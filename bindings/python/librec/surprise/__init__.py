# SPDX-License-Identifier: Apache-2.0
"""Surprise's names over librec's algorithms: Dataset, Reader, Trainset, SVD, KNNBaseline and the others, accuracy, model_selection.

>>> from librec.surprise import SVD, Dataset, Reader, accuracy
>>> from librec.surprise.model_selection import train_test_split
>>> data = Dataset.load_from_df({"u": ["ann", "bob"] * 20, "i": [*range(20)] * 2, "r": [1, 5] * 20}, Reader(rating_scale=(1, 5)))
>>> trainset, testset = train_test_split(data, test_size=0.25, random_state=0)
>>> algo = SVD(n_factors=4, random_state=0).fit(trainset)
>>> algo.predict("ann", 3).est < algo.predict("bob", 3).est
True
>>> accuracy.rmse(algo.test(testset), verbose=False) < 2
True
"""
from . import accuracy, model_selection
from ._algorithms import (NMF, SVD, AlgoBase, BaselineOnly, CoClustering, KNNBaseline, KNNBasic, KNNWithMeans, KNNWithZScore, NormalPredictor,
                          Prediction, SlopeOne, SVDpp)
from ._dataset import Dataset, Reader, Trainset

__all__ = ["NMF", "SVD", "AlgoBase", "BaselineOnly", "CoClustering", "Dataset", "KNNBaseline", "KNNBasic", "KNNWithMeans", "KNNWithZScore",
           "NormalPredictor", "Prediction", "Reader", "SVDpp", "SlopeOne", "Trainset", "accuracy", "model_selection"]
