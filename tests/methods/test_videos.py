"""Videos: each measure against an encoded file whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from opsbook.errors import InputError, ParameterError
from opsbook.methods import post_limits, videos
from opsbook.proof import videos as proof


@pytest.fixture(scope="module")
def assembled(tmp_path_factory):
    return proof.assembled(tmp_path_factory.mktemp("film"))


def rows(frame):
    return frame.set_index("check")


def test_header_and_rules(assembled):
    frame = videos.probe(
        assembled,
        {"ratio": "4:3", "duration_s": [3, 6], "fps": 25, "black_s": 0.5, "formats": ["mp4"]},
    )
    assert list(frame.columns) == ["check", "measured", "allowed", "ok"]
    seen = rows(frame)
    assert (seen.loc["width_px", "measured"], seen.loc["height_px", "measured"]) == (320, 240)
    assert seen.loc["duration_s", "measured"] == pytest.approx(8, abs=0.1)
    assert seen.loc["fps", "measured"] == 25
    assert seen.loc["bitrate_kbps", "measured"] == pytest.approx(
        assembled.stat().st_size * 8 / 8000, rel=0.02
    )
    verdicts = seen["ok"].dropna().to_dict()
    assert verdicts == {
        "format": False, "ratio": True, "duration_s": False, "fps": True, "black_s": False
    }  # fmt: skip


def test_parts_lie_where_they_were_put(assembled):
    parts = videos.parts(assembled)
    expected = [
        ("black", 2, 3), ("cut", 2, 2), ("cut", 3, 3), ("frozen", 3, 5), ("silence", 4, 5.5),
        ("cut", 5, 5),
    ]  # fmt: skip
    assert parts["kind"].tolist() == [kind for kind, *_ in expected]
    wanted = np.array([span for _, *span in expected], float)
    np.testing.assert_allclose(parts[["start", "end"]], wanted, atol=0.1)
    seen = rows(videos.probe(assembled))
    assert seen.loc["black_s", "measured"] == pytest.approx(1, abs=0.1)
    assert seen.loc["frozen_s", "measured"] == pytest.approx(2, abs=0.1)
    assert seen.loc["silence_s", "measured"] == pytest.approx(1.5, abs=0.1)
    assert seen.loc["cuts_per_minute", "measured"] == pytest.approx(22.5, rel=0.02)
    assert seen.loc["shot_s", "measured"] == pytest.approx(2, abs=0.1)


def test_loudness_is_that_of_the_ebu_cases(tmp_path):
    table = proof.loudness_errors(tmp_path)
    np.testing.assert_allclose(table["measured"], table["expected"], atol=0.1)


def test_a_target_loudness_allows_one_unit(tmp_path):
    path = proof.write(
        tmp_path / "loud.mkv", proof.moving(proof.texture(1), 10), proof.sine(4, -14)
    )
    assert rows(videos.probe(path, {"loudness_lufs": -14.5})).loc["loudness_lufs", "ok"]
    assert not rows(videos.probe(path, {"loudness_lufs": -23})).loc["loudness_lufs", "ok"]
    assert rows(videos.probe(path)).loc["peak_dbfs", "measured"] == pytest.approx(-14, abs=0.1)


def test_noise_between_the_words(tmp_path):
    hiss = np.random.default_rng(1).normal(0, 10 ** (-40 / 20), (4 * proof.RATE, 2))
    voice = proof.sine(4, -12)
    voice[proof.RATE : 2 * proof.RATE] = 0
    path = proof.write(tmp_path / "hiss.mkv", proof.moving(proof.texture(1), 10), voice + hiss)
    assert rows(videos.probe(path)).loc["noise_floor_dbfs", "measured"] == pytest.approx(-40, abs=1)


def test_shake_grows_with_the_jolts(tmp_path):
    calm = rows(videos.probe(proof.write(tmp_path / "c.mkv", proof.moving(proof.texture(9), 55))))
    assert calm.loc["shake", "measured"] < 0.2
    for pixels in (2, 5):
        seen, meant = proof.shaken(tmp_path, pixels)
        assert seen == pytest.approx(meant, rel=0.3)


def test_without_sound(tmp_path):
    path = proof.write(tmp_path / "mute.mp4", proof.moving(proof.texture(1), 30))
    seen = rows(videos.probe(path, "instagram/reels"))
    assert seen.loc["audio", "measured"] is False or not seen.loc["audio", "measured"]
    assert np.isnan(seen.loc["loudness_lufs", "measured"])
    assert not seen.loc["duration_s", "ok"] and not seen.loc["ratio", "ok"]
    assert seen.loc["format", "measured"] == "mp4"
    assert seen.loc["loudness_lufs", "ok"] is pd.NA


def test_limits_read_the_file(tmp_path):
    path = proof.write(tmp_path / "short.mp4", proof.moving(proof.texture(1), 30))
    frame = post_limits.check("instagram/reels", media=[path])
    assert not rows(frame).loc["video_duration_s[1]", "ok"]  # 1.2 s; three are the least


def test_mistakes_are_named(tmp_path, assembled):
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"not a video" * 50)
    for path in (broken, tmp_path / "missing.mp4"):
        with pytest.raises(InputError, match=path.name):
            videos.probe(path)
    with pytest.raises(ParameterError, match="loudness_lufs"):
        videos.probe(assembled, {"loudnes": 3})


def test_every_claim_holds():
    failed = proof.claims().query("not ok")
    assert failed.empty, failed[["claim", "figure", "target"]].to_dict("records")
