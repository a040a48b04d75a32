"""The dashboard's own pages: portal, chapter, search, desk, log-in, and what they fetch."""

import asyncio
import json
import logging
import mimetypes
import uuid
from pathlib import Path
from urllib.parse import urlencode

import tornado.web
from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler

from opsbook.config import LANGUAGES, template_path
from opsbook.errors import AccessError, OpsbookError
from opsbook.present import theme
from opsbook.publish import parameters, vega, web_font
from opsbook.publish.dashboard import cells, portal
from opsbook.publish.prepare import read
from opsbook.publish.writeback import record

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
# Voila's page carries inline scripts and loads widgets from blobs; nothing of it leaves the host.
POLICY_LIVE = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self' blob: data:; worker-src 'self' blob:; frame-ancestors 'self'; base-uri 'none'"
)
# A report runs its own two scripts, in an origin of its own.
POLICY_REPORT = "sandbox allow-scripts allow-popups allow-downloads; frame-ancestors 'self'"
REPORT_FORMATS = (".html", ".pdf", ".docx", ".xlsx")
YEAR = 365 * 24 * 3600
log = logging.getLogger("opsbook.dashboard")


class Page(JupyterHandler):
    """What every page shares: identity, language, words, policy, readable errors."""

    policy = POLICY

    @property
    def results(self):
        """The shared Results."""
        return self.settings["results"]

    @property
    def book(self):
        """The workbook's Settings."""
        return self.settings["book"]

    @property
    def content_security_policy(self):
        return self.policy

    def set_default_headers(self):
        super().set_default_headers()
        self.set_header("X-Content-Type-Options", "nosniff")
        # "no-referrer" would make browsers send an origin of null with forms, which is refused
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cache-Control", "no-store")

    async def prepare(self):
        done = super().prepare()
        if done is not None:
            await done
        if self._finished:
            return
        if "token" in self.request.query_arguments and self.current_user is not None:
            # the session is in the cookie now; the token stays out of pages, logs and kernels
            query = {k: v for k, v in self.query(every=True).items() if k != "token"}
            self.redirect(self.request.path + (f"?{urlencode(query)}" if query else ""))

    def query(self, every=False):
        """The URL's parameters as text; without those that are the page's own."""
        own = () if every else ("token", "ui", "_")
        return {
            name: self.get_query_argument(name)
            for name in self.request.query_arguments
            if name not in own
        }

    @property
    def language(self):
        """The reader's language: the URL's, else the one chosen before, else the workbook's."""
        for given in (self.get_query_argument("language", ""), self.get_cookie("opsbook-language")):
            if given in LANGUAGES:
                return given
        return self.book.language

    @property
    def role(self):
        """The role of the person who asks."""
        return self.identity_provider.role(self.current_user.username)

    async def in_thread(self, call, *given):
        """What call(*given) gives, without holding up other pages."""
        return await asyncio.get_running_loop().run_in_executor(None, call, *given)

    def show(self, name, **about):
        """Write a template of templates/dashboard."""
        words = self.results.words(self.language)
        if self.get_cookie("opsbook-language") != self.language:
            self.set_cookie(
                "opsbook-language", self.language, httponly=True, samesite="Lax", expires_days=365
            )
        user = self.current_user if name != "login" else None
        page = cells.environment().get_template(f"{name}.html")
        self.finish(
            page.render(
                t=words.text,
                words=words,
                language=self.language,
                languages=LANGUAGES,
                brand=self.book.brand_name(self.language),
                colours=theme.palette(self.book)[:3],
                logo=bool(self.book.brand.get("logo")),
                base=self.base_url,
                path=self.request.path,
                query=self.query(),
                link=self.link,
                user=user,
                role=self.role if user else "",
                xsrf=self.xsrf_token.decode(),
                chapters=portal.names(self.results, self.language) if user else [],
                stamp=stamp(),
                **about,
            )
        )

    def link(self, path, **query):
        """A link with query parameters."""
        query = {k: v for k, v in query.items() if v not in (None, "")}
        return self.base_url.rstrip("/") + path + (f"?{urlencode(query)}" if query else "")

    def fail(self, status, message, error_id=""):
        """A readable page for an error."""
        self.set_status(status)
        self.show("error", message=message, error_id=error_id, status=status)

    def write_error(self, status_code, **kwargs):
        error = kwargs.get("exc_info", (None, None, None))[1]
        expected = isinstance(error, tornado.web.HTTPError)
        error_id = "" if expected else uuid.uuid4().hex[:8]
        if not expected:
            log.error(
                "%s %s, error %s", self.request.method, self.request.path, error_id, exc_info=error
            )
        words = self.results.words(self.language)
        key = f"dash.error.{status_code}"
        message = words.text(key if words.has(key) else "dash.error.500")
        if self.current_user is None or "json" in self.request.headers.get("Accept", ""):
            self.set_header("Content-Type", "application/json")
            self.finish(json.dumps({"message": message, "error_id": error_id}))
        else:
            self.fail(status_code, message, error_id)

    def get_login_url(self):
        return f"{self.base_url}login"


