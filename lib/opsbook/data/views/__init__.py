"""Views that several chapters read: ibis expressions over the canonical tables.

Each names its grain first. Days are local to the workbook's zone. A view only picks and joins;
rates belong to the indicator registry.
"""

from opsbook.data.views.ads import ads_daily
from opsbook.data.views.days import local_day, local_time
from opsbook.data.views.followers import follower_days
from opsbook.data.views.opinion import burst_days, voices
from opsbook.data.views.orders import order_lines
from opsbook.data.views.posts import equal_age_posts, labelled, post_metrics
from opsbook.data.views.risk import compliance_items, incident_times
from opsbook.data.views.service import comment_service, contacts, conversations, tickets
from opsbook.data.views.team import course_places, task_flow

__all__ = [
    "VIEWS",
    "ads_daily",
    "burst_days",
    "comment_service",
    "compliance_items",
    "contacts",
    "conversations",
    "course_places",
    "equal_age_posts",
    "follower_days",
    "incident_times",
    "labelled",
    "local_day",
    "local_time",
    "order_lines",
    "post_metrics",
    "task_flow",
    "tickets",
    "voices",
]

# The views an indicator may name. Each takes (store, zone, version=) and has platform,
# account_id and date_day where it can.
VIEWS = {
    "posts": post_metrics,
    "ads": lambda store, zone, version=None: ads_daily(store, version=version),
    "followers": follower_days,
    "orders": order_lines,
    "comments": comment_service,
    "conversations": conversations,
    "tickets": tickets,
    "contacts": contacts,
    "opinion": voices,
    "opinion_days": burst_days,
    "compliance": compliance_items,
    "incidents": incident_times,
    "task_flow": task_flow,
    "courses": course_places,
}
