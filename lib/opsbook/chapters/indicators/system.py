"""7.1.2: the registry as the reader reads it, and its families: fans, content, spread, conversion."""

import numpy as np
import pandas as pd

from opsbook.chapters.indicators import rows
from opsbook.data import indicators
from opsbook.errors import ParameterError
from opsbook.estimate import Estimate
from opsbook.methods import cascade, ratios

FAMILIES = {
    "fans": ("followers_total", "new_followers", "lost_followers", "net_followers"),
    "content": (
        "posts_published",
        "formats_used",
        "views",
        "interactions",
        "engagement_rate_by_views",
        "like_rate_by_views",
        "comment_rate_by_views",
        "repost_rate_by_views",
        "like_rate_by_impressions",
        "comment_rate_by_impressions",
        "repost_rate_by_impressions",
    ),
    "spread": (
        "reach",
        "shares_and_reposts",
        "share_rate_by_views",
        "repost_rate_by_views",
        "repost_rate_by_impressions",
    ),
    "conversion": (
        "click_through_rate",
        "conversion_rate",
        "orders_count",
        "sales_gross",
        "sales_paid",
        "sales_net",
        "refund_rate",
    ),
}

# Platforms count by views or by impressions; few export both.
_BASES = ("_by_views", "_by_impressions")


def registry(book):
    """Every indicator there is, in the reader's language, with this period's value and target.

    Columns: indicator (id), name, family, formula, unit, grain, source, direction, value, target,
    differs (how platforms count differently). One definition, read by every chapter.
    """
    known = indicators.registry()
    values = _values(book, tuple(known))
    targets = _targets(book)
    out = []
    for key, about in known.items():
        out.append(
            {
                "indicator": key,
                "name": book.indicator_name(key),
                "family": about.family,
                "formula": formula(book, about),
                "unit": book.translator.unit(about.unit),
                "grain": grain(book, about.view),
                "direction": about.direction,
                "value": values.get(key, np.nan),
                "target": targets.get(key, np.nan),
                "differs": "; ".join(
                    f"{book.translator.value(p)}: {book.translator.known(f'differs.{key}.{p}', text)}"
                    for p, text in about.differs.items()
                ),
                "source": book.translator.known(f"source.{about.source}", about.source),
            }
        )
    frame = pd.DataFrame(out)
    order = {name: i for i, name in enumerate(indicators.FAMILIES)}
    return frame.sort_values("family", key=lambda s: s.map(order), kind="stable", ignore_index=True)


def registry_shown(book, frame):
    """The registry with its figures written in their units, the id left out."""
    words = frame.drop(columns="indicator")
    names = frame["indicator"]
    for column in ("value", "target"):
        words[column] = [
            book.translator.write(v, _style(n)) for n, v in zip(names, frame[column], strict=True)
        ]
    return words


def formula(book, about):
    """An indicator's formula in the reader's words."""
    label = book.translator.label
    top = " + ".join(str(label(c.strip())) for c in about.numerator.split("+") if c.strip())
    if about.kind == "ratio":
        bottom = " + ".join(str(label(c.strip())) for c in about.denominator.split("+"))
        scale = f"{about.factor:,.0f} × " if about.factor != 1 else ""
        return f"{scale}Σ {top} ÷ Σ {bottom}"
    return book.t(f"formula.{about.kind}", what=top or grain(book, about.view))


def grain(book, view):
    """What one row of a view is, in the reader's words."""
    key = f"grain.{view}"
    return book.t(key) if book.translator.has(key) else view.replace("_", " ")


def family(book, name):
    """One family by account: account, then its indicators over the period.

    fans: followers, gained, lost, net, growth (net per follower). content: frequency, formats,
    interaction rates by likes, comments and reposts. spread: reach, shares and reposts.
    conversion: click-through, conversion, orders, sales, refunds. A rate that no account reports
    is left out.
    """
    wanted = FAMILIES[name]
    frame = indicators.compute(
        book.store,
        wanted,
        by=rows.KEY,
        period=book.period,
        version=book.version,
        filters=book.filters,
        equal_age=int(book.settings.thresholds["equal_age_days"]),
    )
    book.asked.update(rows.TABLES)
    frame = frame.dropna(subset=list(wanted), how="all").reset_index(drop=True)
    if frame.empty:
        return pd.DataFrame(columns=["account", *wanted])
    frame.insert(0, "account", rows.account_of(book, frame))
    unreported = [c for c in wanted if c.endswith(_BASES) and frame[c].isna().all()]
    frame = frame.drop(columns=unreported)
    if name == "fans":
        before = frame["followers_total"] - frame["net_followers"].fillna(0)
        frame["growth_rate"] = frame["net_followers"] / before.where(before > 0)
    if name == "content":
        frame.insert(4, "posts_per_week", frame["posts_published"] * 7 / book.period.days)
    first = "followers_total" if name == "fans" else wanted[0]
    return frame.drop(columns=rows.KEY).sort_values(first, ascending=False, ignore_index=True)


