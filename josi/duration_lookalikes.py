"""What only looks like a duration to train: paces, intervals, rates, clock times, ages."""

import re

from josi.duration_spans import HOUR, MINUTE

_DIST = r"(?:km|k|kms|kilomet(?:er|re)s?|mi|miles?|mijl|100\s?m|500\s?m)"
_CLOCK = r"(?:[01]?\d|2[0-4])"
_CLOCK_WORD = r"(?:at|by|until|till|til|before|after|around|from|since|om|tot|rond|vanaf|tegen|na|voor|@)"

# Tried in this order; a match becomes `#` signs, so that nothing else reads it.
LOOKALIKES = tuple(
    re.compile(source)
    for source in (
        r"\b\d{4}-\d{1,2}-\d{1,2}\b|\b\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d\b",  # dates
        rf"\d{{1,2}}\s?[:.'′]\s?\d\d\s*(?:''|\"|')?\s*(?:min(?:utes?|s)?\s*)?(?:/|per|a|an|p/?)\s*{_DIST}\b",
        rf"\b\d+(?:[.,]\d+)?\s*(?:min(?:ute?s?|uten|s)?)?\s*(?:/|\bper\b|\ba\b|\ban\b|\bthe\b|\bde\b)\s*{_DIST}\b",
        r"\bmin(?:utes?|s)?\s*(?:/|per)\s*(?:km|k|mile|mi)\b",
        r"\b\d+[ -](?:minute|min)[ -](?:miles?|mile|kms?|pace|kilomet(?:er|re)s?)\b",
        r"\b\d{1,2}[:.]\d\d[\s-]+(?:pace|tempo|splits?|miles?|min(?:ute)? (?:miles?|pace))\b",
        r"\bpace\s+(?:of|is|at|around|between)?\s*\d[\d:.]*(?:\s*(?:-|to|and)\s*\d[\d:.]*)?(?:\s*min\w*)?",
        # intervals: 4x8 min, 5 sets of 3 minutes, 4 times 8 minutes, 30 sec on
        rf"\b\d+\s*(?:x|\*)\s*\(?\s*\d+(?:[.,:]\d+)?\s*(?:{MINUTE}|{HOUR}|s(?:ec\w*)?|\"|m|km|k)?(?:\s*/\s*\d+\s*{MINUTE}?)?",
        rf"\b\d+\s+(?:times|keer|maal|sets?\s+of|reps?\s+of|intervals?\s+of|blocks?\s+of|blokken\s+van|repeats?\s+of|bouts?\s+of|efforts?\s+of|rounds?\s+of|by)\s+\d+(?:\s*(?:-|to)\s*\d+)?\s*-?\s*(?:{MINUTE}|{HOUR}|s(?:ec\w*)?)?(?=\W|\Z)",
        rf"\b(?:twice|thrice|tweemaal|driemaal)\s+(?:[1-9]|1\d|20)\s*-?\s*{MINUTE}(?=\W|\Z)",
        r"\b(?:intervals?|efforts?|repeats?|reps|blocks?|sets?|blokken|intervallen)\s+(?:of|van)\s+\d+\s*(?:min\w*|sec\w*|s)?\b",
        r"\b\d+\s*/\s*\d+(?=\s*(?:s\b|sec|intervals?))(?:\s*(?:s|sec\w*))?",
        r"\b1?\d\s*/\s*\d+(?=\s*min)(?:\s*min\w*)?",  # "45/60 min" is a range
        r"\b\d+\s*(?:s|secs?|seconds?|seconden|sec\.)(?![\w])",
        # rates: 30 km an hour, 60 g per hour, 150 beats per minute
        r"\b\d+(?:[.,]\d+)?(?:\s*-\s*\d+)?\s*(?:km|k|mi|miles?|m|g|gr|grams?|mg|ml|l|liters?|kcal|cal|calories|carbs?|beats|steps|strokes|slagen|euros?|eur|dollars?)\b\s*(?:(?:of\s+\w+|carbs?|carbohydrates?|sugar|fluids?|water|koolhydraten)\s+)?(?:an|per|a|/|each|every|the)\s*(?:1\s+)?(?:hour|hr|h|minute|min|uur|minuut)\b",
        r"\b(?:per|/)\s*(?:hour|hr|h|minute|min|uur|minuut)\b",
        # clock times
        rf"\b{_CLOCK}(?:[:.][0-5]\d)?\s*(?:a\.?m\.?|p\.?m\.?|o'?\s?clock|oclock)(?!\w)",
        rf"\b{_CLOCK_WORD}\s+(?:about\s+|around\s+|ongeveer\s+)?{_CLOCK}(?:[:.h][0-5]\d)\b(?:\s*uur)?",
        rf"\b(?:om|rond|vanaf|tegen|na|(?<!\d )tot)\s+(?:ongeveer\s+)?{_CLOCK}\s*(?:uur|u)\b",
        r"\b(?:voor|until|till|at|by)\s+(?:[5-9]|1\d|2[0-4])\s*(?:uur|u|h)\b",
        r"\b(?:om|rond|vanaf|tot|tegen|voor|na|at|by)?\s*(?:half|kwart\s+(?:over|voor))\s+\d{1,2}\b(?!\s*(?:min|uur|h))",
        r"\b(?:half|quarter|kwart)\s+(?:past|to|over|voor)\s+\d{1,2}\b",
        r"\b(?:[6-9]|1\d|2[0-3])[:.][0-5]\d\s*(?:h|uur|u)\b",
        r"\b\d{1,2}:[0-5]\d(?::[0-5]\d)?\b(?!\s*(?:h|hr|hrs|hours?|uur|u)\b)",
        r"\b(?:from|between|van|tussen)\s+\d{1,2}(?:[:.]\d\d)?\s*(?:to|and|until|till|tot|en|-)\s*\d{1,2}(?:[:.]\d\d)?\s*(?:am|pm|uur|o'?clock)",
        # "4 ur lungs": for your; "2 ur fietsen" is Dutch
        r"\b[24] ur (?=[a-z])(?!train|loop|lopen|fiets|hard|rij|schaats|ski|zwem|kracht|rust|vrij|tijd|de |max|lang"
        r"|en |and |plus |half|kwart|of )",
        # ages
        r"\b\d{1,3}[\s-]*(?:years?|yrs?|yo|y/o|jaar|jarige?)\b(?:[\s-]old)?",
    )
)


def blank(text: str) -> str:
    """`text` with every look-alike overwritten by `#` signs of the same length."""
    for pattern in LOOKALIKES:
        text = pattern.sub(lambda m: "#" * len(m[0]), text)
    return text
