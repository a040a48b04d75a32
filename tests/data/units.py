"""How a figure of a table may differ from the cell it was read from: by its unit, or computed."""

# Computed out of several cells of an order, or out of a day; other tests hold them.
COMPUTED = {"line_no", "line_amount", "paid_amount", "shipping", "refund_amount", "weekday"}
# Ways in which a column's unit may scale a cell: shares, durations, fen, li, micros, 万元.
FACTORS = (1, 0.01, 0.001, 1e-4, 1e-5, 1e-6, 60, 3600, 1e4)
SCALES = {
    "万": 1e4,
    "w": 1e4,
    "W": 1e4,
    "亿": 1e8,
    "k": 1e3,
    "K": 1e3,
    "m": 1e6,
    "M": 1e6,
    "b": 1e9,
    "B": 1e9,
    "千": 1e3,
}
