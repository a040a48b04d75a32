"""The calendar as Dagster sees it: inbox sensor, chapters and reports by period, checks, alerts.

Loaded by Dagster alone (extra `schedule`); the workbook is the one of OPSBOOK_HOME. Every chapter
is an asset, so that its UI shows the way from export to report. A chapter that fails is tried
again, then told of; the report is made all the same, as by `opsbook run`.
"""

import datetime as dt
import hashlib

import dagster as dg

from opsbook import config
from opsbook.data.store import Store
from opsbook.publish import manifest, notify
from opsbook.publish.run import choose, notebooks
from opsbook.publish.schedule import plan as planning
from opsbook.publish.schedule import spread, work

START = dt.datetime(2024, 1, 1)  # a Monday and the first of a month
UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
CHAPTERS_AT_ONCE = "opsbook_chapters"  # a pool: dagster.yaml sets its limit


def build(home=None):
    """The Definitions of a workbook."""
    settings = config.settings(home)
    plans = planning.plans(settings)
    assets, checks, jobs, schedules = [_inbox(settings)], [_stale(settings)], [], []
    for one in plans:
        chapters = [_chapter(settings, one, n) for n in choose_of(settings, one)]
        report = _report(settings, one, [c.key for c in chapters])
        assets += [*chapters, report]
        checks.append(_overdue(settings, one, report))
        job = dg.define_asset_job(
            f"{one.name}_job",
            selection=dg.AssetSelection.assets(*(a.key for a in (*chapters, report))),
            executor_def=_executor(one, spread.workers(settings)),
            tags={"dagster/max_retries": str(one.retries), "opsbook/plan": one.name},
        )
        jobs.append(job)
        schedules.append(_schedule(settings, one, job))
    importing = dg.define_asset_job("import_job", selection=dg.AssetSelection.assets("inbox"))
    checking = dg.define_asset_job(
        "freshness_job", selection=dg.AssetSelection.all_asset_checks() - _of_chapters(assets)
    )
    schedules.append(
        dg.ScheduleDefinition(
            name="freshness",
            job=checking,
            cron_schedule="0 9 * * *",
            execution_timezone=settings.time_zone.key,
            default_status=dg.DefaultScheduleStatus.RUNNING,
        )
    )
    return dg.Definitions(
        assets=assets,
        asset_checks=checks,
        jobs=[*jobs, importing, checking],
        schedules=schedules,
        sensors=[_arrivals(settings, importing), _failures(settings)],
    )


def _executor(one, workers):
    """What runs the steps: processes of this machine, or Celery workers of several."""
    if workers is None:
        return dg.multiprocess_executor.configured({"max_concurrent": int(one.jobs)})
    from dagster_celery import celery_executor

    return celery_executor.configured(spread.executor(workers))


def choose_of(settings, one):
    """Numbers of a plan's chapters."""
    known = notebooks(settings.home)
    return list(choose(one.chapters if one.chapters == "all" else str(one.chapters), known))


def partitions(one):
    """The partitions of a plan: days, weeks from Monday, or months, in the workbook's zone."""
    zone = one.zone.key
    if one.kind == "day":
        return dg.DailyPartitionsDefinition(START, timezone=zone)
    if one.kind == "week":
        return dg.WeeklyPartitionsDefinition(START, day_offset=1, timezone=zone)
    return dg.MonthlyPartitionsDefinition(START, timezone=zone)


def _retry(one):
    return dg.RetryPolicy(
        max_retries=int(one.retries),
        delay=max(one.wait_seconds, 0.1),
        backoff=dg.Backoff.EXPONENTIAL,
    )


def _inbox(settings):
    @dg.asset(name="inbox", group_name="data", description="Exports and forms of data/inbox.")
    def inbox(context: dg.AssetExecutionContext):
        imported, refused = work.import_inbox(settings)
        version = Store(settings.store).version
        return dg.MaterializeResult(
            metadata={"files": imported, "not_imported": refused, "data_version": version}
        )

    return inbox


def _chapter(settings, one, number):
    name = f"chapter_{number:02d}"

    @dg.asset(
        key=[one.name, name],
        group_name=one.name.replace("-", "_"),
        partitions_def=partitions(one),
        deps=[dg.AssetDep("inbox")],
        retry_policy=_retry(one),
        check_specs=[dg.AssetCheckSpec("finished", asset=[one.name, name])],
        pool=CHAPTERS_AT_ONCE,
        description=f"Chapter {number} of a {one.kind}, executed into the cache of results.",
    )
    def chapter(context: dg.AssetExecutionContext):
        period = planning.period_of(one, context.partition_key)
        errors = {}
        for language in one.languages:
            output = settings.reports / ".parts" / one.name / period / language / name
            # a worker that was thought lost may still be at it: then its result is taken
            with work.alone(settings, f"{one.name}|{period}|{language}|{number}", wait=True):
                error = work.execute(
                    settings, chapters=number, period=period, language=language,
                    formats=one.formats, jobs=1, output=output, minutes=one.limit_minutes,
                )  # fmt: skip
            if error:
                errors[language] = error
        if errors and context.retry_number < one.retries:
            raise RuntimeError("; ".join(errors.values()))
        return dg.MaterializeResult(
            metadata={"period": period, "errors": errors},
            check_results=[dg.AssetCheckResult(passed=not errors, metadata={"errors": errors})],
        )

    return chapter


