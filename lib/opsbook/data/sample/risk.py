"""Risk forms: register, plans, incidents, statements, drills, law, operations, credentials."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from opsbook.data.sample.world import END, EXPORTED

FAMILIES = ("data_leak", "opinion", "compliance", "operation", "technology")
RISKS = (
    (
        "data_leak",
        "Customer numbers are posted in public comments",
        4,
        4,
        "Daily scan, hide within the hour",
    ),
    (
        "data_leak",
        "A staff member exports the whole customer list",
        2,
        5,
        "Export rights by role, log reviewed weekly",
    ),
    (
        "opinion",
        "A quality complaint spreads faster than the answer",
        4,
        5,
        "Burst alarm, prepared statements",
    ),
    (
        "opinion",
        "An influencer partner causes offence",
        2,
        4,
        "Contract clause, review before publication",
    ),
    ("compliance", "Absolute wording in posts and ads", 4, 3, "Wording check before approval"),
    ("compliance", "Lottery above the legal ceiling", 2, 4, "Rule checklist per campaign"),
    (
        "operation",
        "An account is used outside working hours by mistake",
        3,
        3,
        "Two-person rule for night posts",
    ),
    (
        "operation",
        "Wrong price announced in a live session",
        3,
        4,
        "Rundown signed off by the shop",
    ),
    ("technology", "A certificate or token lapses", 3, 4, "Expiry calendar"),
    ("technology", "The shop is down during a sale", 2, 5, "Load test before 11.11"),
)
LAWS = (
    ("advertising", "AL-9", "Absolute terms in posts"),
    ("advertising", "AL-17", "Medical claims in food adverts"),
    ("advertising", "AL-28", "Misleading prices in campaigns"),
    ("cybersecurity", "CS-21", "Access logs kept six months"),
    ("cybersecurity", "CS-25", "Incident plan rehearsed"),
    ("unfair_competition", "UC-8", "Comparison with named competitors"),
    ("unfair_competition", "UC-11", "Prize sales within the ceiling"),
    ("personal_information", "PI-13", "Consent for messages"),
    ("personal_information", "PI-51", "Export of customer data by role"),
    ("personal_information", "PI-55", "Impact assessment of tracking"),
    ("internet_information", "II-15", "Comment moderation within the hour"),
    ("internal", "IN-1", "Two-person approval of posts"),
    ("internal", "IN-2", "Rights of images on file"),
)


def risks(world):
    """The register, reviewed each quarter."""
    rows = []
    for n, (family, words, likelihood, impact, controls) in enumerate(RISKS, start=1):
        rng = world.rng(f"risk {n}")
        for k, day in enumerate(
            (date(2026, 2, 10), date(2026, 5, 12), date(2026, 8, 11), date(2026, 11, 3))
        ):
            after = max(1, likelihood - 1 - int(rng.random() < 0.25 * k))
            rows.append(
                (
                    f"R{n:02d}",
                    day,
                    family,
                    words,
                    likelihood,
                    impact,
                    controls,
                    after,
                    max(1, impact - int(rng.integers(0, 2))),
                    ("manager", "community", "data")[n % 3],
                    day + timedelta(days=91),
                    "watched" if k < 3 else "open",
                )
            )
    return pd.DataFrame(
        rows,
        columns=[
            "risk_id",
            "reviewed_at",
            "family",
            "description",
            "likelihood",
            "impact",
            "controls",
            "likelihood_after",
            "impact_after",
            "owner",
            "next_review_at",
            "state",
        ],
    )


def emergency_plans():
    """One plan a family, in steps with deadlines."""
    rows = []
    steps = (
        ("detect", "Confirm the alarm and open an incident", 30),
        ("respond", "Hold all scheduled posts, first answer in public", 120),
        ("resolve", "Remove the cause, answer every person concerned", 1440),
        ("review", "Write the after-action review", 10080),
    )
    for k, family in enumerate(FAMILIES, start=1):
        for n, (stage, step, minutes) in enumerate(steps, start=1):
            rows.append(
                (
                    f"EP{k}",
                    n,
                    family,
                    f"Alarm of the family {family}",
                    "manager, community, legal",
                    step,
                    minutes,
                    stage,
                    "manager" if n != 3 else "community",
                )
            )
    return pd.DataFrame(
        rows,
        columns=[
            "plan_id",
            "step_no",
            "family",
            "trigger",
            "team",
            "step",
            "deadline_minutes",
            "stage",
            "owner",
        ],
    )


def incidents(world):
    """Incidents with their events; bursts of comments among them."""
    rng = world.rng("incidents")
    plan = world.plan("bursts")
    started = (
        [
            (pd.Timestamp(i["date"]) + pd.Timedelta(hours=11), "opinion", "high", i["platform"])
            for i in plan["items"]
        ]
        if plan
        else []
    )
    started += [
        (pd.Timestamp(d) + pd.Timedelta(hours=int(rng.integers(9, 17))), f, s, p)
        for d, f, s, p in (
            (date(2026, 1, 21), "technology", "medium", "x"),
            (date(2026, 3, 18), "operation", "low", "weibo"),
            (date(2026, 6, 17), "technology", "high", "douyin"),
            (date(2026, 9, 2), "data_leak", "medium", "xiaohongshu"),
        )
    ]
    rows = []
    for n, (at, family, severity, platform) in enumerate(sorted(started), start=1):
        times = at + pd.to_timedelta(
            np.cumsum(
                [
                    0,
                    rng.uniform(15, 70),
                    rng.uniform(30, 150),
                    rng.uniform(300, 2600),
                    rng.uniform(1500, 4000),
                ]
            ),
            unit="min",
        )
        for k, kind in enumerate(("started", "detected", "responded", "resolved", "closed")):
            if times[k] < pd.Timestamp(EXPORTED):
                rows.append(
                    (
                        f"INC{n:02d}",
                        k + 1,
                        times[k].floor("s"),
                        kind,
                        family,
                        severity,
                        platform,
                        None,
                        f"EP{FAMILIES.index(family) + 1}",
                        f"{family} on {platform}",
                        "community",
                        "Answer the first ten comments by name" if kind == "closed" else None,
                    )
                )
    return pd.DataFrame(
        rows,
        columns=[
            "incident_id",
            "event_no",
            "event_at",
            "event_kind",
            "family",
            "severity",
            "platform",
            "post_id",
            "plan_id",
            "description",
            "owner",
            "lesson",
        ],
    )


def statements(world, events):
    """What the brand said, and whom it spoke to, during the opinion incidents."""
    rows = []
    opened = events[(events["event_kind"] == "started") & (events["family"] == "opinion")]
    for e in opened.itertuples():
        rng = world.rng(f"statement {e.incident_id}")
        for k, (kind, channel, words) in enumerate(
            (
                (
                    "statement",
                    e.platform,
                    "We are checking the batch and refund everyone concerned.",
                ),
                ("media", "phone", "A trade paper asked for the test report."),
                ("statement", e.platform, "The batch is recalled; here is the report."),
                ("regulator", "letter", "The market office was informed."),
            )
        ):
            at = e.event_at + pd.Timedelta(hours=3 + 11 * k + float(rng.uniform(0, 3)))
            if at < pd.Timestamp(EXPORTED):
                rows.append(
                    (
                        f"S{len(rows) + 1:02d}",
                        e.incident_id,
                        at.floor("s"),
                        kind,
                        channel,
                        words,
                        "manager",
                    )
                )
    return pd.DataFrame(
        rows, columns=["statement_id", "incident_id", "made_at", "kind", "channel", "text", "owner"]
    )


def drills(world):
    """Drills of the plans over the year."""
    rng = world.rng("drills")
    rows = []
    for n in range(1, 9):
        minutes = float(round(rng.uniform(20, 160), 1))
        rows.append(
            (
                f"DR{n:02d}",
                f"EP{(n - 1) % 5 + 1}",
                date(2026, 1, 15) + timedelta(days=38 * (n - 1)),
                int(rng.integers(4, 10)),
                minutes,
                minutes * 8,
                minutes < 120,
                "Telephone list was out of date" if n % 3 == 0 else "Nothing to mend",
            )
        )
    return pd.DataFrame(
        rows,
        columns=[
            "drill_id",
            "plan_id",
            "held_at",
            "participants",
            "minutes_to_respond",
            "minutes_to_resolve",
            "passed",
            "findings",
        ],
    )


def compliance_checks(world):
    """Rules of five laws and the house, item by item: state, evidence, sign-off."""
    rows = []
    for law, rule, item in LAWS:
        rng = world.rng(f"law {rule}")
        for k in range(2):
            state = ("met", "met", "met", "partly", "open")[rng.integers(5)]
            checked = date(2026, 5, 6) + timedelta(days=int(rng.integers(60)) + 110 * k)
            rows.append(
                (
                    law,
                    rule,
                    f"{item} ({('first', 'second')[k]} half)",
                    state,
                    "minutes of the review" if state == "met" else None,
                    "legal" if state == "met" else None,
                    checked + timedelta(days=4) if state == "met" else None,
                    END + timedelta(days=int(rng.integers(-20, 80))),
                    "manager",
                    checked,
                )
            )
    return pd.DataFrame(
        rows,
        columns=[
            "law",
            "rule_id",
            "item",
            "state",
            "evidence",
            "signed_off_by",
            "signed_off_at",
            "due_at",
            "owner",
            "checked_at",
        ],
    )