class Portal(Page):
    """The first page: what needs attention, per chapter its state, today, latest reports."""

    @tornado.web.authenticated
    async def get(self):
        values = {"language": self.language}
        about = await self.in_thread(portal.overview, self.results, self.language)
        painted = None
        if 0 in self.results.notebooks():
            values = await self.in_thread(self.results.values, 0, values)
            painted = await self.in_thread(self.results.paint, 0, values)
        self.show("portal", painted=painted, has_index=0 in self.results.notebooks(), **about)


class Chapter(Page):
    """One chapter: the latest figures at once, controls, then the live ones."""

    @tornado.web.authenticated
    async def get(self, number):
        number = int(number)
        path = self.results.notebooks().get(number)
        if path is None:
            raise tornado.web.HTTPError(404)
        known = parameters.schema(read(path))
        message = ""
        query = {"language": self.language, **self.query()}
        try:
            values = await self.in_thread(self.results.values, number, query)
        except OpsbookError as error:
            message = str(error)
            values = self.results.values(number, {"language": self.language})
            self.set_status(400)
        painted = await self.in_thread(self.results.paint, number, values)
        self.show(
            "chapter",
            number=number,
            title=portal.title(self.results, number, self.language),
            notebook=path.name,
            painted=painted,
            message=message,
            controls=[about for name, about in known.items() if name not in _HIDDEN],
            values=values,
            defaults={name: about.default for name, about in known.items()},
        )


_HIDDEN = ("language", "data_version")


class Live(Page):
    """A chapter's cells as lines of JSON, as they are computed."""

    @tornado.web.authenticated
    async def get(self, number):
        number = int(number)
        if number not in self.results.notebooks():
            raise tornado.web.HTTPError(404)
        self.set_header("Content-Type", "application/x-ndjson; charset=utf-8")
        self.set_header("X-Accel-Buffering", "no")
        try:
            query = {"language": self.language, **self.query()}
            values = await self.in_thread(self.results.values, number, query)
        except OpsbookError as error:
            self.set_status(400)
            self.finish(json.dumps({"broken": str(error)}, ensure_ascii=False) + "\n")
            return
        lines = self.results.stream(number, values)
        try:
            async for line in lines:
                if "cell" in line:
                    line = {"cell": line["cell"], "html": cells.html(line["parts"])}
                self.write(json.dumps(line, ensure_ascii=False) + "\n")
                await self.flush()
        except tornado.iostream.StreamClosedError:
            return
        finally:
            await lines.aclose()


class Offers(Page):
    """Choices of the controls and rows of the desk, as JSON."""

    @tornado.web.authenticated
    async def get(self):
        found = await self.in_thread(portal.offers, self.results)
        words = self.results.words(self.language)
        platforms = [{"id": p, "name": str(words.value(p))} for p in found["platforms"]]
        keep = ("latest", "periods", "accounts", "acknowledged", "version")
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps({k: found[k] for k in keep} | {"platforms": platforms}))


class Desk(Page):
    """Decisions to take: calendar items, findings, labels; and the log of what was decided."""

    @tornado.web.authenticated
    async def get(self):
        found = await self.in_thread(portal.offers, self.results)
        findings = await self.in_thread(portal.findings, self.results, self.language)
        self.show(
            "desk",
            offers=found,
            findings=findings,
            is_translated=portal.is_translated(self.results, self.language),
            is_editor=self.role == "editor",
        )


class Write(Page):
    """Takes one decision, with the name of the person who is logged in."""

    @tornado.web.authenticated
    async def post(self):
        allowed = await ensure_async(
            self.authorizer.is_authorized(self, self.current_user, "write", "workbook")
        )
        self.set_header("Content-Type", "application/json")
        words = self.results.words(self.language)
        if not allowed:
            self.set_status(403)
            self.finish(json.dumps({"message": words.text("dash.viewer_may_not")}))
            return
        try:
            given = json.loads(self.request.body)
            done = await self.in_thread(record, self.book.store, self.current_user.username, given)
        except (OpsbookError, ValueError, TypeError) as error:
            self.set_status(409 if isinstance(error, AccessError) else 400)
            self.finish(json.dumps({"message": str(error)}, ensure_ascii=False))
            return
        portal.forget(self.results)
        message = words.text("dash.saved", version=done["version"])
        self.finish(json.dumps({**done, "message": message}, ensure_ascii=False))


