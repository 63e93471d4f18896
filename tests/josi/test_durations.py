"""Durations: what the athlete can train, against everything else that is measured in minutes or hours."""

import pytest

from josi.durations import minutes

STATED = """
45 min run | 45
Give me a 45-minute run | 45
I have 45 minutes | 45
45 mins on the bike please | 45
45min | 45
I've got an hour | 60
an hour on the trainer | 60
about an hour | 60
1 hour run | 60
one hour easy ride | 60
hour run please | 60
two hours on the bike | 120
2h ride | 120
2 hrs | 120
1.5 hours | 90
1,5 uur fietsen | 90
1h15 | 75
1h 15 easy | 75
1h15m | 75
1 hour 15 minutes | 75
1 hr 20 min ride | 80
an hour and 20 minutes | 80
an hour twenty | 80
1:15 h | 75
1:30 hours on the bike | 90
three quarters of an hour | 45
three-quarters of an hour run | 45
3/4 hour | 45
an hour and a half | 90
hour and a half | 90
one and a half hours | 90
two and a half hours on Sunday | 150
an hour and a quarter | 75
half an hour | 30
half hour jog | 30
a half-hour run | 30
quarter of an hour | 15
90 mins | 90
90' easy spin | 90
forty-five minutes | 45
forty five mins | 45
thirty minutes tops | 30
ninety minute ride | 90
a hundred minutes | 100
one hundred and twenty minutes | 120
45ish | 45
45-ish min run | 45
I can do 45ish today | 45
30-45 min | 30
30 to 45 minutes | 30
between 45 and 60 minutes | 45
45 min to an hour | 45
half an hour to 45 min | 30
1-2 hours | 60
an hour or two | 60
1 to 1.5 hours on the bike | 60
30 or 40 minutes run | 30
45 minutes, no, 40 | 40
60 min run. Actually make it 40 | 40
Give me an hour... sorry, 45 minutes | 45
no, 40 | 40
make it 30 | 30
actually make it 40 | 40
I said 60 minutes but I only have 30 | 30
I wanted 90 min, scratch that, 1 hour | 60
Shorten my 60 minute run to 30 minutes | 30
extend it from 45 to 60 minutes | 60
Can we do 30 min instead of 60 min? | 30
anderhalf uur fietsen | 90
drie kwartier hardlopen | 45
een half uurtje lopen | 30
half uur | 30
halfuurtje | 30
een uur en een kwart | 75
uur en een kwartier | 75
een uurtje fietsen | 60
ik heb een uur | 60
ik heb 45 minuten | 45
vijfenveertig minuten hardlopen | 45
twee uur op de fiets | 120
twee en een half uur fietsen | 150
een kwartiertje | 15
1u30 fietsen | 90
een uur of twee fietsen | 120
een minuut of 40 | 40
45 minuten, nee, doe maar 30 | 30
tussen de 45 en 60 minuten | 45
45 | 45
about 45 | 45
45 max | 45
I only have 30 today | 30
got 50 for a run | 50
quick 20 please | 20
I ran yesterday, today I have 40 minutes | 40
I slept badly but I can do 30 minutes | 30
Slept 5 hours, 45 min easy run please | 45
I ran 60 minutes yesterday, give me 30 minutes today | 30
I have 45 minutes before work | 45
45 min until my meeting, run please | 45
what can I do in 45 minutes? | 45
something I can do in 30 min | 30
45 min with 4x8 min threshold | 45
60 minute run at 5:30/km | 60
run at 6:30, 45 minutes | 45
45 minute interval session | 45
30 minute recovery run | 30
45 min hill repeats | 45
no more than 45 minutes | 45
not more than an hour | 60
I don't have more than 30 minutes | 30
at 7pm I've got an hour for the gym | 60
my coach says 10k but I have 50 minutes | 50
I'm 45 years old and have 30 minutes | 30
10 min | 10
300 minutes ride | 300
5 hours on the bike | 300
30 minuets jog | 30
40 minuts run | 40
I've got the next 45 minutes free | 45
1½ hours | 90
½ hour run | 30
how about a 50 minute swim | 50
give me a workout, i have like 35 mins | 35
could you build a session of 75 minutes? | 75
legs are tired, 30 mins easy spin | 30
1 uur en 15 minuten fietsen | 75
60-90min | 60
1 hr | 60
an easy hour on the bike | 60
"""

NOT_STATED = """
give me a run
run at 5:30/km
my pace is 5:30 min/km
hold 4:45 per km
5 min/km pace
8 minute miles
at 6:30
I train at 18:00
7 pm works
om 18:00 hardlopen
om 7 uur fietsen
half zeven hardlopen
4x8 min threshold
4 x 8 minutes
5 x 3 minutes
6 sets of 3 minutes
30 sec on 30 sec off
what does 5 times 8 minutes mean
10k
10 km run
run 10k tomorrow
I ran 60 minutes yesterday
Yesterday I did a 90 minute ride
my 60 minute run felt terrible
last week I rode 3 hours
gisteren 60 minuten gelopen
I did 45 minutes this morning
slept 5 hours
I only slept 5 hours
only got 4 hours of sleep
ik heb 5 uur geslapen
slept badly, maybe 5 hours
I'm leaving in 90 minutes
in 90 minutes
can we start in 30 minutes
over 30 minuten begin ik
2 hours ago
ate an hour ago
half uur geleden
for 3 weeks
3 weeks
I'm 45 years old
I am 45
5 minutes
400 minutes
6 hours
I can train 6 hours a week
train 5 hours per week
I have 12 weeks until my race
my heart rate is around 150
HR at about 150
FTP 250 watts
I weigh about 80
running 30 minutes late
gym is 20 minutes away
my 20 minute test went well
run a 10k in 50 minutes
marathon in under 4 hours
half marathon in 1:45
sub 40 minutes 10k
why is my session 60 minutes?
waarom duurt mijn training 60 minuten
30 km an hour
60 g carbs per hour
how are you
after 2 hours on the bike my knee hurts
what should I eat before a 90 minute ride?
a 2 hour flight tomorrow
10 minute warm-up
I don't have 60 minutes
not 60 minutes
the last 30 minutes were awful
8 hour shift
22 minute 5k pb
it took me 50 minutes
run of 5 km
18:30 uur
wake me at 6
between 6 and 7 pm
zone 2
week 3 of 12
turned 40 today
"""


@pytest.mark.parametrize("line", STATED.strip().splitlines())
def test_stated(line: str) -> None:
    text, _, wanted = line.rpartition(" | ")
    assert minutes(text) == int(wanted)


@pytest.mark.parametrize("text", NOT_STATED.strip().splitlines())
def test_not_stated(text: str) -> None:
    assert minutes(text) is None


@pytest.mark.parametrize("text", ["", " ", "\x00", "\ud800 45 min run", "ß" * 5000], ids=range(5))
def test_odd_text_never_fails(text: str) -> None:
    assert minutes(text) in (None, 45)


@pytest.mark.parametrize("piece", ["45 min ", "no, 40 ", "1-2 ", "an hour and ", "9" * 10, "a ", "- "])
def test_long_text_takes_linear_time(piece: str) -> None:
    assert minutes(piece * 3000) is None or True
