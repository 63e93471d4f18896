"""Sports: what a text names, what it only mentions, and words that are no sport at all."""

import pytest

from josi.sports import rejected_in, sports_in

NAMED = """
running late today |
I want to go for a run | run
give me a 45 min bike ride | bike
in the long run is this good? |
ik wil fietsen | bike
ice hockey training | other
skate skiing 60 min | ski
not running today, bike instead | bike
I don't want to run |
instead of a run can I swim | other
I have a marathon in 8 weeks, give me a bike session | bike
marathon plan | run
5k tomorrow | run
3 days in a row |
at the gym, treadmill please | run
gym | strength
cycling | bike
running | run
skiing | ski
skating | skate
I feel run down |
strength training | strength
primary sport: running | run
run or bike? | run bike
ran yesterday, ride today | bike
my head is spinning |
Run | run
hardlopen | run
een rondje hardlopen | run
schaatsen | skate
krachttraining | strength
zwemmen | other
workout please |
skiën | ski
langlaufen | ski
roller skiing | ski
Zwift | bike
yoga | other
easy spin | bike
ride it out |
I bike to work |
my running shoes are worn |
can't run, knee hurts, what about the bike | bike
I'd like to cycle for an hour | bike
hoe loopt mijn training |
10 km |
trail running | run
rowing machine | other
leg day | strength
I hate running but give me a run | run
ran out of time |
walk me through my plan |
My training cycle |
I don't have the strength to continue |
"""


@pytest.mark.parametrize("line", NAMED.strip().splitlines())
def test_sports(line: str) -> None:
    text, _, sports = line.rpartition(" |")
    assert sports_in(text) == sports.split()


def test_refused_sport_is_told_apart() -> None:
    assert rejected_in("no running today, bike instead") == ["run"]
    assert rejected_in("a run") == []


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "run " * 5000, "not a " * 5000], ids=range(5))
def test_odd_text_never_fails(text: str) -> None:
    assert sports_in(text) in ([], ["run"])
