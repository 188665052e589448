"""How each dance is accompanied: chords, bass, drums and accents, as a table of patterns."""

from __future__ import annotations

from dataclasses import dataclass

from .music import Piece, meter_beats


@dataclass(frozen=True)
class Pattern:
    """One way to accompany a cell (a bar, or half of 12/8): a text per part, whose signs divide the cell evenly.

    Everywhere `.` holds what sounds and `-` is silence. `chords`: B and b low root and fifth, C and c a strong and
    a soft chord, A a rolled one, 1 3 5 8 single tones going up. `bass`: R and r root, 3 5 8 its third, fifth and
    octave. `drums` (voice, text): X x o strokes from strong to soft, z a roll.
    """

    name: str
    chords: str
    bass: str
    drums: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Dance:
    """A dance in one kind of meter: the swings it is played with, a melody's accents (0-9, one a step of the
    cell), and the patterns to choose from."""

    swings: tuple[float, ...]
    accents: str
    patterns: tuple[Pattern, ...]

    def pattern(self, name: str) -> Pattern:
        """The pattern of that name, or the first one."""
        return next((pattern for pattern in self.patterns if pattern.name == name), self.patterns[0])


def _table(text: str) -> dict[tuple[str, str], Dance]:
    """Lines "dance, kind: swings / accents", each followed by its patterns "name: part signs ..."."""
    found: dict[tuple[str, str], Dance] = {}
    for line in text.strip().splitlines():
        head, rest = line.split(":")
        if not line.startswith(" "):
            dance, kind = head.split(", ")
            swings, accents = rest.split("/")
            found[dance, kind] = Dance(tuple(map(float, swings.split())), accents.strip(), ())
            continue
        words = rest.split()
        parts = dict(zip(words[::2], words[1::2], strict=True))
        pattern = Pattern(head.strip(), parts.pop("chords"), parts.pop("bass"), tuple(parts.items()))
        old = found[dance, kind]
        found[dance, kind] = Dance(old.swings, old.accents, (*old.patterns, pattern))
    return found


