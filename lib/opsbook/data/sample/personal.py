"""Personal data that are valid in form and belong to nobody."""


def _luhn(digits):
    total = 0
    for i, d in enumerate(reversed(digits)):
        d = d * 2 if i % 2 == 0 else d
        total += d - 9 if d > 9 else d
    return (10 - total % 10) % 10


def bank_card(rng):
    """19 digits with a valid check digit behind a bank's prefix."""
    digits = [int(c) for c in "622202"] + [int(x) for x in rng.integers(0, 10, 12)]
    return "".join(map(str, digits)) + str(_luhn(digits))


def id_card(rng):
    """18 characters with a valid check character; born in the years of adults."""
    head = f"110101{int(rng.integers(1960, 2000))}{int(rng.integers(1, 13)):02d}{int(rng.integers(1, 29)):02d}{int(rng.integers(0, 1000)):03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return head + "10X98765432"[sum(int(c) * w for c, w in zip(head, weights, strict=True)) % 11]


def mobile(rng):
    """An eleven-digit mobile number."""
    return f"138{int(rng.integers(10**7, 10**8)):08d}"


def leak(rng, k, language):
    """One comment that gives personal data away: (kind, text); kinds take turns."""
    number = int(rng.integers(10, 99))
    if language == "en":
        return (
            ("email", f"Write to lin{number}.test@mail.example please")
            if k % 2
            else ("bank_card", f"My card is {bank_card(rng)} refund it")
        )
    made = (
        ("mobile", f"我电话{mobile(rng)}，帮我查下"),
        ("id_card", f"实名填的{id_card(rng)}对吗"),
        ("bank_card", f"退到卡号{bank_card(rng)}"),
        ("address", f"寄到上海市浦东新区示例路{number}号3栋{number}02室"),
        ("email", f"发票发到chen{number}.test@mail.example"),
        ("plate", f"车牌沪A·{number}E{number}，放门卫"),
    )
    return made[k % len(made)]
