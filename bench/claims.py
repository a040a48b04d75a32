"""The full simulations of every method, and their figures as the Markdown table of docs/methods.md."""

import math


def run(topics):
    """Claims of these topics in full, printed one by one: list of dicts."""
    from opsbook import proof

    rows = []
    for topic in topics:
        table = proof.claims(topic, proof.real_folder(), thin=False)
        print(markdown(table.to_dict("records")), flush=True)
        rows += table.assign(topic=topic).to_dict("records")
    return rows


def markdown(rows):
    """Claims as rows of a Markdown table, worded in English."""
    from opsbook.present.language import messages

    words = {key.removeprefix("value."): form["en"] for key, form in messages().items()}

    def word(name):
        return words.get(name, name)

    def number(value):
        if value is None or math.isnan(value):
            return ""
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"

    lines = [
        "| claim | figure | must | runs | Monte Carlo error | answered not enough | beside | holds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        name = word(row["claim"]) + (f": {word(row['case'])}" if row["case"] else "")
        figure = number(row["figure"])
        if not math.isnan(row["figure_low"]):
            figure += f" [{number(row['figure_low'])}, {number(row['figure_high'])}]"
        beside = number(row["alternative_figure"])
        beside = f"{word(row['alternative'])}: {beside}" if beside else ""
        cells = (
            *(name, figure, word(row["target"]).replace("\u00a0", " "), number(row["runs"])),
            *(number(row["mc_error"]), number(row["not_enough"]), beside),
            "yes" if row["ok"] else "no",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
