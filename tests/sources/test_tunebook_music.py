"""The musicianship of the corpus builder, on written notes: no synthesizer and no notation library needed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from songsim_lib.sources.tunebook import accept, harmony, music, windows
from songsim_lib.sources.tunebook.instruments import CHORDS, INSTRUMENTS, QUARTETS, SINGERS, fit_octaves, fold
from songsim_lib.sources.tunebook.key import key_of
from songsim_lib.sources.tunebook.perform import draw, generator
from songsim_lib.sources.tunebook.tunes import Tune

MAJOR = [0, 2, 4, 5, 7, 9, 11]


def piece(steps: list[int], tonic: int = 60, meter: str = "4/4", work: str = "w", title: str = "A Tune",
          repertoire: str = "ryan", note: float = 0.5) -> music.Piece:
    """A melody in a major key from scale steps, all notes equally long."""
    notes = tuple(music.Note(i * note, note, tonic + 12 * (s // 7) + MAJOR[s % 7], 28 + s + tonic % 12)
                  for i, s in enumerate(steps))
    count, beat = music.meter_beats(meter)
    bars = tuple(music.Bar(i * count * beat, count * beat, meter)
                 for i in range(int(len(steps) * note / (count * beat))))
    facts = (("title", title), ("composer", "A. Person"), ("repertoire", repertoire))
    return music.Piece(work, (music.Part("melody", notes),), bars, 0, 120.0, "marked", tonic % 12, "major", facts)


def random_steps(seed: int, count: int = 128) -> list[int]:
    return np.random.default_rng(seed).integers(0, 10, count).tolist()


@pytest.mark.parametrize(("meter", "beats", "beat"), [("6/8", 2, 1.5), ("9/8", 3, 1.5), ("2/2", 2, 2.0),
                                                      ("3/4", 3, 1.0), ("3/8", 3, 0.5)])
def test_beats_of_a_meter(meter, beats, beat):
    assert music.meter_beats(meter) == (beats, beat)


def test_an_excerpt_starts_at_its_bar_and_keeps_a_held_note():
    held = piece(random_steps(1), note=3.0)
    cut = music.excerpt(held, 1, 8.0)
    assert cut.bars[0].onset == 0 and len(cut.bars) == 2
    assert cut.melody[0].onset == 0 and cut.melody[0].duration == 2.0


def test_a_tune_goes_round_again():
    once = piece(random_steps(2))
    twice = music.around_again(once, 2)
    assert twice.length == 2 * once.length
    assert [n.pitch for n in twice.melody] == [n.pitch for n in once.melody] * 2


def test_arpeggios_are_harmonised_with_their_own_chord():
    tonic, dominant = [0, 2, 4, 7, 4, 2, 0, 2], [4, 6, 8, 6, 4, 6, 8, 11]
    tune = piece(tonic * 2 + dominant * 2 + tonic * 2)
    chords = harmony.harmonise(tune.melody, tune.bars, 0, "major")
    names = [chord.tones for chord in chords]
    assert names[:4] == [(0, 4, 7)] * 4 and names[-4:] == [(0, 4, 7)] * 4
    assert names[4:8] == [(7, 11, 2)] * 4


def test_chords_cover_the_tune_without_gaps():
    tune = piece(random_steps(11), meter="3/4")
    chords = harmony.harmonise(tune.melody, tune.bars, 0, "major")
    ends = [chord.onset + chord.duration for chord in chords]
    assert np.allclose(ends[:-1], [chord.onset for chord in chords[1:]])


@pytest.mark.parametrize("scale", list(harmony.MODE_DEGREES))
def test_every_mode_has_its_tonic_triad_first_among_equals(scale):
    choices = harmony.triads(2, scale)
    liking, tones = max(choices)
    assert tones[0] == 2 and liking == 1.0


def test_best_path_prefers_staying_when_a_change_costs_more_than_it_brings():
    scores = np.array([[1.0, 0.0], [0.0, 0.3], [1.0, 0.0]])
    assert harmony.best_path(scores, change_cost=0.5) == [0, 0, 0]
    assert harmony.best_path(scores, change_cost=0.05) == [0, 1, 0]


def test_a_song_in_no_named_key_is_heard_in_the_right_one():
    song = piece([0, 1, 2, 0, 4, 4, 3, 2, 1, 4, 0, 0] * 4, tonic=67)
    unnamed = music.Piece(**{**song.__dict__, "tonic": None, "scale": None})
    assert key_of(unnamed) == (7, 1, "estimated")


def test_windows_start_where_the_melody_sounds():
    rests = [n for n in piece(random_steps(12, 256)).melody if n.onset >= 64]
    song = piece(random_steps(12, 256), repertoire="lieder")
    late = music.Piece(**{**song.__dict__, "parts": (music.Part("voice", tuple(rests)),)})
    start = windows.starts(late, np.random.default_rng(0))[0]
    assert late.bars[start].onset >= 60


def test_a_score_full_of_long_rests_has_no_passage_to_play():
    song = piece(random_steps(16, 256), repertoire="lieder")
    sparse = tuple(note for note in song.melody if note.onset % 16 == 0)
    with pytest.raises(windows.WindowError, match="without a rest"):
        windows.starts(music.Piece(**{**song.__dict__, "parts": (music.Part("voice", sparse),)}),
                       np.random.default_rng(0))


def test_a_very_slow_mark_is_raised_and_called_an_assumption():
    assert music.playable_tempo(40.0, "marked", "3/2") == (92.0, "assumed")
    assert music.playable_tempo(100.0, "marked", "3/2") == (100.0, "marked")


def test_tunes_start_with_a_part():
    tune = piece(random_steps(13, 256))
    starts = {windows.starts(tune, np.random.default_rng(seed))[0] for seed in range(30)}
    assert starts == {0, 8, 16, 24}


def test_further_windows_start_far_away_with_other_music():
    tune = piece(random_steps(17, 128) * 2)
    assert windows.apart(tune, 8, [0])
    assert not windows.apart(tune, 1, [0])
    assert not windows.apart(tune, 16, [0]), "the repeat is the same music again"


def test_windows_of_a_song_are_the_busiest_passages_first():
    steps = random_steps(18, 256)
    song = piece(steps, repertoire="lieder")
    thin = tuple(n if n.onset < 64 else replace(n, duration=1.0) for n in song.melody
                 if n.onset < 64 or n.onset % 1 == 0)
    half = music.Piece(**{**song.__dict__, "parts": (music.Part("voice", thin), music.Part("piano", song.melody))})
    order = windows.starts(half, np.random.default_rng(0))
    assert half.bars[order[0]].onset < 45 and max(half.bars[start].onset for start in order) > 60


@pytest.mark.parametrize(("parts", "n_bars", "reason"), [
    ((), 32, "no pitched notes"), (("empty",), 32, "no pitched notes"), (("full",), 1, "only 1 bars")])
def test_nothing_to_play_is_said_plainly(parts, n_bars, reason):
    tune = piece(random_steps(19, 256))
    made = tuple(music.Part(name, tune.melody if name == "full" else ()) for name in parts)
    odd = music.Piece(**{**tune.__dict__, "parts": made, "bars": tune.bars[:n_bars]})
    with pytest.raises(windows.WindowError, match=reason):
        windows.starts(odd, np.random.default_rng(0))


@pytest.mark.parametrize("name", ["violin", "tuba", "piccolo", "cello"])
def test_a_line_is_moved_into_the_range_of_its_instrument(name):
    instrument, line = INSTRUMENTS[name], [60, 64, 67, 72]
    moved = [pitch + fit_octaves(line, instrument) for pitch in line]
    assert all(instrument.low <= fold(pitch, instrument) <= instrument.high for pitch in moved)
    assert all((a - b) % 12 == 0 for a, b in zip(moved, line, strict=True))


def test_every_instrument_named_anywhere_exists_and_has_an_octave_and_a_half():
    named = {*SINGERS, *CHORDS, *(name for ensemble in QUARTETS.values() for name in ensemble)}
    assert named <= set(INSTRUMENTS)
    assert all(instrument.high - instrument.low >= 18 for instrument in INSTRUMENTS.values())
    assert len({INSTRUMENTS[name].family for name in SINGERS}) >= 12


def test_performances_depend_on_seed_and_work_only():
    tune = piece(random_steps(14))
    one, two = (draw(tune, generator(0, "w", 0)) for _ in range(2))
    assert one == two
    assert draw(tune, generator(1, "w", 0)) != one


def test_the_second_performance_differs_in_lead_and_key():
    tune = piece(random_steps(15))
    first = draw(tune, generator(0, "w", 0))
    for seed in range(50):
        second = draw(tune, generator(seed, "w", 1), (first,))
        assert second.lead != first.lead and second.transposition != first.transposition


@pytest.mark.parametrize("repertoire", ["ryan", "lieder", "quartets"])
def test_six_performances_all_differ_in_lead_and_key(repertoire):
    tune = piece(random_steps(15), repertoire=repertoire)
    played = ()
    for number in range(6):
        played = (*played, draw(tune, generator(0, "w", number), played))
    assert len({one.lead for one in played}) == 6
    assert len({one.transposition % 12 for one in played}) == 6


def test_when_keys_run_out_a_performance_is_drawn_all_the_same():
    tune, played = piece(random_steps(15)), ()
    for number in range(15):
        played = (*played, draw(tune, generator(0, "w", number), played))
    assert len({one.transposition % 12 for one in played[:12]}) == 12
    with pytest.raises(ValueError, match="no tempo"):
        draw(tune, generator(0, "w"), fits=lambda performance: False)


@pytest.mark.parametrize(("header", "genre"), [("R:Reel", "reel"), ("R: slipjig", "slip jig"), ("M:6/8", None),
                                               ("R:double jig", "double jig"), ("T:A March", "march")])
def test_genre_is_what_the_header_says_or_nothing(header, genre):
    assert Tune("x-1", "ryan", f"X:1\nT:Title\n{header}\nK:D\n").genre == genre


@pytest.mark.parametrize(("line", "composer"), [("C:O'Carolan", "O'Carolan"), ("C:ZEKE BACKUS.", "Zeke Backus"),
                                                ("C:Irish.", None), ("C:SCOTCH.", None),
                                                ('C:"collected by F.O\'Neill"', None)])
def test_an_origin_is_no_composer(line, composer):
    assert Tune("x-1", "ryan", f"X:1\nT:Title\n{line}\nK:D\n").composer == composer


def tone(seconds: float = 13.0, level: float = 0.3) -> np.ndarray:
    return level * np.sin(np.arange(round(seconds * 24_000)) * 0.1)


def test_an_even_tone_is_accepted():
    assert accept.complaints(tone(), 24_000) == []


@pytest.mark.parametrize(("change", "complaint"), [
    (lambda x: x[:-24_000], "not 13.0 s"),
    (lambda x: x * 3.2, "peak"),
    (lambda x: np.where(np.arange(len(x)) % 24_000 < 4_800, 0, x), "frames are silent"),
    (lambda x: np.where(np.arange(len(x)) < 28_800, 0, x), "at a stretch"),
    (lambda x: x * 0, "silent"),
])
def test_unfit_recordings_are_refused(change, complaint):
    assert complaint in " ".join(accept.complaints(change(tone()), 24_000))