def regions(book, most=12):
    """Where followers live, newest export of each account: region, people or share, change.

    Columns: platform, account_id, region, share, share_before (the export before), change.
    """
    frame = book.frame("audience_profile")
    frame = frame[
        (frame["dimension"] == "region") & (frame["as_of_date"] <= pd.Timestamp(book.period.end))
    ]
    if frame.empty:
        return pd.DataFrame(columns=["account", "region", "share"])
    frame = frame.assign(account=rows.account_of(book, frame), region=frame["value"])
    dates = frame.groupby("account")["as_of_date"].rank(method="dense", ascending=False)
    newest = frame[dates == 1].set_index(["account", "region"])["share"]
    before = frame[dates == 2].set_index(["account", "region"])["share"]
    table = newest.rename("share").to_frame().join(before.rename("share_before"), how="left")
    table["change"] = table["share"] - table["share_before"]
    table = table.reset_index().sort_values("share", ascending=False)
    return table.head(most).reset_index(drop=True)


def interaction_rates(book):
    """Interaction rates by likes, comments and reposts per account, long: account, kind, rate."""
    frame = family(book, "content")
    kinds = [c for c in frame.columns if c.endswith(_BASES) and not c.startswith("engagement")]
    if frame.empty or not kinds:
        return pd.DataFrame(columns=["account", "indicator", "rate"])
    long = frame.melt("account", kinds, var_name="indicator", value_name="rate")
    long["indicator"] = [book.indicator_name(n) for n in long["indicator"]]
    return long.dropna(subset=["rate"]).reset_index(drop=True)


def _cascades(book):
    """The reposts of the last 90 days as cascades: dict of (platform, post) -> Cascade, and edges."""
    return book.once("cascades", lambda: _build(book))


def _build(book):
    edges = book.frame("reposts")
    end = pd.Timestamp(book.period.end) + pd.Timedelta(days=1)
    recent = edges[(edges["created_timestamp"] < end)]
    starts = recent.groupby("original_post_id")["created_timestamp"].transform("min")
    recent = recent[starts >= end - pd.Timedelta(days=90)]
    if recent.empty:
        return {}, recent
    recent = recent.assign(
        parent=recent["parent_repost_id"].fillna(recent["original_post_id"]),
        child=recent["repost_id"],
        time=recent["created_timestamp"],
    )
    sizes = recent.groupby(["platform", "original_post_id"]).size()
    built = {}
    for key in sizes[sizes >= 5].nlargest(20).index:
        part = recent[(recent["platform"] == key[0]) & (recent["original_post_id"] == key[1])]
        built[key] = cascade.key_nodes(part[["parent", "child", "time"]])
    return built, recent


def cascades(book):
    """How far and how fast posts were reposted: one row per cascade of the last 90 days.

    Columns: platform, post, reposts, reached (followers of who reposted, counted once a person),
    depth, breadth, half_time_h (hours until half of the reposts were there), virality (mean
    distance between two reposts), key_share (share of reposts below the widest node).
    """
    built, edges = _cascades(book)
    titles = _titles(book, [post for _, post in built])
    out = []
    for (platform, post), found in built.items():
        part = edges[(edges["platform"] == platform) & (edges["original_post_id"] == post)]
        people = part.drop_duplicates("person_key")["author_followers"].sum(min_count=1)
        below = found.nodes[found.nodes["depth"] > 0]
        out.append(
            (
                platform,
                titles.get(post, post),
                len(part),
                people,
                found.summary["depth"],
                found.summary["breadth"],
                found.summary["half_time"] / 3600,
                found.summary["structural_virality"],
                below["share"].max() if len(below) else np.nan,
                post,
            )
        )
    columns = ["platform", "post_title", "reposts", "reached", "depth", "breadth", "half_time_h"]
    return pd.DataFrame(out, columns=[*columns, "virality", "key_share", "post_id"])


