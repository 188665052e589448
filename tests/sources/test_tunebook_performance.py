"""How the embedded corpus is played: patterns of the dances, tempo, dynamics, equalisation. No synthesizer needed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import welch
from test_tunebook_music import piece, random_steps

from songsim_lib.sources.tunebook import accompany, arrange, dances, equalise, expression, harmony, music
from songsim_lib.sources.tunebook.instruments import INSTRUMENTS
from songsim_lib.sources.tunebook.perform import Performance, draw, generator
from songsim_lib.sources.tunebook.tunes import GENRES

PIANO, BASS = INSTRUMENTS["grand piano"], INSTRUMENTS["finger bass"]


def dance_tune(genre: str | None, meter: str, seed: int = 0, repertoire: str = "ryan") -> music.Piece:
    tune = piece(random_steps(seed), meter=meter, repertoire=repertoire)
    return replace(tune, facts=(*tune.facts, ("genre", genre)))


def performance(tune: music.Piece, **changes: object) -> Performance:
    return replace(draw(tune, generator(0, "performance")), **changes)


def strokes(dance: str, name: str, part: str, meter: str) -> list[float]:
    """Where in the second bar a part strikes, in quarter notes."""
    bars = piece(random_steps(1), meter=meter).bars[:2]
    return [round(onset - bars[1].onset, 3) for onset, _, _ in accompany.struck(bars, dance, name, part)
            if onset >= bars[1].onset]


@pytest.mark.parametrize(("dance", "kind"), dances.DANCES)
def test_every_text_of_a_pattern_divides_its_cell_and_holds_known_signs(dance, kind):
    steps = {"duple": {8, 16}, "triple": {6}, "compound duple": {6, 12}, "compound triple": {9}, "beat": {2},
             "compound beat": {3}}[kind]
    table = dances.DANCES[dance, kind]
    assert len(table.accents) in steps and table.accents.isdigit()
    for pattern in table.patterns:
        for text, signs in ((pattern.chords, "BbCcA1358.-"), (pattern.bass, "Rr358.-"),
                            *((text, "Xxoz-") for _, text in pattern.drums)):
            assert len(text) in steps and set(text) <= set(signs), (pattern.name, text)
        assert {voice for voice, _ in pattern.drums} <= {"kick", "snare", "low", "high", "back", "tick"}


@pytest.mark.parametrize("dance", ["reel", "jig", "slip jig", "hornpipe", "strathspey", "waltz", "march", "polka"])
def test_each_dance_has_three_patterns_with_drums_somewhere(dance):
    patterns = [p for (name, _), table in dances.DANCES.items() if name == dance for p in table.patterns]
    assert len(patterns) >= 3 and any(p.drums for p in patterns)


def test_airs_have_no_drums():
    assert not any(p.drums for (name, _), table in dances.DANCES.items() if name == "air" for p in table.patterns)
    air = dance_tune("air", "3/4")
    assert not any(draw(air, generator(seed)).drum_kit for seed in range(60))


def test_a_waltz_goes_oom_pah_pah_and_a_reel_boom_chuck():
    assert strokes("waltz", "oom-pah-pah", "chords", "3/4") == [0, 1, 2]
    assert strokes("waltz", "oom-pah-pah", "bass", "3/4") == [0]
    assert strokes("reel", "boom-chuck", "chords", "2/2") == [0, 1, 2, 3]
    assert strokes("reel", "boom-chuck", "back", "2/2") == [1, 3]
    assert strokes("reel", "boom-chuck", "back", "2/4") == [0.5, 1.5]


def test_a_bar_of_twelve_eighths_is_two_of_six():
    once = strokes("jig", "oom-pah", "chords", "6/8")
    assert strokes("jig", "oom-pah", "chords", "12/8") == once + [place + 3 for place in once]


def test_a_strathspey_snaps():
    snap = strokes("strathspey", "snap", "chords", "4/4")
    assert snap[:2] == [0, 0.25], "a sixteenth on the beat, the long note after it"


@pytest.mark.parametrize("meter", ["5/4", "7/8", "1/4", "6/4", "9/4", "15/8", "6/16", "3/2", "3/8", "8/8", "2/1"])
def test_odd_meters_are_accompanied_within_their_bars(meter):
    tune = dance_tune("reel", meter)
    count, beat = music.meter_beats(meter)
    chords = harmony.harmonise(tune.melody, tune.bars, 0, "major")
    played = performance(tune)
    for events in (accompany.chords(chords, tune.bars, PIANO, played.dance, "x"),
                   accompany.drums(tune.bars, np.random.default_rng(0), played.dance, "x")):
        ends = [onset + duration for onset, duration, _, _ in events]
        assert events and max(ends) <= tune.length + 0.05 and count * beat > 0


@pytest.mark.parametrize("genre", [*GENRES, None, "lied"])
@pytest.mark.parametrize("meter", ["4/4", "2/4", "3/4", "6/8", "9/8", "12/8", "5/4"])
def test_every_genre_in_every_meter_has_an_accompaniment(genre, meter):
    for dance in dances.choices(dance_tune(genre, meter)):
        assert dances.of_kind(dance, dances.cells(meter)[0]).patterns


@pytest.mark.parametrize(("genre", "meter", "expected"), [
    ("reel", "4/4", {"reel"}), ("clog", "2/4", {"hornpipe"}), ("quickstep", "6/8", {"march"}),
    (None, "6/8", {"jig", "march", "air"}), (None, "9/8", {"slip jig", "air"}),
    ("hornpipe", "3/2", {"waltz", "minuet", "air"}),
])
def test_the_dance_follows_genre_and_meter(genre, meter, expected):
    assert set(dances.choices(dance_tune(genre, meter))) == expected


def test_two_performances_of_a_reel_differ_in_pattern_or_colour():
    tune = dance_tune("reel", "4/4")
    assert len({draw(tune, generator(seed)).style for seed in range(40)}) >= 3


def test_a_pickup_is_accompanied_with_the_end_of_the_pattern():
    bars = (music.Bar(0, 1.0, "4/4", 3.0), music.Bar(1.0, 4.0, "4/4"))
    found = [(onset, sign) for onset, _, sign in accompany.struck(bars, "reel", "boom-chuck", "chords")]
    assert found[0] == (0.0, "C") and found[1] == (1.0, "B")


def test_chords_change_under_a_held_pattern():
    changes = [harmony.Chord(0, 2, (0, 4, 7)), harmony.Chord(2, 2, (7, 11, 2))]
    bars = (music.Bar(0, 4.0, "4/4"),)
    events = accompany.chords(changes, bars, PIANO, "air", "held")
    assert {onset for onset, *_ in events} == {0, 2}
    assert {pitch % 12 for onset, _, pitch, _ in events if onset == 2} == {7, 11, 2}


def test_bass_and_chords_stay_in_their_ranges():
    for seed in range(5):
        tune = dance_tune(None, ["4/4", "3/4", "6/8", "9/8", "2/4"][seed], seed)
        chords = harmony.harmonise(tune.melody, tune.bars, 0, "major")
        for dance in dances.choices(tune):
            for pattern in dances.of_kind(dance, dances.cells(tune.bars[0].meter)[0]).patterns:
                events = accompany.bass(chords, tune.bars, BASS, dance, pattern.name)
                assert all(BASS.low <= pitch <= BASS.high for _, _, pitch, _ in events)
                for name in ("grand piano", "choir", "vibraphone", "banjo"):
                    player = INSTRUMENTS[name]
                    events = accompany.chords(chords, tune.bars, player, dance, pattern.name)
                    assert all(player.low <= pitch <= player.high for _, _, pitch, _ in events), (name, pattern.name)


def test_tempo_bends_smoothly_and_keeps_its_mean():
    tune = dance_tune("reel", "4/4")
    played = performance(tune, swing=0.5, tempo_factor=1.0, rubato=0.02, drift=0.01)
    at = expression.clock(tune, played, np.random.default_rng(0))
    beats = np.array([at(place) for place in range(int(tune.length) + 1)])
    lengths = np.diff(beats) * tune.quarter_bpm / 60
    assert abs(lengths.mean() - 1) < 1e-3
    assert 0.005 < np.abs(lengths - 1).max() < 0.03
    assert np.abs(np.diff(lengths)).max() < 0.02


def test_phrases_end_slower_and_softer_than_their_middle():
    tune = dance_tune("air", "4/4")
    played = performance(tune, swing=0.5, rubato=0.05, drift=0.0, phrase_bars=4, dynamics=0.2)
    at, force = (expression.clock(tune, played, np.random.default_rng(0)), expression.force(tune, played))
    assert at(16) - at(15) > 1.02 * (at(9) - at(8))
    assert force(8) > 1.15 * force(15.9) and abs(np.mean([force(x) for x in np.arange(0, 16, 0.1)]) - 1) < 0.01


def test_a_hornpipe_swings_unless_its_source_writes_it_out():
    tune = dance_tune("hornpipe", "4/4")
    assert all(draw(tune, generator(seed)).swing >= 0.6 for seed in range(20))
    dotted = tuple(replace(n, duration=0.75 if i % 2 == 0 else 0.25) for i, n in enumerate(tune.melody))
    written = replace(tune, parts=(music.Part("melody", dotted),))
    assert all(draw(written, generator(seed)).swing == 0.5 for seed in range(20))


def test_swing_lengthens_the_first_of_two_notes():
    tune = dance_tune("hornpipe", "4/4")
    at = expression.clock(tune, performance(tune, swing=0.66, rubato=0, drift=0), np.random.default_rng(0))
    assert (at(0.5) - at(0)) / (at(1) - at(0)) == pytest.approx(0.66, abs=0.01)


def test_downbeats_are_louder_than_offbeats():
    tune = dance_tune("jig", "6/8")
    found = np.array(expression.accents(tune.melody, tune.bars, performance(tune, accent=1.0))[:126]).reshape(-1, 6)
    assert (found[:, 0] > found[:, 1]).all() and (found[:, 0] >= found[:, 3]).all() and found.std() < 0.1


def test_velocities_vary_as_a_player_s_do():
    tune = dance_tune("reel", "4/4")
    lead = arrange.tracks(tune, performance(tune, velocity=90), np.random.default_rng(0))[0]
    forces = np.array([note.velocity for note in lead.notes])
    assert 4 < forces.std() < 20 and forces.min() >= 30 and forces.max() <= 124


@pytest.mark.parametrize(("field", "hz"), [("low", 40), ("mid", 1000), ("high", 10_500)])
def test_an_equaliser_changes_its_band_by_its_gain(field, hz):
    flat = equalise.Equaliser(200, 0, 1000, 0, 4000, 0)
    noise = np.random.default_rng(0).standard_normal(24_000 * 4)
    lifted = equalise.equalise(noise, replace(flat, **{f"{field}_db": 6.0}), 24_000)
    frequencies, before = welch(noise, 24_000, nperseg=4096)
    change = 10 * np.log10(welch(lifted, 24_000, nperseg=4096)[1] / before)
    assert change[np.argmin(np.abs(frequencies - hz))] == pytest.approx(6, abs=0.8)
    far = {"low": 5000, "mid": 10_500, "high": 100}[field]
    assert change[np.argmin(np.abs(frequencies - far))] == pytest.approx(0, abs=0.8)
    assert np.allclose(equalise.equalise(noise, flat, 24_000), noise)


def test_an_old_recording_has_little_treble():
    noise = np.random.default_rng(0).standard_normal(24_000 * 4)
    old = equalise.equalise(noise, equalise.Equaliser(200, 0, 1000, 0, 4000, 0, 4000.0), 24_000)
    frequencies, power = welch(old, 24_000, nperseg=4096)
    assert power[frequencies > 9000].mean() < 0.01 * power[(frequencies > 500) & (frequencies < 2000)].mean()