DANCES = _table("""
reel, duple: 0.5 0.5 0.53 0.56 / 84758475
  boom-chuck: chords B.C-b.C- bass R..-5..- kick X---x--- back --x---X- tick xoxoxoxo
  backbeat: chords c-C-c-C. bass R...R.5. kick X--ox--- back --X---X- tick x-x-x-x-
  driving: chords A...c.c. bass R.R.5.R. low X--xo-x- high -oo--o-o
jig, compound duple: 0.5 / 947846
  rolled: chords A..c.c bass R..5.. kick X----- back ---x-- tick xooxoo
  oom-pah: chords B-Cb-C bass R.-5.- kick X--x-- back --o--x tick x-ox-o
  driving: chords C-cC-c bass R..R.5 low X-ox-o high -o--o-
slip jig, compound triple: 0.5 / 947746846
  lilt: chords B.cC.cc.c bass R..5..3.. kick X-------- back ------x-- tick xooxooxoo
  rolled: chords A.....A.. bass R.....5.. kick X-------- tick x-ox-ox-o
  driving: chords B-cb-cb-c bass R.-R.-5.- low X--x-ox-o high -o--o--o-
hornpipe, duple: 0.6 0.63 0.66 / 94748474
  stride: chords B-C-b-C- bass R.--5.-- kick X---x--- back --x---x- tick x-xox-xo
  walking: chords C.-.C.-. bass R.3.5.3. kick X---x--- back ------X- tick xoxoxoxo
  stepping: chords C-cCC-c- bass R...5.R. kick X---x--- back --x---x- tick x--ox-xo
strathspey, duple: 0.5 / 9757975786578657
  heavy: chords B..-C..-b..-C..- bass R..-R..-5..-R..- kick X---x---X---x--- back ----Xo------Xo--
  snap: chords Cc.-C..-Cc.-C..- bass R...5...R...5... kick X-------X------- back Xo----x-Xo----x- tick x---x---x---x---
  pipe band: chords C.......C....... bass R.......5....... kick X-------x------- snare X-oxX-oxX-oxX-zz
waltz, triple: 0.5 / 946464
  oom-pah-pah: chords B-C-c- bass R...-- kick X----- back --x-x- tick x-o-o-
  flowing: chords 135853 bass R..... tick --o-o-
  lilting: chords C..-c- bass R...5. kick X----- back ----x- tick x-oxo-
minuet, triple: 0.5 / 945464
  courtly: chords B.c.c. bass R.3.5.
  two and one: chords C...c. bass R...5. tick x---o-
march, duple: 0.5 / 94748474
  bass and chord: chords B-C-b-C- bass R.--5.-- kick X---x--- snare X-xxX-xxX-xxzzzz
  steady: chords C.--C.-- bass R.5.R.5. kick X---X--- snare X---x-oxX---zzzz
  fife and drum: chords A...c.c. bass R...R.5. snare X-xxX-xxzz--X-xx kick x---x---
march, compound duple: 0.5 / 946845
  bass and chord: chords B-cb-c bass R.-5.- kick X--x-- snare X-xX-x
  steady: chords C..c.. bass R..5.. kick X--X-- snare X---x-X---zz
  fife and drum: chords A..c.c bass R..R.5 snare X-xxx-X-xxzz kick x--x--
polka, duple: 0.5 / 94758475
  oom-pah: chords B-C-b-C- bass R.--5.-- kick X---x--- back --x---x- tick x-xox-xo
  vamp: chords --C---C- bass R.--5.-- kick X---X--- tick x-x-x-xx
  two-step: chords B-c-b-Cc bass R.-.5.3. kick X---x--- back --x---xo tick xoxoxoxo
gavotte, duple: 0.5 / 74749474
  courtly: chords b.c.B.C. bass 5.--R...
  light: chords --c-C.c- bass R...5... tick --o-x-o-
air, duple: 0.5 / 94637454
  arpeggios: chords 1.3.5.8. bass R.......
  held: chords C....... bass R...5...
  harped: chords A...c... bass R.......
air, triple: 0.5 / 946454
  arpeggios: chords 1.3.5. bass R.....
  held: chords C..... bass R.....
  harped: chords A...c. bass R...5.
air, compound duple: 0.5 / 946745
  arpeggios: chords 135853 bass R.....
  held: chords C..... bass R.....
  harped: chords A..c.. bass R..5..
air, compound triple: 0.5 / 946745745
  arpeggios: chords 1.35.38.5 bass R........
  held: chords C........ bass R........
  harped: chords A..c..c.. bass R.....5..
plain, duple: 0.5 / 94637454
  beats: chords C.c.C.c. bass R...5...
plain, triple: 0.5 / 946454
  beats: chords C.c.c. bass R.....
plain, compound duple: 0.5 / 946745
  beats: chords C..c.. bass R..5..
plain, compound triple: 0.5 / 946745745
  beats: chords C..c..c.. bass R.....5..
plain, beat: 0.5 / 85
  beats: chords C- bass R- kick x- tick xo
plain, compound beat: 0.5 / 856
  beats: chords C-c bass R.- kick x-- tick xoo
""")
# Dances that are accompanied as another one.
RELATED = {"double jig": "jig", "slide": "jig", "clog": "hornpipe", "schottische": "hornpipe", "quickstep": "march",
           "highland fling": "strathspey", "fling": "strathspey", "walkaround": "polka", "cotillion": "polka"}
# Where the source names no dance, or one that this meter does not know: one of these, the likelier ones twice, or an
# air, since such tunes are as often songs.
BY_METER = {"4/4": ("reel", "reel", "march"), "2/2": ("reel", "reel", "march"), "2/4": ("polka", "polka", "march"),
            "duple": ("march", "reel"), "triple": ("waltz", "waltz", "minuet"),
            "compound duple": ("jig", "jig", "march"), "compound triple": ("slip jig",), "beat": ("plain",),
            "compound beat": ("plain",)}


def cells(meter: str) -> tuple[str, int]:
    """The kind of a meter's cells and how many a bar has: 4/4 one duple, 12/8 two compound duple ones."""
    count, beat = meter_beats(meter)
    compound = "compound " if beat in {0.375, 0.75, 1.5} else ""
    if count % 3 == 0 and (not compound or count == 3):
        return compound + "triple", count // 3
    if compound and count % 2 == 0:
        return "compound duple", count // 2
    return (compound + "beat", count) if compound or count not in {2, 4} else ("duple", 1)


def of_kind(dance: str, kind: str) -> Dance:
    """The dance in a kind of meter; where the table has none, what is usual in that meter."""
    return DANCES.get((dance, kind)) or DANCES.get((BY_METER[kind][0], kind)) or DANCES["plain", kind]


def choices(piece: Piece) -> tuple[str, ...]:
    """The dances a tune may be played as: the one its source names, or what its meter suggests."""
    meter = piece.bars[min(1, len(piece.bars) - 1)].meter
    kind, _ = cells(meter)
    genre = str(piece.fact("genre"))
    dance = RELATED.get(genre, genre)
    if (dance, kind) in DANCES:
        return (dance,)
    usual = BY_METER.get(meter) or BY_METER[kind]
    return (*usual, "air") if ("air", kind) in DANCES else usual
