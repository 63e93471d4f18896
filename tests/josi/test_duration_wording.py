"""Durations in everyday wording: ranges, corrections, foreign habits, and sums, judgements and pasts that are none."""

import pytest

from josi.durations import minutes

STATED = """
able to put in forty minutes after the school run | 40
hour fifteen on the trainer | 75
hour and twenty on the bike | 80
hour-ish spin please | 60
skiing please, hour | 60
ik wil skeeleren, uurtje | 60
heb een ruim uur om te fietsen | 60
half n hour ride | 30
'alf an hour jog | 30
an huor ride | 60
half an houre row | 30
35 miunte spin | 35
forty-odd minutes today | 40
1h:20 on skates | 80
30/45 min ride | 30
anywhere from 25 to 40 minutes | 25
from half an hour up to 45 minutes | 30
80 minutes. hang on, 60 | 60
70 min -> 40 min | 40
today says 75 minutes, can you do 50 instead | 50
bring my ride down from 80 to 55 min | 55
I said an hour but 35 min will do | 35
ik wilde anderhalf uur, maar ik heb maar 50 minuten | 50
I can ride during 50 minutes | 50
time available: 50 | 50
duration: 55 | 55
tijd: 40 | 40
ok 35 then | 35
lunch is in 60 minutes, what can I do in 35? | 35
a slot of 35 minutes before dinner | 35
ik heb zin in een uur schaatsen | 60
kan het ook in 35 minuten? | 35
I slept only 5 hours, I want 30 minutes | 30
25 mins before school, make me something | 25
we've got an hour after lunch, plan a ride | 60
why a tempo run if I only have 40 minutes? | 40
"""

NOT_STATED = """
arrived 30 minutes before the start
is rowing good 4 ur back
make my ride 20 minutes shorter
kan het een kwartier korter
half an hour longer please
add 20 minutes to my run
cut 20 minutes off my ride
I've just done 50 minutes
we've already ridden 2 hours
I've been cycling for 2 hours
heb net drie kwartier geschaatst
ik heb een uur getraind
ran only 45 minutes
slaap maar 6 uur
sleep only 4 hours
aiming for 4h15 in the marathon
is 40 minutes enough for a beginner?
would 30 minutes be sufficient
does 30 minutes of core help?
how many calories does 50 minutes of rowing burn
is een half uur genoeg
the rink is 30 minutes from my house
the gym is 40 minutes by train
stuck in the car for 3 hours
I lost 30 minutes in traffic
the plan has me down for 80 minutes
average HR 148 for 50 min
50''
$45
45%
{"minutes": 50}
"""


@pytest.mark.parametrize("line", STATED.strip().splitlines())
def test_stated(line: str) -> None:
    text, _, wanted = line.rpartition(" | ")
    assert minutes(text) == int(wanted)


@pytest.mark.parametrize("text", NOT_STATED.strip().splitlines())
def test_not_stated(text: str) -> None:
    assert minutes(text) is None


def test_a_fraction_after_a_slash_is_no_range() -> None:
    assert minutes("3/4 hour row") == 45
    assert minutes("15/15 min intervals") is None