def key_nodes(book, most=12):
    """The reposts that carried a cascade: one row per node, its share of all reposts of the post.

    Columns: platform, post_title, repost_id, person_key, author_followers, depth, descendants,
    share, low, high (Wilson interval). A node counts as key from 10 % of the cascade on.
    """
    built, edges = _cascades(book)
    titles = _titles(book, [post for _, post in built])
    people = (
        edges.set_index("repost_id")[["person_key", "author_followers"]] if len(edges) else None
    )
    out = []
    for (platform, post), found in built.items():
        size = int(found.summary["size"]) - 1
        below = found.nodes[(found.nodes["depth"] > 0) & (found.nodes["share"] >= 0.1)]
        for node in below.itertuples():
            who = people.loc[node.node] if node.node in people.index else None
            low, high = _wilson(node.descendants, size)
            out.append(
                (
                    platform,
                    titles.get(post, post),
                    node.node,
                    who["person_key"] if who is not None else None,
                    who["author_followers"] if who is not None else np.nan,
                    node.depth,
                    node.descendants,
                    node.share,
                    low,
                    high,
                    size,
                    post,
                )
            )
    columns = ["platform", "post_title", "repost_id", "person_key", "author_followers", "depth"]
    columns += ["descendants", "share", "low", "high", "n", "post_id"]
    table = pd.DataFrame(out, columns=columns)
    table = table.sort_values("share", ascending=False, ignore_index=True)
    _report_nodes(book, table)
    return table.head(most)


def tree(book, post_id=None, most=60):
    """The largest cascade (or that of a post), its widest nodes with their parents, for charts.tree."""
    built, edges = _cascades(book)
    if not built:
        return pd.DataFrame(columns=["node", "parent", "depth", "descendants", "share"])
    keys = [k for k in built if post_id is None or k[1] == post_id] or list(built)
    chosen = max(keys, key=lambda k: built[k].summary["size"])
    part = edges[(edges["platform"] == chosen[0]) & (edges["original_post_id"] == chosen[1])]
    parent = part.drop_duplicates("child").set_index("child")["parent"]
    nodes = built[chosen].nodes.copy()
    nodes["parent"] = nodes["node"].map(parent)
    # a node has fewer below it than its parent, so the widest nodes hang together
    return nodes.sort_values("descendants", ascending=False, kind="stable").head(most)


def _report_nodes(book, table):
    people = table.dropna(subset=["person_key"])
    if people.empty:
        return
    sums = people.groupby("person_key").agg(
        posts=("post_id", "nunique"), below=("descendants", "sum"), n=("n", "sum")
    )
    for person, row in sums.nlargest(3, "below").iterrows():
        low, high = _wilson(row["below"], row["n"])
        first = people[people["person_key"] == person].iloc[0]
        book.find(
            "7.1.2",
            "low",
            "7.1.2.carrier",
            subject=f"{book.translator.value(first['platform'])} · {person[:10]}",
            figure=Estimate(
                row["below"] / row["n"], low, high, int(row["n"]), "Wilson", unit="fraction"
            ),
            post=first["post_title"],
            posts=int(row["posts"]),
            below=int(row["below"]),
            repost=first["repost_id"],
        )


def _wilson(successes, trials):
    return ratios.wilson(float(successes), float(trials)) if trials else (np.nan, np.nan)


def _titles(book, posts):
    """Titles, else first words, of posts by id."""
    if not posts:
        return {}
    table = book.table("posts").filter(lambda t: t.post_id.isin(list(posts)))
    frame = book.pandas(table.select("post_id", "post_title", "post_message"))
    text = (
        frame["post_title"]
        .fillna("")
        .where(frame["post_title"].fillna("") != "", frame["post_message"].fillna(""))
    )
    short = text.str.split("\n").str[0].str.slice(0, 28)
    return dict(zip(frame["post_id"], short.where(short != "", frame["post_id"]), strict=True))


def _values(book, names):
    """Every indicator over the period, all accounts together: dict."""
    frame = indicators.compute(
        book.store,
        names,
        period=book.period,
        version=book.version,
        filters=book.filters,
        equal_age=int(book.settings.thresholds["equal_age_days"]),
    )
    return frame.iloc[0].to_dict() if len(frame) else {}


def _targets(book):
    """The brand's targets for the period, or its month: dict of indicator -> target."""
    frame = book.frame("targets")
    labels = [book.period.label, f"{book.period.end:%Y-%m}"]
    found = {}
    for label in reversed(labels):
        part = frame[(frame["period"] == label) & (frame["platform"] == "all")]
        for row in part.itertuples():
            try:
                found[indicators.indicator(row.indicator).id] = row.target
            except ParameterError:
                continue  # a target for something that is not measured is listed in 7.3.1
    return found


def _style(name):
    unit = indicators.indicator(name).unit
    return {"fraction": "p", "currency": "m"}.get(unit, "n" if unit else "d")
