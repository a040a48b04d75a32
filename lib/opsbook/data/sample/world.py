"""The frame of one sample brand: its span, accounts and shops, and the plantings switched on."""

import zlib
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

START = date(2025, 8, 16)
END = date(2026, 11, 15)
# Teams plan by calendar weeks, Monday to Sunday.
FIRST_MONDAY = START - timedelta(days=START.weekday())
EXPORTED = date(2026, 11, 16)


@dataclass(frozen=True)
class Account:
    """One social account: size, posting rate and how its platform counts."""

    platform: str
    account_id: str
    handle: str
    language: str
    type: str
    goal: str
    followers: int
    weekly: float
    reach: float  # views of an ordinary post per follower
    formats: tuple  # (type, the platform's word, share)
    rates: tuple  # likes, comments, shares, saves, follows per view
    cost: int


ACCOUNTS = (
    Account(
        "xiaohongshu",
        "nanshan_tea",
        "南山茶事",
        "zh",
        "social_commerce",
        "conversion",
        42000,
        6,
        0.09,
        (("image", "图文", 0.6), ("video", "视频", 0.4)),
        (0.045, 0.006, 0.004, 0.03, 0.004),
        9000,
    ),
    Account(
        "douyin",
        "nanshan_video",
        "南山茶事",
        "zh",
        "short_video",
        "reach",
        88000,
        5,
        0.16,
        (("video", "视频", 0.8), ("image", "图文", 0.2)),
        (0.035, 0.004, 0.004, 0.008, 0.002),
        14000,
    ),
    Account(
        "wechat_official",
        "nanshan_wechat",
        "南山茶事",
        "zh",
        "messaging",
        "engagement",
        31000,
        3,
        0.11,
        (("article", "图文", 1.0),),
        (0.02, 0.002, 0.03, 0.006, 0.003),
        6000,
    ),
    Account(
        "weibo",
        "nanshan_weibo",
        "南山茶事官微",
        "zh",
        "microblog",
        "reach",
        65000,
        8,
        0.05,
        (("text", "文字", 0.3), ("image", "图片", 0.45), ("video", "视频", 0.25)),
        (0.02, 0.005, 0.009, 0.002, 0.001),
        5000,
    ),
    Account(
        "instagram",
        "nanshan.tea",
        "nanshan.tea",
        "en",
        "short_video",
        "engagement",
        18000,
        4,
        0.13,
        (("reel", "IG reel", 0.4), ("image", "IG image", 0.35), ("carousel", "IG carousel", 0.25)),
        (0.05, 0.004, 0.005, 0.012, 0.003),
        4500,
    ),
    Account(
        "tiktok",
        "nanshantea",
        "nanshantea",
        "en",
        "short_video",
        "reach",
        27000,
        4,
        0.22,
        (("video", "video", 1.0),),
        (0.05, 0.003, 0.004, 0.006, 0.002),
        4500,
    ),
    Account(
        "x",
        "nanshan_tea",
        "nanshan_tea",
        "en",
        "microblog",
        "reach",
        12000,
        6,
        0.10,
        (("text", "text", 0.55), ("image", "image", 0.45)),
        (0.015, 0.003, 0.004, 0.002, 0.001),
        2500,
    ),
    Account(
        "youtube",
        "UCnanshanTeaSample000001",
        "Nanshan Tea",
        "en",
        "short_video",
        "engagement",
        9000,
        2,
        0.25,
        (("video", "video", 0.5), ("short", "short", 0.5)),
        (0.04, 0.004, 0.002, 0.001, 0.003),
        3500,
    ),
)

# Shops: platform, shop, share of the sales, accounts that sell through it.
SHOPS = (
    ("xiaohongshu", "nanshan_xhs_shop", 0.40, ("xiaohongshu", "weibo")),
    ("douyin_shop", "nanshan_douyin_shop", 0.35, ("douyin", "wechat_official")),
    ("shopify", "nanshan-tea", 0.25, ("instagram", "tiktok", "x", "youtube")),
)

ADS = (
    ("google_ads", "842-119-7730", "en"),
    ("oceanengine", "1790022458816521", "zh"),
    ("meta_ads", "act_20260011873", "en"),
)

PRODUCTS = (
    ("P01", "明前龙井 50g", "Longjing 50 g", "green", 168, 0.52),
    ("P02", "老枞水仙 100g", "Old Bush Shuixian 100 g", "oolong", 198, 0.55),
    ("P03", "桂花乌龙茶包", "Osmanthus Oolong Bags", "bags", 59, 0.61),
    ("P04", "白毫银针 30g", "Silver Needle 30 g", "white", 228, 0.49),
    ("P05", "滇红金芽 80g", "Yunnan Gold 80 g", "black", 128, 0.57),
    ("P06", "茉莉花茶 100g", "Jasmine Pearl 100 g", "scented", 88, 0.63),
    ("P07", "便携快客杯", "Travel Brew Cup", "ware", 139, 0.45),
    ("P08", "青瓷盖碗", "Celadon Gaiwan", "ware", 189, 0.47),
    ("P09", "冷泡茶瓶", "Cold Brew Bottle", "ware", 99, 0.50),
    ("P10", "节气礼盒", "Seasons Gift Box", "gift", 368, 0.44),
)

REGIONS = ("上海", "广东", "浙江", "江苏", "北京", "四川", "福建", "湖北")
AGES = ("18-24", "25-34", "35-44", "45-54")
ROLES = ("manager", "content", "community", "data", "design")


@dataclass(frozen=True)
class World:
    """Seed, scale and truth. `plan(name)` is what is planted, None where it was left out."""

    seed: int
    scale: float
    without: frozenset
    truth: dict

    def rng(self, part):
        """A random generator of this part alone, so that parts do not disturb each other."""
        return np.random.default_rng([self.seed, zlib.crc32(part.encode())])

    def plan(self, name):
        """The planted values of one name, or None."""
        return None if name in self.without else self.truth[name]


def account(platform):
    """The brand's account on a platform."""
    return next(a for a in ACCOUNTS if a.platform == platform)