def _report(settings, one, chapters):
    @dg.asset(
        key=[one.name, "report"],
        group_name=one.name.replace("-", "_"),
        partitions_def=partitions(one),
        deps=chapters,
        retry_policy=_retry(one),
        description=f"The report of a {one.kind}, one per language.",
    )
    def report(context: dg.AssetExecutionContext):
        period = planning.period_of(one, context.partition_key)
        folders = {}
        for language in one.languages:
            now = dt.datetime.now(dt.UTC)
            piece = planning.Work(one, period, language, now, 1)
            done = work.do(settings, piece, again=_by_hand(context.run))
            if done.state == "busy":
                raise dg.RetryRequested(max_retries=20, seconds_to_wait=15)
            if not (done.folder / manifest.NAME).is_file():
                raise dg.Failure(done.error or "no report was written")
            folders[language] = dg.MetadataValue.path(str(done.folder))
        made = manifest.load(done.folder)
        return dg.MaterializeResult(
            metadata={**folders, "data_version": made.data_version, "code": made.code_hash[:12]}
        )

    return report


def _by_hand(run):
    """Whether a person asked for the run on Dagster's page: then it is made again."""
    return not {"dagster/schedule_name", "opsbook/backfill"} & set(run.tags)


def _schedule(settings, one, job):
    @dg.schedule(
        name=f"{one.name}_schedule",
        job=job,
        cron_schedule=one.cron.text,
        execution_timezone=one.zone.key,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def tick(context: dg.ScheduleEvaluationContext):
        day = context.scheduled_execution_time.astimezone(one.zone).date()
        period = planning.period_at(one.kind, day)
        key = planning.key_of(period)
        with work.history(settings) as kept:
            if planning.settled(one, period, kept):
                return dg.SkipReason(f"{period} has its report, or was given up.")
        about = dg.RunsFilter(
            job_name=job.name, tags={"dagster/partition": key}, statuses=UNFINISHED
        )
        if context.instance.get_runs(filters=about, limit=1):
            return dg.SkipReason(f"{period} is being made.")
        return dg.RunRequest(partition_key=key)

    return tick


def _arrivals(settings, importing):
    @dg.sensor(
        name="inbox_sensor",
        job=importing,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def arrivals(context: dg.SensorEvaluationContext):
        seen = hashlib.sha256()
        count = 0
        for path in sorted((settings.data / "inbox").rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                about = path.stat()
                seen.update(f"{path}\0{about.st_size}\0{about.st_mtime_ns}\0".encode())
                count += 1
        if not count:
            return dg.SkipReason("The inbox is empty.")
        if context.cursor == seen.hexdigest():
            return dg.SkipReason("Nothing new in the inbox.")
        context.update_cursor(seen.hexdigest())
        return dg.RunRequest(run_key=seen.hexdigest())

    return arrivals


def _stale(settings):
    @dg.asset_check(asset="inbox", name="fresh", description="Every source was imported lately.")
    def fresh():
        now = dt.datetime.now(dt.UTC)
        stale = notify.of_stale(settings, Store(settings.store), now)
        notify.tell(stale, home=settings.home, now=now)
        about = {f"{e.values['platform']}@{e.values['account']}": e.values["days"] for e in stale}
        return dg.AssetCheckResult(passed=not stale, metadata=about)

    return fresh


def _overdue(settings, one, report):
    @dg.asset_check(
        asset=report.key,
        name="on_time",
        description="The newest period that is due has its report.",
    )
    def on_time():
        now = dt.datetime.now(dt.UTC)
        tick = planning.cron.last_tick(one.cron, one.zone, now)
        if tick is None:
            return dg.AssetCheckResult(passed=True)
        period = planning.period_at(one.kind, tick.astimezone(one.zone).date())
        folders = [settings.reports / period / language / one.name for language in one.languages]
        missing = [str(f) for f in folders if not (f / manifest.NAME).is_file()]
        late = now - tick > dt.timedelta(minutes=float(one.limit_minutes))
        return dg.AssetCheckResult(
            passed=not (missing and late), metadata={"period": period, "missing": missing}
        )

    return on_time


def _of_chapters(assets):
    return dg.AssetSelection.checks_for_assets(
        *(a.key for a in assets if len(a.key.path) > 1 and a.key.path[1] != "report")
    )


def _failures(settings):
    @dg.run_failure_sensor(name="failure_alerts", default_status=dg.DefaultSensorStatus.RUNNING)
    def alerts(context: dg.RunFailureSensorContext):
        tags = context.dagster_run.tags
        period = tags.get("dagster/partition", "")
        values = {"period": period, "chapter": "–", "error": context.failure_event.message or ""}
        key = f"{context.dagster_run.job_name}|{period}|{context.dagster_run.root_run_id}"
        notify.tell([notify.Event("failed", key, values)], home=settings.home)

    return alerts


defs = build()
