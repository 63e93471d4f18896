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

MORE_FLAGS = """
my chest is killing me
there's a weird squeezing feeling in the middle of my chest
chest feels heavy like someone is sitting on it
burning behind my breastbone when I cycle uphill
I get this stabbing thing near my heart
my heart does flip flops
heartbeat all over the place tonight
heart was racing for an hour while I watched tv
my pulse feels irregular
my heart won't slow down after resting
hartritme voelt raar, hart slaat steeds over
mijn borst doet pijn bij het hardlopen
drukkend gevoel op de borst
steken in mijn borst
I blacked out for a second on the treadmill
woke up on the floor after my workout
almost fainted in the shower
everything went black when I stood up
ik viel bijna flauw
ik werd even zwart voor mijn ogen
feeling a bit dizzy today but want to run
head spinning when I stand
super light headed
kinda woozy
ik voel me een beetje duizelig
licht in mijn hoofd tijdens de training
can't get enough air
I can't get a full breath
breathing is really difficult today
im having difficulty breathing
I feel breathless even when sitting
hard to breathe since yesterday
cant breath
moeite met ademen
ik kan bijna niet ademen
ik krijg bijna geen adem
crashed my bike and hit my head, feeling foggy
took a knock to the head at football
i got concussed last night
ik heb mijn hoofd gestoten en ben misselijk
my left arm feels numb
the right side of my face is drooping
my words are coming out slurred
can't lift my left arm suddenly
mijn mondhoek hangt scheef
my calf is red, hot and swollen
leg swollen and painful after the flight, could it be dvt
I think I got heatstroke, I'm confused and shivering
I'm so hot, confused and stopped sweating
ik denk dat ik een zonnesteek heb
I had a seizure yesterday
there was blood in my urine after the run
I coughed up blood
I don't want to live anymore
ik wil dood
chets pain
chest pian
fainted on my run
I feintd? no I fainted
dizzzy
palpitatons
shortness of breth
pressure in chest and left arm hurts, still want my 60 min ride
not sure if it's serious but my chest hurts
I have no chest pain now but yesterday I passed out
my husband had to catch me, I collapsed
is it normal that my chest hurts when I run?
should I train with chest pain?
I feel dizzy, should I still do intervals?
heart skipping a beat every few minutes
I had chest pain during yesterday's intervals
out of breath doing nothing
gasping for air after walking to the kitchen
chest tightness
tight chest
lightheadedness
my heart hurts when i climb stairs
Borstpijn
pijn in mijn borst
hart bonst in rust
ben net flauwgevallen
i passed out
about to pass out
my vision went blurry and I saw double
sharp pain under my ribs when I breathe
it hurts to breathe
not sure if I'm tired or have chest pain
I've never had chest pain like this
never felt so dizzy
I can't run without chest pain
can't walk without getting dizzy
no idea if it's angina or heartburn, chest pain
not feeling good, chest hurts
I'm not well and dizzy
I don't feel right, my chest is tight
never had chest pain before
"""

NO_FLAGS = """
my chest is sore from yesterday's bench press
I want a bigger chest
what's a normal heart rate for easy runs
my heart rate hits 180 on hills, is that ok
I love running with all my heart
running is good for your heart and lungs
I was out of breath on the climb
got out of breath in the last interval
I'm out of breath quickly when sprinting
my legs felt heavy
heavy legs, tight calves
blood test results look fine
I have a blister
pain in my knee
pain in my foot
my back is killing me
shoulder pain
painful shins
headache from too much coffee
I have a headache
I feel weak today
I am exhausted
collapsed into bed at nine
tired and sleepy
I'm sick with a cold
sore throat and runny nose
my nose is blocked, hard time sleeping
stomach cramps
I hit the wall at 30k
hit a new pb
I hit my target heart rate
the head wind was strong
head cold today
I need to clear my head
strokes per minute on the rower
butterfly stroke drills
heat wave this week, what about my run?
training in the heat tips
is it too hot to train
my mom fainted last week
my father has heart problems
I had heart surgery 5 years ago and my cardiologist cleared me
had a concussion two years ago, all fine
no dizziness today, feeling great
I'm not short of breath
never had chest pain
without any chest pain this time
geen last van duizeligheid
niet kortademig
ik heb geen pijn op de borst
mijn hart ligt bij fietsen
hartslag te hoog tijdens intervallen
mijn vader heeft een hartaanval gehad
benauwd weer vandaag
can you explain breathing techniques
how should I breathe while running
breathe easy pace
I swallowed a fly
my bike chest strap broke
swollen feet after flight
my calves are sore
I could pass out flyers
I passed my test
I'm dying to race
this workout will kill me lol
feeling numb about my progress
numb toes on the bike
my hands go numb on the bike
my feet went numb in the cold
I feel great
what is heat exhaustion
how to avoid heat stroke
what to do if someone faints
pressure at work is high
under pressure at work
tight schedule today
the pressure in my tyres
tyre pressure
sharp turn
I sharpened my skates
heart of the season
my chest size is 40
resting heart rate up by 5
hrv is low
stress at work, heavy chest of drawers moved
I'm breathing hard in intervals
I felt sick after the gel
I vomited after the race
I'm scared of fainting during the race
shortage of time
short on time
lost my balance on skates and fell on my hip
fell on my knee
my arm hurts
numbers are great
cramp in my calf
breath control drills
pass out the plan please
no chest pain or dizziness, give me 60 minutes
I never had any heart problems
I ran without chest pain or dizziness
doctor says my heart is fine
I don't have chest pain, shortness of breath or dizziness
no fainting, no dizziness, no chest pain
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


@pytest.mark.parametrize("text", MORE_FLAGS.strip().splitlines())
def test_some_flag(text: str) -> None:
    assert detect(text)


@pytest.mark.parametrize("text", NO_FLAGS.strip().splitlines())
def test_no_flag(text: str) -> None:
    assert detect(text) is None


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "a" * 20000, "chest " * 3000, "no " * 5000], ids=range(6))
def test_odd_text_never_fails(text: str) -> None:
    assert detect(text) is None


def test_flag_is_found_at_the_end_of_a_long_message() -> None:
    assert detect("I ran and it was fine. " * 400 + "Now my chest hurts.") == "chest_pain"


@pytest.mark.parametrize("text", ["laugh " + "a-" * 4000, "chest " + "'" * 4000, "form asks " + "!" * 4000])
def test_no_run_of_marks_takes_endless_time(text: str) -> None:
    assert detect(text) is None
