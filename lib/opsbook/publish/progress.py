"""Progress of a run on the terminal: a bar per chapter, cells done of all."""

import threading

MARKS = {"ok": "[green]ok[/]", "cached": "[cyan]cached[/]", "no_data": "[yellow]no data[/]"}


class Progress:
    """Bars for chapters (dict of number -> name); plain silence where no one watches."""

    def __init__(self, names):
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        console = Console(stderr=True)
        self.bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self.tasks = {
            number: self.bars.add_task(name, total=None, start=False, state="waiting")
            for number, name in names.items()
        }
        self.lock = threading.Lock()

    def __enter__(self):
        self.bars.start()
        return self

    def __exit__(self, *_):
        self.bars.stop()

    def hear(self, number, event):
        """Show an event of the process that runs a chapter."""
        with self.lock:
            task = self.tasks[number]
            self.bars.start_task(task)
            if "cell" in event:
                done, total = event["cell"], event["cells"]
                self.bars.update(task, completed=done, total=total, state=f"{done}/{total}")
            elif "rendering" in event:
                self.bars.update(task, state="writing")

    def end(self, number, state, error):
        """Show how a chapter ended."""
        with self.lock:
            task = self.tasks[number]
            total = self.bars.tasks[self.tasks[number]].total or 1
            mark = MARKS.get(state) or f"[red]failed[/] {error[:60]}"
            self.bars.update(task, completed=total, total=total, state=mark)