class Search(Page):
    """Finds words in past reports."""

    @tornado.web.authenticated
    async def get(self):
        wanted = self.get_query_argument("q", "").strip()[:100]
        hits = await self.in_thread(portal.search, self.results, wanted) if wanted else []
        self.show("search", wanted=wanted, hits=hits)


class Report(Page):
    """A finished report's file; notebooks and everything else are not served."""

    policy = POLICY_REPORT

    @tornado.web.authenticated
    async def get(self, run, name):
        folder = next((m.folder for m in self.results.manifests() if portal.run_id(m) == run), None)
        file = folder / name if folder else None
        if (
            file is None
            or file.parent != folder
            or file.suffix not in REPORT_FORMATS
            or not file.is_file()
        ):
            raise tornado.web.HTTPError(404)
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        self.set_header(
            "Content-Type", kind + ("; charset=utf-8" if file.suffix == ".html" else "")
        )
        if file.suffix != ".html":
            self.set_header("Content-Disposition", f'attachment; filename="{file.name}"')
        self.finish(await self.in_thread(file.read_bytes))


class Logo(Page):
    """The brand's logo, where workbook.toml names one."""

    @tornado.web.authenticated
    async def get(self):
        folder = (self.book.data / "assets").resolve()
        file = (folder / self.book.brand.get("logo", "")).resolve()
        if not file.is_relative_to(folder) or file.suffix.lower() not in (
            ".png",
            ".jpg",
            ".svg",
            ".webp",
        ):
            raise tornado.web.HTTPError(404)
        self.set_header("Content-Type", mimetypes.guess_type(file.name)[0])
        self.finish(await self.in_thread(file.read_bytes))


class Static(Page):
    """Style and scripts, the Vega bundle among them; kept by the browser for a year."""

    @allow_unauthenticated
    async def get(self, name):
        if name not in FILES:
            raise tornado.web.HTTPError(404)
        self.set_header("Content-Type", FILES[name])
        self.set_header("Cache-Control", f"public, max-age={YEAR}, immutable")
        self.finish(await self.in_thread(static, name))


class Login(Page):
    """Lets a person in by token, or name and password."""

    def _show(self, message=""):
        self.show("login", message=message, next=self._next())

    def _next(self):
        wanted = self.get_argument("next", self.base_url)
        is_local = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
        return wanted if is_local and "token=" not in wanted else self.base_url

    @allow_unauthenticated
    async def get(self):
        if self.current_user is not None:
            self.redirect(self._next())
            return
        self._show()

    @allow_unauthenticated
    async def post(self):
        words = self.results.words(self.language)
        wait = self.identity_provider.guesses.wait(self.request.remote_ip)
        if wait:
            self.set_status(429)
            self.set_header("Retry-After", str(wait))
            self._show(words.text("dash.login_wait", seconds=wait))
            return
        user = await self.in_thread(self.identity_provider.process_login_form, self)
        if user is None:
            log.warning("wrong log-in from %s", self.request.remote_ip)
            await asyncio.sleep(1)  # slows guessing down
            self.set_status(401)
            self._show(words.text("dash.login_wrong"))
            return
        self.identity_provider.set_login_cookie(self, user)
        self.redirect(self._next())


class Logout(Page):
    """Ends the session."""

    @allow_unauthenticated
    async def post(self):
        self.identity_provider.clear_login_cookie(self)
        self.redirect(f"{self.base_url}login")


class Missing(Page):
    """Any other address."""

    @tornado.web.authenticated
    async def get(self, *_):
        raise tornado.web.HTTPError(404)


FILES = {
    "dashboard.css": "text/css; charset=utf-8",
    "dashboard.js": "text/javascript; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
    "vega.js": "text/javascript; charset=utf-8",
    **dict.fromkeys(web_font.FILES.values(), "font/ttf"),
}


def static(name):
    """The bytes of a static file."""
    if name == "vega.js":
        return vega.bundle().encode()
    folder = "fonts" if name in web_font.FILES.values() else "dashboard"
    return Path(template_path(folder, name)).read_bytes()


def stamp():
    """Changes whenever a static file does, so that browsers fetch the new one."""
    own = [n for n in FILES if n.startswith(("dashboard.", "live."))]
    return max(int(template_path("dashboard", n).stat().st_mtime) for n in own)


def handlers():
    """(pattern, handler) of every page."""
    return [
        (r"/", Portal),
        (r"/chapter/(\d+)/?", Chapter),
        (r"/chapter/(\d+)/live", Live),
        (r"/api/offers", Offers),
        (r"/api/write", Write),
        (r"/desk/?", Desk),
        (r"/search", Search),
        (r"/report/([^/]+)/([^/]+)", Report),
        (r"/logo", Logo),
        (r"/static/opsbook/([^/]+)", Static),
    ]


__all__ = ["POLICY", "POLICY_LIVE", "Login", "Logout", "Page", "handlers"]
