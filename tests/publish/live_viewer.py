"""A viewer of a live view without a browser: opens the page, holds its websocket, moves a control."""

import json
import re
import time
import uuid
from contextlib import suppress

import websocket

from tests.publish.serving import Visitor


class LiveViewer:
    """One viewer of a chapter's live view, who sees a first figure; `close` is what a closed tab does.

    notebook: name of its file. query: its address's parameters, with the question mark.
    """

    def __init__(self, address, token, notebook, query="?language=en", timeout=60):
        self.visitor = Visitor(address, token)
        status, _, text = self.visitor.get(f"/voila/render/{notebook}{query}")
        if status != 200:
            raise RuntimeError(f"{notebook}: status {status}")
        self.kernel = re.search(r'"kernelId": "([0-9a-f-]{36})"', text)[1]
        self.session = uuid.uuid4().hex
        self.socket = websocket.create_connection(
            address.replace("http", "ws")
            + f"/api/kernels/{self.kernel}/channels?session_id={self.session}",
            cookie=self.visitor.cookies,
            origin=address,
            http_no_proxy=["127.0.0.1"],
            timeout=timeout,
        )
        self.states = {}  # model id -> state of its widget
        self._ask_states()
        while not any(map(_figures, self.states.values())):
            self._hear()

    def control(self, label):
        """(model id, state) of the control with a label."""
        return next(
            (model, state)
            for model, state in self.states.items()
            if state.get("description") == label and "_options_labels" in state
        )

    def choose(self, label, option):
        """Set a choice control to the option of a name."""
        model, state = self.control(label)
        self._update(model, index=state["_options_labels"].index(option))

    def set_number(self, value):
        """Set the first control that takes a whole number."""
        model = next(m for m, s in self.states.items() if s.get("_model_name") == "IntTextModel")
        self._update(model, value=value)

    def _update(self, model, **state):
        data = {"method": "update", "state": state, "buffer_paths": []}
        self._send("comm_msg", {"comm_id": model, "data": data})

    def answer(self, seconds=60):
        """Seconds until a table or chart that is there shows other figures than it did."""
        began = time.monotonic()
        before = {model: _figures(state) for model, state in self.states.items()}
        while time.monotonic() - began < seconds:
            model = self._hear()["content"].get("comm_id")
            if before.get(model) and _figures(self.states.get(model, {})) != before[model]:
                return time.monotonic() - began
        raise TimeoutError(f"no answer within {seconds} s")

    def settle(self, quiet=3):
        """Take what comes until nothing has come for some seconds."""
        waited = self.socket.gettimeout()
        self.socket.settimeout(quiet)
        with suppress(websocket.WebSocketTimeoutException):
            while True:
                self._hear()
        self.socket.settimeout(waited)

    def leave(self):
        """Close as a browser's page does: its kernel is asked to end."""
        xsrf = re.search(r'name="xsrf" content="([^"]+)"', self.visitor.get("/desk")[2])[1]
        self.visitor.post(f"/voila/api/shutdown/{self.kernel}", {}, **{"X-XSRFToken": xsrf})
        self.close()

    def close(self):
        """Go without a word, as a tab does whose browser was killed."""
        with suppress(OSError):
            self.socket.close()

    def _ask_states(self):
        """Every widget's state, as a browser asks for it when its page is there."""
        comm = uuid.uuid4().hex
        about = {"comm_id": comm, "target_name": "jupyter.widget.control", "data": {}}
        self._send("comm_open", about, metadata={"version": "1.0.0"})
        self._send("comm_msg", {"comm_id": comm, "data": {"method": "request_states"}})
        while True:
            heard = self._hear()
            data = heard["content"].get("data", {})
            if heard["content"].get("comm_id") == comm and data.get("method") == "update_states":
                self.states.update(
                    {
                        m: {"_model_name": s["model_name"], **s["state"]}
                        for m, s in data["states"].items()
                    }
                )
                return

    def _send(self, kind, content, metadata=None):
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": kind,
            "username": "",
            "session": self.session,
            "version": "5.3",
        }
        message = {
            "header": header,
            "parent_header": {},
            "metadata": metadata or {},
            "content": content,
            "channel": "shell",
            "buffers": [],
        }
        self.socket.send(json.dumps(message))

    def _hear(self):
        while True:
            said = self.socket.recv()
            if isinstance(said, bytes):  # a message with buffers: offsets, then its JSON
                count = int.from_bytes(said[:4], "big")
                ends = [int.from_bytes(said[4 * i : 4 * i + 4], "big") for i in range(1, count + 1)]
                said = said[ends[0] : ends[1] if count > 1 else None]
            heard = json.loads(said)
            content = heard["content"]
            if heard["msg_type"] == "comm_msg" and content["data"].get("method") == "update":
                self.states.setdefault(content["comm_id"], {}).update(content["data"]["state"])
            elif heard["msg_type"] == "comm_open":
                self.states[content["comm_id"]] = dict(content["data"].get("state", {}))
            if heard["channel"] in ("iopub", "shell"):
                return heard


def _figures(state):
    """What a widget shows of figures: a table's HTML or a chart's specification; "" for neither."""
    value = str(state.get("value", ""))
    return json.dumps(state["spec"]) if "spec" in state else value if "<table" in value else ""
