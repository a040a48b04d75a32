"""opsbook status: what is fresh, what is missing for which chapter, what was refused."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from opsbook import Store, config

# What each chapter reads first of all; without it the chapter has little to say.
NEEDS = {
    1: ("accounts", "posts", "follower_daily"),
    2: ("posts", "post_daily", "post_labels", "audience_hours", "calendar_items"),
    3: ("comments", "messages", "tickets"),
    4: ("assets",),
    5: ("campaigns", "campaign_plans", "orders"),
    6: ("ads_daily", "ad_campaigns", "experiments"),
    7: ("posts", "orders", "targets", "reposts"),
    8: ("risks", "comments", "account_operations", "credentials", "compliance_checks"),
    9: ("team", "duties", "tasks", "skills", "training"),
    10: ("follower_daily", "orders", "mentions", "influencers"),
}


def show(home):
    """Print the newest batch of every source and what chapters lack."""
    settings = config.settings(home)
    store = Store(settings.store)
    console = Console(highlight=False)
    state = store.state()
    console.print(f"{settings.home}: store version {state.version}")
    batches = store.batches()
    if len(batches):
        newest = batches[~batches["is_undone"]].groupby(
            ["platform", "account_id", "preset"], dropna=False
        )
        table = Table(
            "platform",
            "account",
            "layout",
            "sure",
            "exported",
            "rows",
            "refused",
            "batch",
            box=None,
        )
        for (platform, account, preset), rows in newest:
            last = rows.iloc[-1]
            table.add_row(
                str(platform or ""),
                Text(str(account or "")),
                str(preset),
                str(last["confidence"]),
                str(last["exported_on"])[:10],
                str(int(last["loaded"])),
                str(int(last["refused"])),
                str(last["import_batch_id"]),
            )
        console.print(table)
    for chapter, names in NEEDS.items():
        lacks = [n for n in names if n not in state.tables]
        if lacks:
            console.print(f"chapter {chapter} lacks {', '.join(lacks)}")
    if not len(batches):
        console.print(
            "Nothing was imported yet. Put exports into data/inbox and run opsbook import."
        )
