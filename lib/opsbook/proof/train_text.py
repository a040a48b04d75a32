"""Train the tone model from the review files and write its coefficients: no text is kept.

Run `python -m opsbook.proof.train_text FOLDER [OUT]`, FOLDER being what OPSBOOK_REAL_DATA names.
Rows are split by the hash of their text: a fifth is never trained on, in any language.
"""

import hashlib
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from opsbook.config import reference_path
from opsbook.methods.text import lexicon, ngrams, polarity

NETWORKS, HIDDEN, EPOCHS = 5, 16, 4


def held_out(text):
    """Whether a text belongs to the held-out fifth: sha256 of its UTF-8 bytes, modulo 100, < 20."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) % 100 < 20


def shop_reviews(folder):
    """Shop reviews: text, label (1 good, 0 bad), held."""
    frame = pd.read_csv(Path(folder) / "text" / "shop_reviews_zh.csv").dropna()
    frame = frame.rename(columns={"review": "text"})
    return frame.assign(held=frame.text.map(held_out)).reset_index(drop=True)


def takeaway_reviews(folder):
    """Takeaway reviews: text, label (1 good, 0 bad); never trained on."""
    frame = pd.read_csv(Path(folder) / "text" / "takeaway_reviews_zh.csv").dropna()
    return frame.rename(columns={"review": "text"}).reset_index(drop=True)


def airline_tweets(folder):
    """Airline tweets: text, label (0 negative, 1 neutral, 2 positive), held."""
    frame = pd.read_csv(Path(folder) / "text" / "airline_tweets_en.csv")
    label = frame.airline_sentiment.map({"negative": 0, "neutral": 1, "positive": 2})
    frame = pd.DataFrame({"text": frame.text, "label": label})
    return frame.assign(held=frame.text.map(held_out))


def _chinese(frame):
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier

    block = ngrams.block(list(frame.text))
    good = frame.label.to_numpy() == 1
    bags = polarity.bag_matrix(block, polarity.CHINESE_LENGTHS, polarity.CHINESE_BITS)
    weight = _naive_bayes(bags, good)
    tone = polarity.balance(lexicon.tone_sums(block, lexicon.tones())[:, :2])
    features = sparse.hstack([bags @ sparse.diags(weight), 0.3 * tone[:, None]]).tocsr()
    linear = LogisticRegression(C=6, solver="liblinear", random_state=0).fit(features, good)
    small = polarity.folded(bags, polarity.NETWORK_BITS)
    small.sum_duplicates()
    small_weight = _naive_bayes(small, good)
    networks = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few epochs are meant: more of them overfit
        for seed in range(NETWORKS):
            network = MLPClassifier(
                (HIDDEN,),
                alpha=1e-3,
                learning_rate_init=3e-3,
                batch_size=128,
                max_iter=EPOCHS,
                random_state=seed,
            )
            networks.append(network.fit((small @ sparse.diags(small_weight)).tocsr(), good))
    embedding = np.stack([n.coefs_[0] * small_weight[:, None] for n in networks])
    scale = np.abs(embedding).max(axis=(1, 2), keepdims=True) / 127
    # An int8 step of the largest weight would flatten the many small ones: clip the largest.
    scale = np.minimum(scale, np.quantile(np.abs(embedding), 0.9999) / 127)
    return {
        **_sparse("chinese", (linear.coef_[0, :-1] * weight)[:, None], flat=True),
        "chinese_bias": np.float32(linear.intercept_[0]),
        "chinese_tone": np.float32(linear.coef_[0, -1] * 0.3),
        "embedding": np.clip(np.round(embedding / scale), -127, 127).astype(np.int8),
        "embedding_scale": scale.astype(np.float32),
        "hidden_bias": np.stack([n.intercepts_[0] for n in networks]).astype(np.float32),
        "out": np.stack([n.coefs_[1][:, 0] for n in networks]).astype(np.float32),
        "out_bias": np.array([n.intercepts_[1][0] for n in networks], np.float32),
    }


def _naive_bayes(bags, good):
    """|log ratio of n-gram rates in good and bad texts| + 0.1; 0 where seen in one text only."""
    seen = (bags > 0).astype(np.float32)
    plus = 1 + np.asarray(seen[good].sum(axis=0)).ravel()
    minus = 1 + np.asarray(seen[~good].sum(axis=0)).ravel()
    ratio = np.abs(np.log((plus / plus.sum()) / (minus / minus.sum()))) + 0.1
    return np.where(plus + minus - 2 >= 2, ratio, 0).astype(np.float32)


def english(frame):
    """Coefficients of the English part, fitted to tweets: dict of arrays by their name in the npz."""
    from sklearn.linear_model import LogisticRegression

    block = ngrams.block(list(frame.text))
    bags = polarity.bag_matrix(block, polarity.ENGLISH_LENGTHS, polarity.ENGLISH_BITS)
    seen = np.bincount(bags.indices, minlength=bags.shape[1])
    weight = np.where(seen >= 3, np.log(bags.shape[0] / (1 + seen)) + 1, 0).astype(np.float32) / 4
    tone = polarity.valence(block)
    features = sparse.hstack([bags @ sparse.diags(weight), 2 * tone[:, None]]).tocsr()
    linear = LogisticRegression(C=6, class_weight="balanced", max_iter=500)
    linear.fit(features, frame.label.to_numpy())
    return {
        **_sparse("english", (linear.coef_[:, :-1] * weight).T),
        "english_bias": linear.intercept_.astype(np.float32),
        "english_tone": (2 * linear.coef_[:, -1]).astype(np.float32),
    }


def _sparse(name, weight, flat=False):
    """Buckets as steps between them, weights in half precision."""
    kept = np.flatnonzero(np.abs(weight).max(axis=1) > 1e-3)
    values = weight[kept].astype(np.float16)
    steps = np.diff(kept, prepend=0)
    return {
        f"{name}_step": steps.astype(np.uint32),
        f"{name}_weight": values[:, 0] if flat else values,
    }


def train(folder, out=None):
    """Fit on the training rows of `folder` and write the npz; returns its path."""
    shop, tweets = shop_reviews(folder), airline_tweets(folder)
    kept = {**_chinese(shop[~shop.held]), **english(tweets[~tweets.held])}
    out = Path(out) if out else reference_path("models", "sentiment.npz")
    np.savez_compressed(out, **kept)
    polarity.load.cache_clear()
    return out


if __name__ == "__main__":
    written = train(*sys.argv[1:3])
    print(f"{written.name}: {written.stat().st_size / 1e6:.2f} MB")
