"""Players hold the sound they name, are small, and need nothing from elsewhere."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
import soundfile

from songsim_lib import listen

RATE_HZ = 22_050
MAX_KB_PER_10_S = 60


def ten_seconds(kind: str) -> np.ndarray:
    """A chord with overtones, or noise, the hardest thing to compress."""
    seconds = np.arange(10 * RATE_HZ) / RATE_HZ
    if kind == "noise":
        return np.random.default_rng(0).uniform(-1, 1, len(seconds))
    return 0.1 * sum(np.sin(2 * np.pi * f * k * seconds) / k for f in (220, 277, 330) for k in range(1, 9))


def sounds_in(page: str) -> list[tuple[np.ndarray, int]]:
    """Decode every sound embedded in HTML."""
    found = re.findall(r'src="data:audio/\w+;base64,([^"]+)"', page)
    return [soundfile.read(io.BytesIO(base64.b64decode(text))) for text in found]


@pytest.mark.parametrize("kind", ["music", "noise"])
def test_ten_seconds_take_at_most_60_kb_in_the_page(kind):
    page = listen.player(ten_seconds(kind), RATE_HZ, "a clip").data
    assert len(page) <= MAX_KB_PER_10_S * 1000


def test_a_player_decodes_back_to_the_sound_it_was_given():
    music = ten_seconds("music")
    (decoded, rate_hz), = sounds_in(listen.player(music, RATE_HZ, "a chord").data)
    assert rate_hz == RATE_HZ and abs(len(decoded) - len(music)) < 0.1 * RATE_HZ
    spectrum = [np.abs(np.fft.rfft(part[:RATE_HZ])) for part in (decoded, music)]
    assert np.corrcoef(*spectrum)[0, 1] > 0.95


def test_where_no_mp3_can_be_written_ogg_is_used_within_the_same_size(monkeypatch):
    monkeypatch.setattr(listen.soundfile, "check_format", lambda container, _: container != "MP3")
    page = listen.player(ten_seconds("music"), RATE_HZ, "a chord").data
    assert "data:audio/ogg" in page and len(page) <= MAX_KB_PER_10_S * 1000
    assert len(sounds_in(page)[0][0]) == 10 * RATE_HZ


def test_without_any_codec_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(listen.soundfile, "check_format", lambda *_: False)
    with pytest.raises(listen.PlayerError, match="install soundfile"):
        listen.player(ten_seconds("music"), RATE_HZ, "a chord")


def test_loud_samples_are_scaled_down_and_soft_ones_left_alone():
    (loud, _), = sounds_in(listen.player(5 * ten_seconds("music"), RATE_HZ, "loud").data)
    (soft, _), = sounds_in(listen.player(0.01 * ten_seconds("music"), RATE_HZ, "soft").data)
    assert 0.7 < np.abs(loud).max() <= 1 and np.abs(soft).max() < 0.02


def test_a_label_is_shown_and_spoken_and_cannot_break_the_page():
    page = listen.player(ten_seconds("music")[:RATE_HZ], RATE_HZ, 'Airs & "Reels" <b>').data
    assert page.count("Airs &amp; &quot;Reels&quot; &lt;b&gt;") == 2 and "<b>" not in page
    assert 'preload="none"' in page and "http" not in page and "<script" not in page


def test_players_of_several_clips_stand_in_one_row_that_wraps():
    clip = ten_seconds("music")[:RATE_HZ]
    page = listen.players([("anchor", clip), ("positive", clip), ("negative", clip)], RATE_HZ).data
    assert page.count("<audio") == page.count("<figcaption") == 3 and "flex-wrap:wrap" in page


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros((2, 100)), np.full(100, np.nan), np.array([np.inf, 0])])
def test_samples_that_cannot_be_played_are_refused(samples):
    with pytest.raises(listen.PlayerError, match="finite mono samples"):
        listen.player(samples, RATE_HZ, "broken")


def test_silence_can_be_played():
    assert "<audio" in listen.player(np.zeros(RATE_HZ), RATE_HZ, "silence").data
