"""One measured pass over a big store: python -m bench.overview ours|pandas FOLDER."""

import json
import resource
import sys
import time
from pathlib import Path


def ours(folder):
    """Every code cell of chapter 7's notebook, in order, as a kernel would run them."""
    path = Path(__file__).parents[1] / "notebooks" / "07_indicators.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    space = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), "cell", "exec"), space)


def plain(folder):
    """The same sums in pandas: every row read, the period's rows summed per platform."""
    import pandas as pd
    from deltalake import DeltaTable

    daily = DeltaTable(f"{folder}/data/store/post_daily").to_pandas()
    posts = DeltaTable(f"{folder}/data/store/posts").to_pandas()
    joined = daily.merge(
        posts[["platform", "account_id", "post_id", "created_timestamp"]],
        on=["platform", "account_id", "post_id"],
    )
    joined["interactions"] = joined[["likes", "comments", "shares"]].sum(axis=1)
    joined["date_day"] = (
        pd.to_datetime(joined["created_timestamp"]).dt.tz_convert("Asia/Shanghai").dt.date
    )
    return joined.groupby(["platform", "date_day"])[["views", "interactions"]].sum()


def main():
    who, folder = sys.argv[1:]
    start = time.perf_counter()
    (ours if who == "ours" else plain)(folder)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "mib": peak}))


if __name__ == "__main__":
    main()
