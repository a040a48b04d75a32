"""opsbook map: where each column of an unknown file goes, proposed, changed, tried and saved."""

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from opsbook import config, read_export
from opsbook.data import mapping
from opsbook.data.schema import table as table_of
from opsbook.errors import InputError, OpsbookError
from opsbook.present.language import Translator

REFUSED_SHOWN = 5


def run(path, *, home, account=None, language=None):
    """Ask until the mapping is saved or left: exit status 0 where saved, 1 where not."""
    settings = config.settings(home)
    say = Translator(language or settings.language, home_folder=home).text
    console = Console(highlight=False)
    if not path.is_file():
        raise InputError("does not exist.", where=str(path), remedy="Check the path.")
    own = settings.data / "reference" / "presets"
    page = Page(path, mapping.propose_for(path, own), own, account, console, say)
    page.show()
    while True:
        try:
            line = typer.prompt(">", prompt_suffix=" ").strip()
        except typer.Abort:  # the end of the input, or Ctrl-C
            line = "quit"
        if line in ("quit", "q"):
            console.print(say("map.left"))
            return 1
        try:
            if page.obey(line):
                return 0
        except OpsbookError as error:
            console.print(Text(str(error)), style="red")


class Page:
    """The proposal as it stands while it is edited."""

    def __init__(self, path, proposal, own, account, console, say):
        self.path, self.proposal, self.own, self.account = path, proposal, own, account
        self.console, self.say = console, say

    def show(self):
        """The table of columns, and the commands."""
        proposal, say = self.proposal, self.say
        title = say("map.title", file=self.path.name, table=proposal.grain)
        shown = Table(box=None, pad_edge=False, title=Text(title), title_justify="left")
        shown.add_column(say("map.number"), justify="right", no_wrap=True)
        shown.add_column(say("map.header"), overflow="fold", max_width=24)
        shown.add_column(say("map.place"), overflow="fold", max_width=30)
        shown.add_column(say("map.unit"), no_wrap=True)
        shown.add_column(say("map.reason"), overflow="fold")
        for number, row in enumerate(proposal.rows, 1):
            place = Text(row["place"]) if row["place"] else Text(say("map.dropped"), style="dim")
            shown.add_row(str(number), Text(row["header"]), place, row["unit"], Text(row["reason"]))
        self.console.print(shown)
        self.console.print(Text(say("map.help")), style="dim")

    def obey(self, line):
        """One command; True where the mapping was saved."""
        word, *rest = line.split()
        if word.isdecimal() and rest:
            self._place(int(word), rest[0], *rest[1:2])
        elif word == "drop" and rest and rest[0].isdecimal():
            self.proposal = self.proposal.drop(self._header(int(rest[0])))
        elif word == "table" and rest:
            self.proposal = mapping.propose_for(self.path, self.own, grain=rest[0])
        elif word == "columns":
            self.console.print(Text(", ".join(table_of(self.proposal.grain).columns)))
            return False
        elif word == "try":
            self._try()
            return False
        elif word == "save":
            return self._save(rest)
        else:
            self.console.print(Text(self.say("map.unknown", line=line)), style="red")
            return False
        self.show()
        return False

    def _header(self, number):
        rows = self.proposal.rows
        if not 1 <= number <= len(rows):
            raise InputError(self.say("map.no_column", n=number, last=len(rows)))
        return rows[number - 1]["header"]

    def _place(self, number, place, unit=""):
        table = place if "." in place else f"{self.proposal.grain}.{place}"
        self.proposal = self.proposal.place(self._header(number), table, unit=unit)

    def _try(self):
        """Read the file so and tell what came of it; the export read."""
        export = read_export(self.path, mapping=self.proposal, account=self.account)
        told = self.say(
            "map.tried",
            records=export.records,
            refused=export.refused_rows,
            not_data=export.not_data,
        )
        self.console.print(told)
        for row, column, value, reason in export.bad[:REFUSED_SHOWN]:
            told = self.say("map.row", row=row, column=column, value=repr(value), reason=reason)
            self.console.print(Text(told), style="yellow")

    def _save(self, rest):
        if rest:
            self.proposal = self.proposal.named(rest[0])
        self._try()
        target = mapping.save(self.proposal, self.own)
        self.console.print(Text(self.say("map.saved", path=target, file=self.path.name)))
        return True
