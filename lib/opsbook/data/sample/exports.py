"""The exports of the social platforms, one folder per account."""

from opsbook.data.sample import exports_china, exports_world
from opsbook.data.sample.world import account


def write(inbox, posts, daily, followers, hours, profile):
    """All social exports, into one folder per account."""

    def own(frame, platform):
        return frame[frame["platform"] == platform].reset_index(drop=True)

    def folder(platform):
        path = inbox / f"{platform}@{account(platform).account_id}"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def parts(platform):
        return (
            folder(platform),
            own(posts, platform),
            own(daily, platform),
            own(followers, platform),
        )

    exports_china.xiaohongshu(folder("xiaohongshu"), own(posts, "xiaohongshu"))
    exports_china.douyin(*parts("douyin"))
    exports_china.wechat_official(*parts("wechat_official"))
    exports_china.weibo(folder("weibo"), own(posts, "weibo"), own(followers, "weibo"))
    exports_world.instagram(*parts("instagram"), own(profile, "instagram"))
    exports_world.tiktok(*parts("tiktok"), own(hours, "tiktok"))
    exports_world.x(*parts("x"))
    exports_world.youtube(folder("youtube"), own(posts, "youtube"))
