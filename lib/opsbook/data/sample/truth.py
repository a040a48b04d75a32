"""What is planted in a sample brand: every value is drawn from the seed.

Each planting has a name, the sections of the manual that should find it, and a draw of its own, so
that leaving one out changes no other.
"""

import zlib

import numpy as np

from opsbook.data.sample import plantings_content as content
from opsbook.data.sample import plantings_people as people
from opsbook.data.sample.draws import near

# name: (sections of the manual that should find it, draw)
PLANTINGS = {
    "posting_hours": (("2.2.1",), content.posting_hours),
    "themes": (("2.1.1", "2.3.1"), content.themes),
    "formats": (("2.3.1", "2.3.2"), content.formats),
    "writing": (("2.1.2", "3.3.1"), content.writing),
    "frequency": (("2.2.2",), content.frequency),
    "growth": (("10.1.5", "7.1.1"), content.growth),
    "half_life": (("10.1.2",), content.half_life),
    "evergreen": (("10.1.2",), lambda rng: {"posts": int(rng.integers(6, 11)), "post_ids": []}),
    "original": (
        ("10.1.2",),
        lambda rng: {"effect": near(rng, 0.3, 0.5), "share": near(rng, 0.55, 0.7)},
    ),
    "crosspost": (("1.3.5",), content.crosspost),
    "cannibalisation": (("10.1.4",), content.cannibalisation),
    "audience": (("6.1.2",), content.audience),
    "creatives": (("6.2.1", "6.2.2", "6.1.1"), content.creatives),
    "fatigue": (("6.2.1",), content.fatigue),
    "response": (("6.3.2", "5.1.6"), content.response),
    "experiments": (("6.1.2",), content.experiments),
    "campaigns": (("5.3.2", "5.1"), content.campaigns),
    "lottery_ceiling": (
        ("5.1.4",),
        lambda rng: {"campaign_id": "C08", "prize": int(rng.integers(55, 90)) * 1000},
    ),
    "bursts": (("8.1.2", "8.2.2"), people.bursts),
    "leaks": (("8.1.2",), people.leaks),
    "banned_words": (("8.3.1", "8.1.2"), people.banned),
    "off_hours": (("8.1.2",), people.operations),
    "insider_exports": (("8.1.2",), people.exports),
    "expiring": (("1.2.3", "8.1.2"), people.expiring),
    "complaints": (("3.2.2",), people.complaints),
    "sla": (("3.1.2",), people.sla),
    "faq": (("3.1.2", "3.2.1"), people.faq),
    "replies": (("3.3.2", "10.1.3"), people.replies),
    "community": (("3.3.3",), people.community),
    "cascade": (("7.1.2", "1.1.1"), people.cascade),
    "retention": (("10.1.5",), people.retention),
    "influencers": (("5.2.4", "10.2.3"), people.influencers),
    "incentives": (("10.2.4",), people.incentives),
    "rising_hashtag": (("10.3.1",), people.hashtag),
    "live": (("4.3.2", "1.1.4"), people.live),
    "duties": (("9.1",), people.duties),
    "people": (("9.3", "10.3.4"), people.people),
    "tasks": (("9.2", "10.3.5"), people.tasks),
    "decisions": (("7.3.1",), people.decisions),
    "voice": (("10.2.1", "2.3.1"), people.voice),
    "attribute": (("10.2.1",), people.attribute),
    "registry": (("1.2.2", "1.2.4"), people.accounts),
    "assets": (("4.1.1", "4.1.2", "4.2.1", "4.3.1"), people.assets),
    "new_format": (("10.3.2",), people.new_format),
}


def draw(seed, without=()):
    """Every planting of a seed: dict of name -> planted, sections and its values."""
    out = {}
    for name, (sections, function) in PLANTINGS.items():
        if name in without:
            out[name] = {"planted": False, "sections": list(sections)}
            continue
        rng = np.random.default_rng([seed, zlib.crc32(f"truth {name}".encode())])
        out[name] = {"planted": True, "sections": list(sections), **function(rng)}
    return out
