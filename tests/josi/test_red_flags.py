"""Red flags: every core symptom, in any words; no alarm for idioms, denials, other people and hard work."""

import pytest

from josi.red_flags import detect

FLAGS = """
I have chest pain | chest_pain
my chest hurts when I run | chest_pain
there is a tightness in my chest | chest_pain
pressure on my chest since this morning | chest_pain
it feels like an elephant sitting on me, chest | chest_pain
cheast pain during the ride | chest_pain
my chst feels tight and i'm scared | chest_pain
sharp pains around my chest | chest_pain
pain in my left arm | chest_pain
pijn op de borst | chest_pain
ik heb druk op mijn borst | chest_pain
I can't run because of chest pain | chest_pain
I don't know why my chest hurts | chest_pain
the chest pain won't go away | chest_pain
give me a 45 min run, my chest feels tight | chest_pain
my heart keeps skipping beats | heart
heart palpitations all night | heart
my heart is racing while lying in bed | heart
I think I'm having a heart attack | heart
my heart flutters | heart
mijn hart slaat over | heart
hartkloppingen in rust | heart
palpatations again | heart
I fainted after the run | fainting
I passed out yesterday | fainting
nearly blacked out on the bike | fainting
I collapsed during my run | fainting
flauwgevallen tijdens het fietsen | fainting
ik ben bijna flauwgevallen | fainting
lost conciousness for a moment | fainting
felt like I was going to faint | fainting
I feel dizzy | dizziness
dizzy spells all day | dizziness
so lightheaded when I stand up | dizziness
light-headed and weak | dizziness
ik ben duizelig | dizziness
dizy today | dizziness
the room is spinning | dizziness
I can't breathe properly | breathing
cant catch my breath even sitting down | breathing
struggling to breathe | breathing
shortness of breath at rest | breathing
short of breath walking up the stairs | breathing
kortademig | breathing
ik krijg geen lucht | breathing
having trouble breathing since last night | breathing
out of breath just lying on the sofa | breathing
wheezing badly | breathing
ik ben benauwd | breathing
I hit my head in the crash | head_injury
fell off my bike and landed on my head | head_injury
I think I have a concussion | head_injury
op mijn hoofd gevallen | head_injury
my face is drooping | stroke
my speech is slurred | stroke
suddenly numb on one side | stroke
one side of my body went weak | stroke
worst headache of my life | stroke
my calf is swollen and hot | clot
maybe a blood clot in my leg | clot
kuit is opgezwollen en warm | clot
I think I have heat stroke | heat_stroke
stopped sweating and feel confused in the heat | heat_stroke
zonnesteek opgelopen | heat_stroke
coughing up blood | bleeding
my pee is dark brown after the race | muscle_breakdown
I want to kill myself | crisis
no energy, chest pain | chest_pain
not feeling well, dizzy | dizziness
my doctor cleared me last year but the chest pain is back | chest_pain
my wife says I fainted | fainting
"""

NO_FLAGS = """
give me a 45 minute run
I have my heart set on a marathon
that view took my breath away
a breathtaking ride
chest workout please
chest day at the gym
bench press and chest press
what heart rate zone should I be in
no chest pain, just tired
geen pijn op de borst
I'm not dizzy
I don't have chest pain or dizziness
no dizziness or chest pain
my doctor cleared me after my heart check last year
my dad had a heart attack years ago
my dad had a heart attack
out of breath after the sprints
my legs are sore after intervals
breathing exercises for running
I was winded after the hill repeats
my knee hurts
I have a cold
I have the flu
stomach bug, skip today
my chest strap is broken
heart rate was 180 in intervals
my heart was pounding during the intervals
he broke my heart
learn it by heart
not for the faint of heart
my friend fainted at the race last year
how do I prevent heat stroke
what are the signs of a heart attack
swim stroke technique
improve my stroke
my head is spinning with all the options
tight hamstrings
tight calves after running
sore chest from push-ups
I'm dead tired
my back hurts
swollen ankle
I'm gasping for a holiday ride
my heart isn't in it today
take a deep breath
I can't catch a break
I passed my exam
I'm out of time
adembenemende rit
spierpijn
ik ben moe
ik ben verkouden
hartslag zones
heart rate monitor died
I killed that workout
that climb was killer
is running good for the heart
does running prevent heart disease
is 150 a good heart rate
my resting heart rate is 50
my heart rate is high in the heat
it is hot outside today
it's too hot to run
my shoulder hurts after chest press
"""


@pytest.mark.parametrize("line", FLAGS.strip().splitlines())
def test_flag(line: str) -> None:
    text, _, kind = line.rpartition(" | ")
    assert detect(text) == kind


@pytest.mark.parametrize("text", NO_FLAGS.strip().splitlines())
def test_no_flag(text: str) -> None:
    assert detect(text) is None


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "a" * 20000, "chest " * 3000, "no " * 5000], ids=range(6))
def test_odd_text_never_fails(text: str) -> None:
    assert detect(text) is None


def test_flag_is_found_at_the_end_of_a_long_message() -> None:
    assert detect("I ran and it was fine. " * 400 + "Now my chest hurts.") == "chest_pain"
