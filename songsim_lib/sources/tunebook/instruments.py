"""The band: General MIDI instruments with the range in which each sounds natural, and groups of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Instrument:
    """One General MIDI program (0-127), its family, and its comfortable range as MIDI numbers."""

    name: str
    program: int
    family: str
    low: int
    high: int


def _table(rows: str) -> dict[str, Instrument]:
    split = (line.rsplit(maxsplit=4) for line in rows.strip().splitlines())
    return {name: Instrument(name, int(p), f, int(lo), int(hi)) for name, p, f, lo, hi in split}


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


INSTRUMENTS = _table("""
grand piano        0 piano 28 100
bright piano       1 piano 28 100
honky-tonk piano   3 piano 36 96
electric piano     4 piano 33 96
fm piano           5 piano 33 96
harpsichord        6 piano 33 88
clavinet           7 piano 36 88
celesta            8 chromatic 60 103
glockenspiel       9 chromatic 72 105
vibraphone        11 chromatic 48 89
marimba           12 chromatic 40 93
xylophone         13 chromatic 62 101
dulcimer          15 chromatic 48 91
drawbar organ     16 organ 36 96
church organ      19 organ 36 96
reed organ        20 accordion 36 91
accordion         21 accordion 48 93
harmonica         22 accordion 55 91
nylon guitar      24 guitar 40 84
steel guitar      25 guitar 40 84
jazz guitar       26 guitar 40 84
clean guitar      27 guitar 40 86
overdriven guitar 29 guitar 40 86
acoustic bass     32 bass 28 60
finger bass       33 bass 28 60
fretless bass     35 bass 28 62
violin            40 strings 55 98
viola             41 strings 48 88
cello             42 strings 36 76
double bass       43 strings 28 60
pizzicato strings 45 strings 40 91
harp              46 strings 31 100
string ensemble   48 ensemble 36 96
slow strings      49 ensemble 36 96
choir             52 voice 55 84
voice             53 voice 40 84
trumpet           56 brass 55 84
trombone          57 brass 40 72
tuba              58 brass 28 58
muted trumpet     59 brass 55 84
french horn       60 brass 41 77
soprano sax       64 reed 56 87
alto sax          65 reed 49 80
tenor sax         66 reed 44 76
baritone sax      67 reed 36 69
oboe              68 reed 58 90
english horn      69 reed 52 81
bassoon           70 reed 34 72
clarinet          71 reed 50 91
piccolo           72 pipe 74 105
flute             73 pipe 60 96
recorder          74 pipe 60 98
pan flute         75 pipe 60 96
whistle           78 pipe 67 98
ocarina           79 pipe 60 93
square lead       80 synthesizer 48 93
saw lead          81 synthesizer 48 93
warm pad          89 synthesizer 36 88
sitar            104 plucked 48 86
banjo            105 plucked 48 86
koto             107 plucked 48 90
kalimba          108 plucked 55 90
fiddle           110 strings 55 96
""")

# Who may carry a melody, who may accompany it, who may play its bass.
SINGERS = _names("""violin, fiddle, viola, cello, flute, recorder, piccolo, whistle, pan flute, ocarina,
oboe, english horn, clarinet, bassoon, soprano sax, alto sax, tenor sax, trumpet, muted trumpet,
trombone, french horn, accordion, harmonica, reed organ, drawbar organ, choir, voice, string ensemble,
square lead, saw lead, grand piano, bright piano, electric piano, harpsichord, celesta, glockenspiel,
vibraphone, marimba, xylophone, dulcimer, nylon guitar, steel guitar, jazz guitar, clean guitar, harp,
banjo, sitar, koto, kalimba, pizzicato strings, honky-tonk piano""")
CHORDS = _names("""grand piano, bright piano, electric piano, fm piano, harpsichord, nylon guitar,
steel guitar, jazz guitar, clean guitar, harp, accordion, reed organ, church organ, drawbar organ,
dulcimer, vibraphone, marimba, string ensemble, slow strings, pizzicato strings, choir, warm pad, koto,
banjo, honky-tonk piano, clavinet""")
BASSES = _names("""acoustic bass, finger bass, fretless bass, double bass, cello, tuba, bassoon,
trombone, baritone sax, grand piano""")
QUARTETS = {  # top to bottom
    "string quartet": ("violin", "violin", "viola", "cello"),
    "woodwinds": ("flute", "oboe", "clarinet", "bassoon"),
    "clarinets": ("clarinet", "clarinet", "clarinet", "bassoon"),
    "brass": ("trumpet", "trumpet", "french horn", "tuba"),
    "low brass": ("french horn", "french horn", "trombone", "tuba"),
    "saxophones": ("soprano sax", "alto sax", "tenor sax", "baritone sax"),
    "choir": ("choir", "choir", "voice", "voice"),
    "string orchestra": ("string ensemble", "string ensemble", "string ensemble", "double bass"),
    "church organ": ("church organ",) * 4,
    "reed organ": ("reed organ",) * 4,
    "accordions": ("accordion",) * 4,
    "piano": ("grand piano",) * 4,
    "electric piano": ("electric piano",) * 4,
    "harpsichord": ("harpsichord",) * 4,
    "harp": ("harp",) * 4,
    "guitars": ("nylon guitar",) * 4,
    "steel guitars": ("steel guitar",) * 4,
    "marimba": ("marimba",) * 4,
    "vibraphone": ("vibraphone",) * 4,
    "pizzicato": ("pizzicato strings",) * 4,
    "recorders": ("recorder", "recorder", "english horn", "bassoon"),
    "synthesizer": ("square lead", "saw lead", "warm pad", "finger bass"),
    "flute and strings": ("flute", "violin", "viola", "cello"),
    "violin and piano": ("violin", "grand piano", "grand piano", "grand piano"),
    "flute and guitar": ("flute", "nylon guitar", "nylon guitar", "nylon guitar"),
    "clarinet and harp": ("clarinet", "harp", "harp", "harp"),
    "oboe and organ": ("oboe", "church organ", "church organ", "church organ"),
    "trumpet and strings": ("muted trumpet", "string ensemble", "string ensemble", "cello"),
}
DRUM_KITS = {"standard kit": 0, "room kit": 8, "jazz kit": 32, "brush kit": 40}


def fit_octaves(pitches: list[int], instrument: Instrument) -> int:
    """Semitones, whole octaves, by which to move a line so that most of it lies in the range."""
    def misfit(shift: int) -> tuple[int, int]:
        return sum(not instrument.low <= p + shift <= instrument.high for p in pitches), abs(shift)

    return min((-36, -24, -12, 0, 12, 24, 36), key=misfit)


def fold(pitch: int, instrument: Instrument) -> int:
    """Bring a single stray note into the range by octaves."""
    while pitch < instrument.low:
        pitch += 12
    while pitch > instrument.high:
        pitch -= 12
    return pitch
