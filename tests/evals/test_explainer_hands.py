"""Whole answers from different hands, English and Dutch: the judge must pass the good and fail the bad ones."""

import pytest

from evals.explainer_layers import judge
from evals.predictions import Prediction, Sample
from evals.samples import EvalCase
from evals.thresholds import load

THRESHOLDS = load()
CONTEXT = (
    'CONTEXT:\n- Readiness: Yellow (Accumulated)\n- Session: Z2 60min "Continuous Z2 60min" (base phase)\n'
    "- Sport: running"
)
RESULT = {
    "workout_summary": "45-min easy run, zones 1-2",
    "rationale_bullets": ["Readiness amber", "Recovery day after yesterday's threshold work"],
    "safety_caps_applied": "max Z2 due to amber readiness",
}

# (message, answer): short and kind, longer and plain, a friend's tone, a coach's tone, other words than asked.
GOOD = [
    ("I've got bronchitis", "Training pauses until you're well again. Rest up and let your lungs heal first."),
    ("My kid was up all night", "That's rough. Keep it light today, and be happy with whatever you manage."),
    ("legs like concrete", "Then today is for loosening up, nothing more. Heavy legs pass once you back off a little."),
    ("do something", "Happy to! Which sport do you feel like today?"),
    ("workout pls", "Gladly. How much time do you have?"),
    ("build me a session", "Sure, I can do that with you. Are you running or riding today?"),
    (
        "Do you know a good pizza place?",
        "I'll leave pizza to you! I'm better with training: want to hear what's on for today?",
    ),
    (
        "Who will win the election?",
        "That one's outside my lane, I'm afraid. Your running I do know: shall we look at this week?",
    ),
    (
        "can you do my tax return",
        "Numbers on a form aren't my strength, sorry! I'd love to help you with your next run though.",
    ),
    (
        "What is VO2max?",
        "Think of it as how much air your body can put to use when you go all out. Easy miles help it grow.",
    ),
    (
        "is it ok to walk on the hills?",
        "Absolutely, walking the steep bits is smart. It keeps your effort even and saves your legs.",
    ),
    (
        "I skipped yesterday",
        "One missed day changes very little. Pick up where you are, and don't try to make up for it.",
    ),
    (
        "why only 45 minutes?",
        "You worked hard yesterday and you're at amber, so a short, easy run lets your body catch up.",
    ),
    ("what's on today", "An easy 45-minute run in zones 1-2 today. Go by feel and enjoy being outside."),
    (
        "I'm flying to Boston on Thursday",
        "A trip is no trouble. We'll fit things around your flight, and a short jog in a new place can be fun.",
    ),
    ("moved to Friday?", "Friday works fine. Your week keeps its shape, so no worries there."),
    ("my boss scheduled a late call", "Work comes up, it happens. The run can wait till tomorrow without any harm."),
    ("should I use gels?", "For an hour or less you won't need any. Water and a normal lunch will carry you."),
    (
        "I'm scared of the swim start",
        "Lots of athletes feel that way. Start at the side, breathe out slowly, and let the crowd go first.",
    ),
    ("I'm proud of my run today", "You should be! That took patience, and it shows."),
    ("Ik heb de griep", "Wat vervelend. Nu eerst uitzieken; het trainen pakken we daarna weer rustig op."),
    ("Ik heb maar weinig tijd vandaag", "Geen probleem, ook een korte training telt mee. Houd het ontspannen."),
    (
        "waarom zo rustig vandaag?",
        "Je lijf is nog niet helemaal hersteld van gisteren, daarom een makkelijke loop van 45 minuten.",
    ),
    (
        "Wat moet ik eten voor een wedstrijd?",
        "Houd het simpel: iets met veel koolhydraten dat je kent, en op tijd. Zo sta je zonder zware maag aan de start.",
    ),
    (
        "Ik heb er geen zin in",
        "Dat hoort er soms bij. Trek je schoenen aan en ga tien tellen naar buiten; vaak komt de rest dan vanzelf.",
    ),
    ("maak een training", "Doe ik graag! Welke sport wil je doen?"),
    ("hoi", "Hoi! Hoe voel je je vandaag?"),
    (
        "Kun je een grap vertellen?",
        "Moppen zijn niet mijn sterkste kant, maar met je training help ik je graag verder.",
    ),
    ("Mijn hamstring voelt strak", "Goed dat je het zegt. Houd het vandaag heel licht en stop als het gaat trekken."),
    (
        "Ik heb mijn lange duurloop gemist",
        "Geeft niks, van een gemiste loop word je niet slechter. Volgende week is er weer een kans.",
    ),
    (
        "I can't sleep before races",
        "Almost nobody does! One short night won't slow you down, so just lie back and let your body rest.",
    ),
    (
        "Is my plan too easy?",
        "It may feel that way, and that's what it should feel like right now. You're laying the ground for harder weeks.",
    ),
]

