"""The live view: a chapter through Voila, on a forked kernel, with ipywidgets.

Voila's prelaunch hook reads the URL's parameters by the same rules as every other surface and gives
the notebook its controls; the kernel shows what the server computes (`session`). A kernel belongs
to the person for whom it was started.
"""

from contextvars import ContextVar

import jinja2
import nbformat
import tornado.web
from jupyter_core.utils import ensure_async
from jupyter_server.services.kernels.handlers import KernelHandler
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from voila import notebook_renderer
from voila.exporter import VoilaExporter
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from opsbook.errors import OpsbookError
from opsbook.present import theme
from opsbook.publish.dashboard import choices, portal
from opsbook.publish.dashboard.pages import POLICY_LIVE, Page, stamp
from opsbook.publish.kernels import KERNEL

WAIT_SECONDS = 2
ASKED_BY = ContextVar("asked_by")  # name of the person whose page asks for a kernel


class Kernels(AsyncMappingKernelManager):
    """Kernels that each belong to the person whose page asked for them.

    owners: kernel id -> name, of the kernels that run.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.owners = {}

    async def start_kernel(self, **kwargs):
        kernel = await super().start_kernel(**kwargs)
        self.owners[kernel] = ASKED_BY.get()
        return kernel

    def remove_kernel(self, kernel_id):
        self.owners.pop(kernel_id, None)
        return super().remove_kernel(kernel_id)


class Compiled(jinja2.BytecodeCache):
    """Templates as compiled code, in memory."""

    def __init__(self):
        self.kept = {}

    def load_bytecode(self, bucket):
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket):
        self.kept[bucket.key] = bucket.bytecode_to_string()


class Exporter(VoilaExporter):
    """Voila's own, which compiles the page's templates once instead of at every visit (0.2 s)."""

    compiled = Compiled()

    @property
    def environment(self):
        made = super().environment
        made.bytecode_cache = self.compiled
        return made


notebook_renderer.VoilaExporter = Exporter  # Voila has no setting for it


class Render(Page, TornadoVoilaHandler):
    """A notebook through Voila; the query holds its parameters."""

    policy = POLICY_LIVE

    def initialize(self, **kwargs):
        TornadoVoilaHandler.initialize(self, **kwargs)

    @tornado.web.authenticated
    async def get(self, path=None):
        found = [p for p in self.results.notebooks().values() if p.name == path]
        if not found:
            raise tornado.web.HTTPError(404)
        try:
            self.prepared = await self.in_thread(
                prepared_notebook, self.results, found[0], self.query()
            )
        except OpsbookError as error:
            self.fail(400, str(error))
            return
        ASKED_BY.set(self.current_user.username)
        try:
            async for html in self.get_generator(path=path):
                self.write(html)
                await self.flush()
        except tornado.iostream.StreamClosedError:
            return


class Channels(VoilaKernelWebsocketHandler):
    """A kernel's channels, for its owner only; the manager lets comm messages through alone."""


class Kernel(KernelHandler):
    """What a kernel is doing, for its owner only."""


class Shutdown(VoilaShutdownKernelHandler):
    """Ends a kernel when its page closes, for its owner only."""

    @tornado.web.authenticated
    async def post(self, kernel_id):
        allowed = await ensure_async(
            self.authorizer.is_authorized(self, self.current_user, "execute", "kernels")
        )
        if not allowed:
            raise tornado.web.HTTPError(403)
        await super().post(kernel_id)


def prepared(handler, notebook, cwd):
    """Voila's prelaunch hook: the notebook as `prepared_notebook` made it for this request."""
    return handler.prepared


def prepared_notebook(results, path, query):
    """A notebook of one cell for Voila to run: the controls, and what they ask the server for."""
    number = next(n for n, p in results.notebooks().items() if p == path)
    values = results.values(number, query)
    language = values.get("language", results.settings.language)
    about = {
        "number": number,
        "language": language,
        "currency": results.settings.currency,
        "home": str(results.settings.home),
        "fields": choices.fields(results, number, values),
        "wait": WAIT_SECONDS,
    }
    source = f"from opsbook.publish.dashboard import session\nawait session.start({about!r})"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    notebook.metadata["kernelspec"] = {
        "name": KERNEL,
        "language": "python",
        "display_name": "Opsbook",
    }
    notebook.metadata["title"] = portal.title(results, number, language)
    colours = theme.palette(results.settings)[:3]
    notebook.metadata["opsbook"] = {"colours": colours, "stamp": stamp(), "language": language}
    return notebook
