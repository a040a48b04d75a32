"""Avatars, covers, pictures and short videos, drawn small; some are wrong on purpose."""

from datetime import timedelta
from io import BytesIO

import av
import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from opsbook.data.sample.world import ACCOUNTS, ADS, END

PALETTE = (
    (31, 111, 92),
    (200, 150, 62),
    (122, 59, 46),
    (74, 111, 165),
    (138, 141, 63),
    (91, 75, 138),
)
PAPER = (246, 241, 230)


def _leaf(draw, x, y, size, colour):
    draw.ellipse((x - size, y - size // 2, x + size, y + size // 2), fill=colour)
    draw.line((x - size, y, x + size, y), fill=PAPER, width=max(1, size // 20))


def _picture(rng, width, height, *, leaves=5, colours=PALETTE):
    image = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(image)
    unit = min(width, height)
    draw.rectangle(
        (0, int(height * rng.uniform(0.55, 0.8)), width, height),
        fill=colours[rng.integers(len(colours))],
    )
    for _ in range(leaves):
        _leaf(
            draw,
            int(rng.integers(width)),
            int(rng.integers(height)),
            int(unit * rng.uniform(0.08, 0.25)),
            colours[rng.integers(len(colours))],
        )
    return image


def _words(image, text, colour, size):
    draw = ImageDraw.Draw(image)
    draw.text((image.width // 12, image.height // 6), text, fill=colour, font_size=size)
    return image


def _save(image, path, quality=55):
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, quality=quality) if path.suffix == ".jpg" else image.save(path)


def _video(
    path, rng, *, seconds=4, black=False, silent=False, size=(540, 960), frozen=False, shake=False
):
    """A short H.264 clip with AAC sound; the drawn scene changes every second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    out = BytesIO()
    with av.open(out, "w", format="mp4") as box:
        video = box.add_stream(
            "libx264", rate=24, options={"crf": "34", "preset": "ultrafast", "threads": "1"}
        )
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        sound = box.add_stream("aac", rate=44100, layout="mono")
        scenes = [np.asarray(_picture(rng, *size)) for _ in range(1 if frozen else seconds)]
        for i in range(seconds * 24):
            pixels = scenes[min(i // 24, len(scenes) - 1)]
            if black and i < 36:
                pixels = np.zeros_like(pixels)
            elif shake:
                pixels = np.roll(
                    pixels, tuple(int(v) for v in rng.integers(-14, 15, 2)), axis=(0, 1)
                )
            elif not frozen:
                pixels = np.roll(pixels, i % 24, axis=1)
            for packet in video.encode(
                av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            ):
                box.mux(packet)
        time = np.arange(seconds * 44100) / 44100
        wave = (
            np.zeros_like(time)
            if silent
            else 0.25 * np.sin(2 * np.pi * 330 * time) * (0.6 + 0.4 * np.sin(2 * np.pi * 2 * time))
        )
        for k in range(0, len(wave), 1024):
            frame = av.AudioFrame.from_ndarray(
                wave[None, k : k + 1024].astype("float32"), format="fltp", layout="mono"
            )
            frame.sample_rate, frame.pts = 44100, k
            for packet in sound.encode(frame):
                box.mux(packet)
        for stream in (video, sound):
            for packet in stream.encode():
                box.mux(packet)
    path.write_bytes(out.getvalue())


def make(world, folder, posts):
    """Write the files below a folder and return the assets table."""
    plan = world.plan("assets")
    rng = world.rng("media")
    rows = []

    def note(
        key,
        kind,
        path,
        platform=None,
        account_id=None,
        used_by=(),
        expires=None,
        changed=60,
        campaign=None,
    ):
        rows.append(
            {
                "asset_id": key,
                "kind": kind,
                "platform": platform,
                "account_id": account_id,
                "path": str(path),
                "used_by": list(used_by),
                "created_at": END - timedelta(days=changed + 30),
                "changed_at": END - timedelta(days=changed),
                "rights_holder": "Nanshan Tea (sample)",
                "rights_expire_at": expires,
                "campaign_id": campaign,
                "state": "ready",
            }
        )

    for i, a in enumerate(ACCOUNTS, start=1):
        small = plan and plan["small_avatar"] == a.platform
        side = 90 if small else 400
        avatar = Image.new("RGB", (side, side), PALETTE[0])
        _leaf(ImageDraw.Draw(avatar), side // 2, side // 2, side // 3, PALETTE[1])
        _save(avatar, folder / "avatars" / f"AV{i:02d}.png")
        note(
            f"AV{i:02d}",
            "avatar",
            f"avatars/AV{i:02d}.png",
            a.platform,
            a.account_id,
            changed=int(rng.integers(90, 300)),
        )
        pale = plan and plan["low_contrast_cover"] == a.platform
        width, height = {
            "xiaohongshu": (1080, 1440),
            "douyin": (1080, 1440),
            "wechat_official": (900, 383),
            "youtube": (1280, 720),
        }.get(a.platform, (1080, 608))
        ground = (250, 250, 246) if pale else PALETTE[i % 3]
        cover = Image.new("RGB", (width, height), ground)
        _leaf(
            ImageDraw.Draw(cover),
            int(width * 0.7),
            int(height * 0.6),
            min(width, height) // 5,
            PALETTE[1] if not pale else (243, 243, 238),
        )
        _words(
            cover,
            "Nanshan Tea",
            (236, 236, 230) if pale else (255, 255, 255),
            min(width, height) // 9,
        )
        _save(cover, folder / "covers" / f"CV{i:02d}.jpg")
        note(
            f"CV{i:02d}",
            "cover",
            f"covers/CV{i:02d}.jpg",
            a.platform,
            a.account_id,
            changed=int(rng.integers(20, 420)),
        )
        if plan and small:
            plan["asset_ids"]["small_avatar"] = f"AV{i:02d}"
        if plan and pale:
            plan["asset_ids"]["low_contrast_cover"] = f"CV{i:02d}"
    pictures = posts[posts["format"].isin(["image", "carousel"])].tail(24).reset_index(drop=True)
    order = [int(v) for v in rng.permutation(np.arange(2, 24))]
    twin, blurred, odd = (order[0], order[1], order[2]) if plan else (-1, -1, -1)
    for k, p in enumerate(pictures.itertuples()):
        key = f"IM{k + 1:02d}"
        image = _picture(rng, 1080, 1350)
        if k == twin:
            image = Image.open(folder / "images" / "IM01.jpg").resize((1080, 1350))
            plan["asset_ids"]["near_duplicate"] = [key, "IM01"]
        elif k == blurred:
            image = image.resize((60, 75)).resize((1080, 1350))
            plan["asset_ids"]["blurred"] = key
        elif k == odd:
            image = _picture(rng, 1080, 1350, colours=((255, 0, 200), (0, 255, 240), (255, 240, 0)))
            plan["asset_ids"]["off_palette"] = key
        elif k % 4 == 1:
            _words(
                image, p.title.encode("ascii", "ignore").decode() or "Nanshan Tea", (20, 20, 20), 56
            )
        _save(image, folder / "images" / f"{key}.jpg", 40)
        expires = END + timedelta(days=int(rng.integers(90, 700)))
        if plan and k == order[3]:
            expires = END - timedelta(days=12)
            plan["asset_ids"]["rights_expired"] = key
        note(
            key,
            "image",
            f"images/{key}.jpg",
            p.platform,
            p.account_id,
            [p.post_id],
            expires,
            int(rng.integers(1, 40)),
        )
    clips = posts[posts["format"].isin(["video", "reel", "short"])].tail(6).reset_index(drop=True)
    faults = (
        [str(v) for v in rng.permutation(["black", "silent", "frozen", "shake", "small", "none"])]
        if plan
        else ["none"] * 6
    )
    for k, (p, fault) in enumerate(zip(clips.itertuples(), faults, strict=False)):
        key = f"VD{k + 1:02d}"
        options = {fault: True} if fault in ("black", "silent", "frozen", "shake") else {}
        _video(
            folder / "videos" / f"{key}.mp4",
            rng,
            size=(320, 180) if fault == "small" else (540, 960),
            **options,
        )
        if plan and fault != "none":
            plan["asset_ids"][f"{fault}_video"] = key
        note(
            key,
            "video",
            f"videos/{key}.mp4",
            p.platform,
            p.account_id,
            [p.post_id],
            END + timedelta(days=500),
            5,
        )
    for k in range(6):
        platform, account_id, _ = ADS[k % 3]
        image = _words(
            _picture(rng, 1280, 720, leaves=3),
            ("Shop now", "Fresh leaf", "Tea gift")[k % 3],
            (20, 20, 20),
            72,
        )
        _save(image, folder / "ads" / f"AD{k + 1:02d}.jpg", 40)
        note(f"AD{k + 1:02d}", "ad", f"ads/AD{k + 1:02d}.jpg", platform, account_id, changed=30)
    return pd.DataFrame(rows)