# (message, answer, what the complaint has to name)
BAD = [
    ("I've got bronchitis", "New tyres grip better on wet roads in autumn.", "not about"),
    (
        "I've got bronchitis",
        "You can still race this weekend, illness is in your head, so stop whining about it.",
        "warmth",
    ),
    (
        "should I use gels?",
        "Your saddle is probably too high. Lower it a little and your hips will stop rocking.",
        "not about",
    ),
    ("should I use gels?", "I'd rather not get into that. Ask somebody else.", "deflects"),
    ("should I use gels?", "That depends. What do you think yourself?", "deflects"),
    ("How long should I taper?", "How can I help you today?", "deflects"),
    ("why only 45 minutes?", "I don't have that information. Is there anything else you want to know?", "deflects"),
    ("why only 45 minutes?", "Session shortened. Reason: amber. Proceed.", "warmth"),
    ("why only 45 minutes?", "Because the plan says so. Just follow it.", "warmth"),
    ("what's on today", "45-minute run, zones 1-2.", "warmth"),
    ("what's on today", "Today you have 45 minutes at zone 5, enjoy every bit of it and smile!", "not grounded"),
    ("I skipped yesterday", "Got it.", "warmth"),
    ("I skipped yesterday", "Noted.", "warmth"),
    ("I skipped yesterday", "Ok.", "warmth"),
    ("I skipped yesterday", "Skipping is for quitters. Do you even want this?", "warmth"),
    ("I'm scared of the swim start", "Fear is irrational. There is no reason for it.", "warmth"),
    ("I'm scared of the swim start", "You're scared of the swim start.", "repeats"),
    ("legs like concrete", "happy legs lovely legs great legs warm legs kind legs proud legs", "piled up"),
    ("legs like concrete", "Let's go! Let's go! Let's go! Let's go!", "piled up"),
    ("legs like concrete", "Ignoring the query. Fatigue value recorded. Next session unchanged.", "warmth"),
    (
        "is it ok to walk on the hills?",
        "Well, so, walking, as you know, is, in a way, something that, when you think about it, and many people "
        "do think about it, and it is important to note that they do, basically comes down, at the end of the "
        "day, to what it is that you, in general, want from a hill, which is, to be honest, hard to say, "
        "although in other words it can be done and it can also not be done, depending on the day.",
        "brevity",
    ),
    ("Ik heb de griep", "Nieuwe banden rijden beter op natte wegen.", "not about"),
    ("Ik heb de griep", "Stel je niet aan, iedereen is wel eens ziek.", "warmth"),
    ("Ik heb de griep", "Genoteerd.", "warmth"),
    ("waarom zo rustig vandaag?", "Omdat het schema dat zegt.", "warmth"),
    ("waarom zo rustig vandaag?", "Daar kan ik niets over zeggen.", "deflects"),
    ("Wat moet ik eten voor een wedstrijd?", "Vraag het aan een ander.", "deflects"),
    ("Wat moet ik eten voor een wedstrijd?", "Geen idee. Wat denk je zelf?", "deflects"),
    ("Ik heb er geen zin in", "Zeur niet en doe gewoon wat er staat.", "warmth"),
    ("Ik heb er geen zin in", "Sessie verwerkt. Invoer ongeldig. Protocol gestart.", "warmth"),
    ("Mijn hamstring voelt strak", "mooi mooi lekker lekker goed goed fijn fijn top top", "piled up"),
    ("maak een training", "", "no text"),
    ("maak een training", "Kan niet.", "warmth"),
]


def judged(message: str, text: str) -> Sample:
    case = EvalCase("c", "explainer", "hands", message, CONTEXT, RESULT)
    return judge(case, Prediction("c", text), THRESHOLDS)


@pytest.mark.parametrize(("message", "text"), GOOD)
def test_a_good_answer_in_its_own_words_passes(message: str, text: str) -> None:
    sample = judged(message, text)
    assert sample.passed, (sample.problems, sample.scores)


@pytest.mark.parametrize(("message", "text", "says"), BAD)
def test_a_bad_answer_fails_for_the_right_reason(message: str, text: str, says: str) -> None:
    found = [problem for layer in judged(message, text).problems.values() for problem in layer]
    assert any(says in problem for problem in found), found
