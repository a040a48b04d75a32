"""The sample brand: other seeds have other truths, plantings can be left out, files import."""

import tomllib

import numpy as np
import pandas as pd
import pytest

import opsbook
from opsbook.config import DISTRIBUTION
from opsbook.data import schema
from opsbook.data.sample import generate
from opsbook.data.sample.truth import PLANTINGS, draw
from opsbook.errors import ParameterError

SHIPPED = DISTRIBUTION / "data" / "sample"
TEXT = (".csv", ".json", ".xls", ".toml")


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return generate(tmp_path_factory.mktemp("sample"), seed=11)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The same seed with nothing planted."""
    return generate(tmp_path_factory.mktemp("plain"), seed=11, without=set(PLANTINGS))


def folded(frame, mask, value):
    """Mean logarithm inside a mask over that outside of it."""
    return float(np.log(frame.loc[mask, value]).mean() - np.log(frame.loc[~mask, value]).mean())


def within_platform(posts, value):
    """A value over the geometric mean of its platform."""
    level = np.log(posts[value].clip(lower=1)).groupby(posts["platform"]).transform("mean")
    return np.exp(np.log(posts[value].clip(lower=1)) - level)


def test_same_arguments_give_the_same_bytes(tmp_path):
    one = generate(tmp_path / "a", seed=3, scale=0.1)
    two = generate(tmp_path / "b", seed=3, scale=0.1)
    assert [f.relative_to(one.folder) for f in one.files] == [
        f.relative_to(two.folder) for f in two.files
    ]
    text = [(a, b) for a, b in zip(one.files, two.files, strict=True) if a.suffix in TEXT]
    assert len(text) > 40
    assert [a.name for a, b in text if a.read_bytes() != b.read_bytes()] == []


def test_another_seed_has_another_truth():
    truths = [draw(seed) for seed in range(12)]
    fixed = [name for name in PLANTINGS if len({str(truth[name]) for truth in truths}) < 3]
    assert fixed == []
    for name in ("posting_hours", "bursts", "campaigns", "creatives", "response", "complaints"):
        assert len({str(truth[name]) for truth in truths}) == 12


def test_a_planting_left_out_changes_no_other():
    full, less = draw(5), draw(5, {"bursts"})
    assert less["bursts"] == {"planted": False, "sections": ["8.1.2", "8.2.2"]}
    assert {k: v for k, v in full.items() if k != "bursts"} == {
        k: v for k, v in less.items() if k != "bursts"
    }


def test_a_wrong_planting_or_scale_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="themas"):
        generate(tmp_path, without={"themas"})
    with pytest.raises(ParameterError, match="scale"):
        generate(tmp_path, scale=0)


def test_the_truth_file_says_what_was_planted(sample, plain):
    told = tomllib.loads((sample.folder / "truth.toml").read_text(encoding="utf-8"))
    assert told["seed"] == 11
    assert set(PLANTINGS) <= set(told)
    assert all(told[name]["planted"] for name in PLANTINGS)
    none = tomllib.loads((plain.folder / "truth.toml").read_text(encoding="utf-8"))
    assert not any(none[name]["planted"] for name in PLANTINGS)


def test_volumes(sample):
    rows = {name: len(frame) for name, frame in sample.frames.items()}
    assert 2000 < rows["posts"] < 3200
    assert 8500 < rows["comments"] < 12000
    assert 10000 < rows["orders"] < 16000
    assert rows["ads_daily"] > 6000
    assert sample.frames["posts"]["platform"].nunique() == 8


def test_posting_hours(sample, plain):
    def effect(made, hours):
        posts = made.frames["posts"]
        value = posts.assign(rel=within_platform(posts, "views"))
        near = pd.Series(False, index=posts.index)
        for platform, plan in hours.items():
            if platform not in ("planted", "sections"):
                at = posts["at"].dt.hour + posts["at"].dt.minute / 60
                near |= (posts["platform"] == platform) & ((at - plan["hour"] - 0.5).abs() < 1)
        return folded(value, near, "rel")

    hours = sample.truth["posting_hours"]
    assert effect(sample, hours) > 0.3
    assert abs(effect(plain, hours)) < 0.12


def test_themes_and_writing(sample, plain):
    def theme(made, name):
        posts = made.frames["posts"]
        posts = posts.assign(rate=(posts["likes"] + 1) / posts["views"])
        return folded(
            posts.assign(rel=within_platform(posts.assign(rate=posts["rate"] * 1e6), "rate")),
            posts["theme"] == name,
            "rel",
        )

    best, worst = sample.truth["themes"]["best"], sample.truth["themes"]["worst"]
    assert theme(sample, best) > 0.3 > -0.15 > theme(sample, worst)
    assert abs(theme(plain, best)) < 0.1

    def asked(made):
        posts = made.frames["posts"]
        return folded(
            posts.assign(rate=(posts["comments"] + 0.5) / posts["views"]),
            posts[sample.truth["writing"]["best"]],
            "rate",
        )

    if sample.truth["writing"]["best"] != "number":
        assert asked(sample) > 0.25


def test_campaign_lift(sample, plain):
    plan = sample.truth["campaigns"]

    def lift(made, which):
        orders = made.frames["orders"]
        own = orders[
            (orders["shop_account_id"] == plan[which]["shop"]) & (orders["channel"] == "own")
        ]
        day = own["created_at"].dt.date
        inside = (day >= plan[which]["start"]) & (day <= plan[which]["end"])
        days = (plan[which]["end"] - plan[which]["start"]).days + 1
        around = (
            (day >= plan[which]["start"] - pd.Timedelta(days=35))
            & (day <= plan[which]["end"] + pd.Timedelta(days=35))
            & ~inside
        )
        return (inside.sum() / days) / (around.sum() / 70) - 1

    assert lift(sample, "real") > 0.35
    assert abs(lift(sample, "null")) < 0.35
    assert lift(plain, "real") < 0.35


def test_ads_wear_out_and_creatives_differ(sample, plain):
    def halves(made):
        ads = made.frames["ads_daily"]
        worn = ads[ads["_worn"]].sort_values("date_day", kind="stable")
        days = pd.to_datetime(worn["date_day"])
        first = days <= days.median()
        rate = worn.groupby(first)[["clicks", "impressions"]].sum()
        rate = rate["clicks"] / rate["impressions"]
        return rate[False] / rate[True]

    assert halves(sample) < 0.6
    assert 0.9 < halves(plain) < 1.1


def test_spend_causes_orders_and_one_channel_is_overspent(sample, plain):
    caused, plan = sample.frames["caused"], sample.truth["response"]
    spend = sample.frames["spend"]
    at_double = {}
    for channel, c in plan["channels"].items():
        usual = spend[channel].mean()
        at_double[channel] = (2 * usual / (2 * usual + c["half_saturation"])) / (
            usual / (usual + c["half_saturation"])
        )
    assert min(at_double, key=at_double.get) == plan["overspent"]
    assert max(at_double, key=at_double.get) == plan["underspent"]
    assert (caused.sum() > 500).all()
    assert (plain.frames["caused"].sum() == 0).all()
    by_channel = sample.frames["orders"].drop_duplicates("order_id")["channel"].value_counts()
    assert by_channel["google_ads"] == pytest.approx(caused["google_ads"].sum(), rel=0.15)


def test_parts_of_an_audience_add_up(sample):
    daily, parts = sample.frames["ads_daily"], sample.frames["breakdowns"]
    meta = parts[parts["platform"] == "meta_ads"]
    whole = daily[(daily["platform"] == "meta_ads") & (daily["date_day"] >= meta["date_day"].min())]
    assert meta["clicks"].sum() == whole["clicks"].sum()
    plan = sample.truth["audience"]
    rate = meta.groupby("age")[["conversions", "clicks"]].sum()
    rate = rate["conversions"] / rate["clicks"]
    assert rate.idxmax() == plan["age"]


def test_bursts_and_leaks(sample, plain):
    comments = sample.frames["comments"]
    for item in sample.truth["bursts"]["items"]:
        own = comments[
            (comments["platform"] == item["platform"]) & (comments["label"] == "complaint")
        ]
        daily = own.groupby(own["at"].dt.date).size()
        assert daily[item["date"]] >= 10 * daily.median()
    calm = plain.frames["comments"]
    calm = calm[calm["label"] == "complaint"]
    assert calm.groupby(["platform", calm["at"].dt.date]).size().max() < 20
    found = opsbook.methods.privacy
    told = {line.split(": ")[1] for line in sample.truth["leaks"]["comment_ids"]}
    hit = {
        i
        for i, t in zip(comments["comment_id"], comments["text"], strict=True)
        if len(t) > 8 and found.find(t)
    }
    assert told <= hit
    assert len(hit - told) == 0
    assert not any(found.find(t) for t in calm["text"])


def test_banned_words(sample, plain):
    posts = sample.frames["posts"]
    planted = posts["post_id"].isin(sample.truth["banned_words"]["post_ids"])
    check = opsbook.methods.compliance.check_many

    def hit(texts):
        return [any(h.severity == "ban" for h in hits) for hits in check(list(texts))]

    assert sum(hit(posts.loc[planted, "title"])) >= 0.8 * planted.sum()
    assert sum(hit(plain.frames["posts"]["title"])) <= 0.01 * len(plain.frames["posts"])


def test_complaints_fall_after_the_fix(sample, plain):
    plan = sample.truth["complaints"]

    def ratio(made):
        frame = pd.read_csv(
            made.folder / "inbox" / "forms" / "tickets.csv", parse_dates=["received_at"]
        )
        own = frame[(frame["cause"] == plan["cause"]) & (frame["product_id"] == plan["product_id"])]
        after = own["received_at"].dt.date >= plan["fix_at"]
        first, last = pd.Timestamp("2026-01-01").date(), pd.Timestamp("2026-11-15").date()
        return (after.sum() / (last - plan["fix_at"]).days) / max(
            (~after).sum() / (plan["fix_at"] - first).days, 1e-9
        )

    assert ratio(sample) < 0.45


def test_key_nodes_carry_the_cascade(sample):
    frame = pd.read_csv(sample.folder / "inbox" / "forms" / "reposts.csv", dtype=str)
    children = frame["parent_repost_id"].value_counts()
    told = sample.truth["cascade"]["repost_ids"]
    assert len(told) >= 8
    assert children.reindex(told).fillna(0).median() > 30
    assert children.drop(told, errors="ignore").max() < children.reindex(told).fillna(0).median()


def test_the_shipped_sample_is_what_the_generator_writes(tmp_path):
    told = tomllib.loads((SHIPPED / "truth.toml").read_text(encoding="utf-8"))
    made = generate(tmp_path, seed=told["seed"], scale=told["scale"], without=told["without"])
    assert sum(f.stat().st_size for f in SHIPPED.rglob("*") if f.is_file()) < 15_000_000
    names = [f.relative_to(made.folder) for f in made.files]
    assert names == sorted(f.relative_to(SHIPPED) for f in SHIPPED.rglob("*") if f.is_file())
    differ = [
        str(n)
        for n in names
        if n.suffix in TEXT and (SHIPPED / n).read_bytes() != (made.folder / n).read_bytes()
    ]
    assert differ == []


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return generate(tmp_path_factory.mktemp("small"), seed=12, scale=0.1)


def test_files_import_without_a_refusal(small):
    fed, refused, records = set(), [], 0
    for file in sorted((small.folder / "inbox").rglob("*.*")):
        inside = file.relative_to(small.folder / "inbox")
        if not file.is_file():
            continue
        export = opsbook.read_export(file)
        fed |= {table for table, frame in export.arrow.items() if frame.num_rows}
        records += export.records
        if len(export.refused):
            refused.append(f"{inside}: {export.refused.iloc[0].to_dict()}")
    assert refused == []
    assert records > 5000
    # Findings and approvals are written by the workbook alone.
    assert set(schema.tables()) - fed == {"findings", "approvals"}


def test_ids_without_an_id_are_those_of_the_import(small):
    labels = pd.read_csv(small.folder / "inbox" / "forms" / "post_labels.csv", dtype=str)
    for file in (
        "xiaohongshu@nanshan_tea/2026-11-16/笔记列表明细表.xlsx",
        "douyin@nanshan_video/2026-11-16/作品列表.xlsx",
        "wechat_official@nanshan_wechat/2026-11-16/已通知内容.xls",
        "weibo@nanshan_weibo/2026-11-16/statuses_user_timeline.json",
        "tiktok@nanshantea/2026-11-16/video.csv",
    ):
        export = opsbook.read_export(small.folder / "inbox" / file)
        known = set(labels.loc[labels["platform"] == export.platform, "post_id"])
        assert set(export.tables["posts"]["post_id"]) == known


def test_orders_of_shops_are_those_of_the_generator(small):
    lines = small.frames["orders"]
    columns = ["line_amount", "paid_amount", "refund_amount", "discount_shop"]
    for platform, file in (
        ("douyin_shop", "douyin_shop@nanshan_douyin_shop/2026-11-16/1794873600_nanshan_orders.csv"),
        ("shopify", "shopify@nanshan-tea/2026-11-16/orders_export.csv"),
    ):
        told = lines[lines["platform"] == platform].sort_values(["order_id", "product_id"])
        got = opsbook.read_export(small.folder / "inbox" / file).frame
        got = got.sort_values(["order_id", "product_id"])
        assert got["order_id"].tolist() == told["order_id"].tolist()
        worst = np.abs(got[columns].to_numpy() - told[columns].to_numpy()).max()
        assert worst < (0.011 if platform == "shopify" else 1e-9), platform
        paid = told["channel"].ne("own").to_numpy()
        assert (got["traffic_type"].eq("paid").to_numpy() == paid).all()
        sources = told.loc[paid, "channel"].tolist()
        assert got.loc[paid, "traffic_source"].tolist() == sources
        known = told["source_platform"].notna().to_numpy() & ~paid
        assert got.loc[known, "source_platform"].notna().all()
        if platform == "shopify":
            assert got.loc[~known & ~paid, "source_platform"].isna().all()
            posts = told.loc[known, "source_post_id"].tolist()
            assert got.loc[known, "source_post_id"].tolist() == posts
