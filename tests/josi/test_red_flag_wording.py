"""Red flags in everyday wording, English and Dutch, and the idioms, other people and pasts that are none."""

import pytest

from josi.red_flags import detect

FLAGS = """
my chest was on fire on the stairs | chest_pain
chest is paining when I walk | chest_pain
like somebody standing on my chest | chest_pain
het voelt als een band om mijn borst | chest_pain
pijn die uitstraalt naar mijn linkerarm | chest_pain
my heart does somersaults on the couch | heart
heart beating like mad in bed | heart
my heart rate jumped to 170 while lying in bed | heart
extra beats all evening | heart
heartbeats are weird tonight | heart
mijn hartslag slaat op hol | heart
hartkloping vannacht | heart
hart maakt sprongetjes | heart
I've had palpitations for three years | heart
my vision went dark on the climb | fainting
I was out cold for a minute | fainting
woke up lying on the pavement | fainting
flauw gevalen in de douche | fainting
ik viel even weg op de fiets | fainting
my head feels light and odd | dizziness
giddy and sick | dizziness
light heded again | dizziness
I can't breathe in properly | breathing
it hurts to take a deep breath | breathing
stabbing pain every time I breathe in | breathing
struggling for air on the flat | breathing
hard getting air in | breathing
like breathing through a straw | breathing
ademhalen doet pijn | breathing
ik kom adem te kort | breathing
kort ademig op de trap | breathing
my head struck the ice | head_injury
I can't remember the fall | head_injury
knal op mijn hoofd gekregen | head_injury
gevallen op m'n hoofd | head_injury
half of my face can't move | stroke
can't see out of my right eye | stroke
ik kan opeens niet meer praten | stroke
rechterkant voelt doof | stroke
my leg is swollen and sore since the flight | clot
dikke rode kuit | clot
bevangen door de hitte | heat_stroke
bloed geplast na de wedstrijd | bleeding
I had a fit last night | seizure
I'd rather be dead | crisis
ik wil er een einde aan maken | crisis
I can't hold my bladder since the fall | spine
"""

NO_FLAGS = """
a heart-stopping descent, loved it
my chest belt keeps slipping
the sports bra is too tight around my chest
backpack feels tight on my chest
chest is sore from swimming
my old friend fainted at the race
my younger brother has a heart condition
when I was 12 I had a seizure
totally winded after the 400s
breathing hard at threshold
my heart was racing at the start line
my heart was hammering at the top of the climb
heart rate won't go above 155
the doc ruled out palpitations
chest pain: no
dizziness - none
how can I recognise heat exhaustion
wanneer moet je stoppen bij duizeligheid
seeing double digits on the scale
breathless with excitement
couldn't breathe for laughing
blacked out dates in my calendar
dizzy with numbers
hit my head torch battery limit
warm calves after rollers
a fit of giggles
had a fit when I saw the bill
I'd rather be dead than do burpees
end it all with a sprint finish
benauwde sporthal
my hartslag is 150
"""


@pytest.mark.parametrize("line", FLAGS.strip().splitlines())
def test_flag(line: str) -> None:
    text, _, kind = line.rpartition(" | ")
    assert detect(text) == kind


@pytest.mark.parametrize("text", NO_FLAGS.strip().splitlines())
def test_no_flag(text: str) -> None:
    assert detect(text) is None


@pytest.mark.parametrize("text", ["my bra felt off, then a tight chest", "I took off my vest and felt a tight chest"])
def test_a_garment_hides_no_symptom(text: str) -> None:
    assert detect(text) == "chest_pain"


@pytest.mark.parametrize("text", ["chest pain, no idea why", "chest pain: no joke"])
def test_a_no_that_denies_nothing(text: str) -> None:
    assert detect(text)


@pytest.mark.parametrize(
    "text",
    [
        "sore ribs from bumping into the table",
        "pain in my left arm from the vaccine",
        "what if I feel dizzy during the race?",
        "I was dizzy last month, doctor found nothing, all good now",
        "in conclusion I want an easy week",
    ],
)
def test_an_ordinary_cause_a_supposition_and_a_word_of_its_own(text: str) -> None:
    assert detect(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "my chest is sore and I haven't done any push ups",
        "sore ribs from coughing and a pressure on them",
        "why does my heart skip beats?",
        "my head's spinning",
        "ik krijg maar geen lucht",
        "pressure on the chest when I climb, at rest it is gone",
    ],
)
def test_what_excuses_nothing(text: str) -> None:
    assert detect(text)
