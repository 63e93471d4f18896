"""Durations as athletes write them: minutes in, text out (English and Dutch)."""

from training.synth.compose import Dice

COMMON = (
    20,
    25,
    30,
    30,
    30,
    35,
    40,
    45,
    45,
    45,
    50,
    60,
    60,
    60,
    60,
    70,
    75,
    80,
    90,
    90,
    100,
    105,
    120,
    120,
    150,
    180,
)
_TENS = {
    20: "twenty",
    30: "thirty",
    40: "forty",
    50: "fifty",
    60: "sixty",
    70: "seventy",
    80: "eighty",
    90: "ninety",
}
_ONES = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SMALL = {10: "ten", 12: "twelve", 15: "fifteen", 18: "eighteen"}
_HOURS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}
_FIXED = {
    15: ("a quarter of an hour", "15 minutes"),
    30: ("half an hour", "half an hour", "a half hour", "30 minutes", "thirty mins"),
    45: ("three quarters of an hour", "45 minutes", "45 mins", "3/4 of an hour"),
    60: ("an hour", "an hour", "1 hour", "one hour", "1h", "1 hr", "60 min", "a full hour", "1 h", "1hr"),
    75: ("an hour and a quarter", "1h15", "75 min"),
    90: ("an hour and a half", "1.5 hours", "1h30", "one and a half hours", "1.5h", "90 mins", "1,5 hours"),
    120: ("two hours", "2 hours", "2h", "2 hrs", "a couple of hours", "120 minutes"),
    150: ("two and a half hours", "2.5 hours", "2h30", "2.5h"),
    180: ("three hours", "3 hours", "3h", "180 min"),
    240: ("four hours", "4 hours", "4h"),
}
_FIXED_NL = {
    15: ("een kwartier",),
    30: ("een half uur", "half uurtje", "een halfuur", "30 minuten"),
    45: ("drie kwartier", "45 minuten", "45 min"),
    60: ("een uur", "een uurtje", "1 uur", "60 minuten"),
    90: ("anderhalf uur", "1,5 uur", "anderhalf uurtje"),
    120: ("twee uur", "2 uur", "2 uurtjes"),
    150: ("tweeënhalf uur", "2,5 uur"),
    180: ("drie uur", "3 uur"),
}
_HEDGES = (
    "about",
    "around",
    "max",
    "roughly",
    "~",
    "like",
    "maybe",
    "up to",
    "no more than",
    "just",
    "at most",
    "ca.",
)


def some_minutes(dice: Dice) -> int:
    """A duration to train: mostly a common one, sometimes any of 10…300."""
    return dice.pick(COMMON) if dice.chance(0.8) else 10 + dice.below(291)


def spoken(minutes: int, dice: Dice, *, dutch: bool = False, hedge: bool = True) -> str:
    """The duration as a noun phrase: "45 min", "an hour and a half", "about 40 minutes", "een uurtje"."""
    if dutch:
        fixed = _FIXED_NL.get(minutes)
        return dice.pick(fixed) if fixed else dice.pick([f"{minutes} minuten", f"{minutes} min", f"{minutes}min"])
    text = _form(minutes, dice)
    return f"{dice.pick(_HEDGES)} {text}".replace("~ ", "~") if hedge and dice.chance(0.2) else text


def adjective(minutes: int, dice: Dice) -> str:
    """The duration before a noun: "45 minute", "90-min", "one hour", "1h30"."""
    forms = [f"{minutes} minute", f"{minutes}-minute", f"{minutes} min", f"{minutes}min", f"{minutes}-min"]
    if minutes % 60 == 0:
        hours = minutes // 60
        forms += [
            f"{hours} hour",
            f"{hours}-hour",
            f"{hours}h",
            f"{_HOURS[hours]} hour",
            f"{_HOURS[hours]}-hour",
        ]
    elif minutes == 90:
        forms += ["1.5 hour", "1h30", "hour and a half"]
    elif minutes == 30:
        forms += ["half hour", "half-hour"]
    elif minutes > 60:
        forms.append(f"{minutes // 60}h{minutes % 60:02d}")
    return dice.pick(forms)


def _form(minutes: int, dice: Dice) -> str:
    if minutes in _FIXED and dice.chance(0.55):
        return dice.pick(_FIXED[minutes])
    forms = [f"{minutes} minutes", f"{minutes} min", f"{minutes} mins", f"{minutes}min", f"{minutes} minutes"]
    if minutes > 60 and minutes % 60:
        hours, rest = divmod(minutes, 60)
        forms += [
            f"{hours}h{rest:02d}",
            f"{hours} hr {rest} min",
            f"{hours} hour{'s' * (hours > 1)} and {rest} minutes",
        ]
        forms.append(f"{hours}h {rest}min")
    if minutes < 100:
        forms += [f"{_in_words(minutes)} minutes", f"{_in_words(minutes)} min"]
    return dice.pick(forms)


def _in_words(minutes: int) -> str:
    tens, ones = minutes // 10 * 10, minutes % 10
    if minutes in _SMALL:
        return _SMALL[minutes]
    if tens not in _TENS:
        return str(minutes)
    return f"{_TENS[tens]} {_ONES[ones]}".strip()
