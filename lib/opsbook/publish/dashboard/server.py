"""The dashboard's server: Voila for the live notebooks, our own light pages around it.

A page is painted from what the last run or another viewer has left; controls are answered by a
forked process cell by cell; the live view is Voila on a forked kernel, with ipywidgets.
"""

import logging
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jupyter_server.base.handlers import FileFindHandler
from jupyterlab_server.themes_handler import ThemesHandler
from tornado.ioloop import IOLoop
from traitlets import Any
from voila.app import Voila, _kernel_id_regex
from voila.static_file_handler import MultiStaticFileHandler, TemplateStaticFileHandler

from opsbook import config
from opsbook.publish import kernels
from opsbook.publish.dashboard import access, live_view, pages, portal
from opsbook.publish.dashboard.feed import Feed
from opsbook.publish.dashboard.results import Results

IDLE_SECONDS = 30
CHECK_SECONDS = 10
THREADS = 24
COMPUTATIONS = 12  # at once; each holds about 100 MiB, and gives way once it has shown a figure


class Dashboard(Voila):
    """Voila with our pages, our identities and no way to run code or read files."""

    results = Any()
    people = Any()
    book = Any()
    feed = Any()

    def init_settings(self):
        made = super().init_settings()
        self.identity_provider = access.Identity(
            parent=self,
            log=self.log,
            people=self.people,
            rules=access.rules(self.book),
            settings=self.book,
            login_handler_class=pages.Login,
            logout_handler_class=pages.Logout,
            cookie_name="opsbook-session",
            cookie_options={"samesite": "Lax", "expires_days": access.SESSION_DAYS},
            get_secure_cookie_kwargs={"max_age_days": access.SESSION_DAYS},
        )
        self.authorizer = access.Gate(
            parent=self,
            log=self.log,
            identity_provider=self.identity_provider,
            owners=self.kernel_manager.owners,
        )
        self.kernel_manager.cull_idle_timeout = IDLE_SECONDS
        self.kernel_manager.cull_interval = CHECK_SECONDS
        self.kernel_manager.initialize_culler()
        return {
            **made,
            "identity_provider": self.identity_provider,
            "authorizer": self.authorizer,
            "cookie_secret": self.people.cookie_secret(),
            "allow_unauthenticated_access": False,
            "xsrf_cookies": True,
            "xsrf_cookie_kwargs": {"httponly": True, "samesite": "Lax"},
            "compress_response": True,
            "results": self.results,
            "people": self.people,
            "book": self.book,
        }

    def init_handlers(self):
        handlers = pages.handlers()
        voila = [
            (rf"/api/kernels/{_kernel_id_regex}/channels", live_view.Channels),
            (rf"/api/kernels/{_kernel_id_regex}", live_view.Kernel),
            (
                r"/voila/api/themes/(.*)",
                ThemesHandler,
                {
                    "themes_url": "/voila/api/themes",
                    "path": self.themes_dir,
                    "labextensions_path": self.labextensions_path,
                    "no_cache_paths": ["/"],
                },
            ),
            (rf"/voila/api/shutdown/{_kernel_id_regex}", live_view.Shutdown),
            (r"/voila/templates/(.*)", TemplateStaticFileHandler),
            (
                r"/voila/static/(.*)",
                MultiStaticFileHandler,
                {"paths": self.static_paths, "default_filename": "index.html"},
            ),
            (
                r"/voila/labextensions/(.*)",
                FileFindHandler,
                {"path": self.labextensions_path, "no_cache_paths": ["/"]},
            ),
            (
                r"/voila/render/(.*)",
                live_view.Render,
                {
                    "template_paths": self.template_paths,
                    "config": self.config,
                    "voila_configuration": self.voila_configuration,
                },
            ),
        ]
        return handlers + voila + self.identity_provider.get_handlers()

    def listen(self):
        self.announce()
        IOLoop.current().add_callback(self.feed.listen)
        # requests of several readers wait on files and forks side by side
        IOLoop.current().set_default_executor(ThreadPoolExecutor(THREADS))
        # what every page asks for is read before the first one does
        for read in (portal.offers, portal.headlines):
            IOLoop.current().run_in_executor(None, read, self.results)
        super().listen()

    def announce(self):
        """Say where it runs, and the tokens of a first start: they are shown this once."""
        address = f"http://{'localhost' if self.ip in ('127.0.0.1', '') else self.ip}:{self.port}/"
        if not self.people.known():
            for role in ("editor", "viewer"):
                token = self.people.add_token(role, role)
                print(f"{role}: {address}?token={token}", flush=True)
            print("The tokens are shown this once; opsbook access makes new ones.", flush=True)
        print(f"Dashboard: {address}", flush=True)

    def stop(self):
        super().stop()
        self.feed.close()
        self.results.close()
        kernels.stop_parent()


def start(home=None, port=8866, *, ip="127.0.0.1"):
    """Serve portal and chapters until stopped; returns the exit status."""
    settings = config.settings(home)
    access.rules(settings)
    os.environ.update(kernels.environment())
    os.environ["OPSBOOK_HOME"] = str(settings.home)
    kernels.start_parent()
    application(settings, port=port, ip=ip).start()
    return 0


def application(settings, *, port, ip="127.0.0.1"):
    """A Dashboard, set up but not started."""
    results = Results(settings, jobs=COMPUTATIONS)
    notebooks = next(iter(results.notebooks().values()), Path(settings.home)).parent
    _log(settings)
    made = Dashboard(
        results=results,
        people=access.People(settings.data / "private"),
        book=settings,
        feed=Feed(results),
        ip=ip,
        port=_free(ip, port),
        open_browser=False,
        root_dir=str(notebooks),
        log_level=logging.WARNING,
        port_retries=0,
    )
    made.config.VoilaConfiguration.multi_kernel_manager_class = live_view.Kernels
    made.initialize([])
    options = made.voila_configuration
    options.template = "opsbook"
    options.prelaunch_hook = live_view.prepared
    options.show_tracebacks = False
    options.strip_sources = True
    options.file_allowlist = []
    options.allow_template_override = "NO"
    options.allow_theme_override = "NO"
    options.extension_denylist = []
    made.setup_template_dirs()
    return made


def _free(ip, port):
    """The port, or the next free one."""
    for candidate in range(port, port + 50):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((ip, candidate))
            except OSError:
                continue
            return candidate
    return port


def _log(settings):
    """Errors with their ids go to a file that no page serves."""
    folder = settings.data / "private"
    folder.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(folder / "dashboard.log", encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log = logging.getLogger("opsbook.dashboard")
    if not log.handlers:
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False
