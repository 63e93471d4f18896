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
I've only got 35 mins before the kids wake up | 35
can you squeeze something into 40 minutes? | 40
my lunch break is 45 minutes | 45
lunch break run, 40 minutes | 40
Got time for a 1h30 ride this afternoon | 90
tempo run for 50 min with 10 min warm up and 10 min cool down | 50
warm up 10 minutes then 40 minutes tempo | 40
I'd love a two-hour ride | 120
two-hour long ride on sunday | 120
long run of 2 hours | 120
2-hour ride | 120
2.5h endurance ride | 150
2 and a half hours ride | 150
20 minute HIIT | 20
20 mins of core | 20
20-30 mins yoga | 20
20 to 30 mins | 20
25 min max | 25
forty minutes would be great | 40
an hour max | 60
under an hour please | 60
less than 45 minutes | 45
at least 60 minutes | 60
60+ minutes | 60
about 1 hour and 10 mins | 70
1hr 30 | 90
1 h 30 min | 90
1h 30 | 90
01:30 hours | 90
1.25 hours | 75
hour or so | 60
an hour or so on the bike | 60
give me about an hour, maybe 75 minutes | 60
hmm 60 min. wait no 50 min | 50
60 minutes... actually 45 | 45
let's do 60, no 45 minutes | 45
I have 60 no 50 minutes | 50
can I do it in 30 minutes instead of 60? | 30
my plan says 60 but I only have 40 minutes | 40
plan says 90 minutes today but I've 50 | 50
planned 60 min, only 30 available | 30
cut today's ride to 45 minutes | 45
cut it down to half an hour | 30
my 90 minute ride is too long, give me 60 | 60
I did 60 min yesterday and want 30 min today | 30
ran for an hour yesterday, 45 today please | 45
yesterday 60 min, today 45 min | 45
ran 10k in 50 min yesterday, now give me 30 min easy | 30
3x10 min threshold, 60 min total | 60
60 min total incl 10 min warm up | 60
20 min at threshold, 60 min total | 60
8 hours of sleep, 60 minutes run | 60
I have a meeting in 30 min so only 20 minutes | 20
leaving in 10 minutes, I have 45 minutes | 45
at 5pm for 45 minutes | 45
tomorrow at 7:00 for an hour | 60
from 6pm, 90 minutes | 90
morgen om 7 uur een uur hardlopen | 60
ik heb maar 40 min | 40
ik heb vandaag 40 minuutjes | 40
heb je iets van 50 minuten | 50
een training van anderhalf uur | 90
training van een uur | 60
een uur en een kwartier | 75
5 kwartier fietsen | 75
vijf kwartier | 75
drie kwartiertjes | 45
3 kwartier hardlopen | 45
uurtje lopen | 60
lekker uurtje fietsen | 60
half uurtje hardlopen graag | 30
2 uurtjes | 120
nee, 40 minuten | 40
nee 40 | 40
ik bedoel 40 minuten | 40
45 tot 60 minuten | 45
30 a 40 minuten | 30
30 à 40 min | 30
2 uur geslapen, 30 min rustig | 30
what pace for a 60 minute tempo? | 60
sat 10 hours at the desk, want 45 min run | 45
12 weeks, 4 days a week, 60 minutes each | 60
3 times a week 45 minutes | 45
three 45 minute runs | 45
two 30 min sessions | 30
300 min | 300
120 mins | 120
ninety | 90
forty five | 45
sixty minutes no wait forty five | 45
hr and a half | 90
an hr | 60
half hr | 30
halfhour | 30
1/2 hour | 30
1 1/2 hours | 90
¾ hour | 45
three quarter hour | 45
quarter hour | 15
45mnts | 45
45 minits | 45
45 minutess | 45
45 mnutes | 45
45min. | 45
45 MIN | 45
forty-fiveish minutes | 45
45 minute-ish | 45
45 or so minutes | 45
like 45 | 45
maybe 45 | 45
~45 min | 45
±45 min | 45
<45 min | 45
≤ 60 min | 60
45-min | 45
"45 min" | 45
45 minutes of running then 15 minutes of strength | 45
swap my 60 min run for a 40 min ride | 40
replace the 90 min ride with 45 min | 45
I normally do 60 min but today 40 | 40
usually 60, today 45 min | 45
not an hour, 45 min | 45
I can't do 60, 30 max | 30
don't have an hour, just 25 min | 25
I could do an hour but not 90 minutes | 60
45 not 60 | 45
45 minutes not 60 | 45
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
4x4 min today
do I need 5 min between sets?
8 x 400m with 90 sec rest
I sleep 8 hours a night
my watch says 48 hours recovery
48 hours recovery
recover for 24 hours
rest 2 hours between sessions
the race starts in 2 hours
race in 3 hours what should I eat
I have a meeting in 30 minutes
18:00 tot 19:00
ik slaap 6 uur
over een uur begin ik
over een uurtje
vorige week 2 uur gefietst
elke 20 minuten drinken
4 keer 8 minuten
tempo 5:30 min per km
ik ben 45
ik ben 45 jaar
3 weken
hartslag 150
why 45 minutes today?
hi I am 30 and want to run a marathon
my max HR is 190
vo2max 55
vo2 of 55
I want to run 10
my resting hr is about 50
sweet spot 3x15 minutes
5 minutes at 300 watts
hold 300 watts for 20 minutes
could I break 2 hours in the half?
PB is 45 minutes for 10k
I finished in 45 minutes
my longest run is 90 minutes
longest ride ever 5 hours
my knee hurts after 20 minutes
after 30 minutes my legs burn
knee pain starts at 30 minutes
drink every 15 minutes
nap of 20 minutes ok?
is 8 hours sleep enough
flew 10 hours, jet lagged
worked 10 hours today
just off a 12 hour shift
10 hours
give me 5 min
0 minutes
1000 minutes
9 minutes
301 min
3 min
{"time": 45}
move my 60 min run to tomorrow
skip the 60 min run
is 45 min too long?
my coach gave me 60 min yesterday
can't do an hour today
no time for 60 minutes
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
def test_long_text_is_read_in_seconds(piece: str) -> None:
    assert minutes(piece * 3000) in (None, 15, 40, 45, 60, 90)
