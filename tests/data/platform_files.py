"""Builders of export files, byte for byte as the platforms write them (synthetic content)."""

import zipfile

XHS_HEADER = ["笔记标题", "首次发布时间", "体裁", "曝光", "观看量", "封面点击率", "点赞", "评论", "收藏",
              "涨粉", "分享", "人均观看时长", "弹幕"]  # fmt: skip
XHS_ROW = ["春茶上新", "2026年03月24日17时33分05秒", "图文", 12235.0, 6174.0, 0.221, 15.0, 41.0, 5.0, 0.0,
           14.0, 17.0, 0.0]  # fmt: skip
X_HEADER = ("Post id,Date,Post text,Post Link,Impressions,Likes,Engagements,Bookmarks,Shares,"
            "New follows,Replies,Reposts,Profile visits,Detail Expands,URL Clicks,Hashtag Clicks,"
            "Permalink Clicks")  # fmt: skip
FACEBOOK_31 = ["Post ID", "Page ID", "Page name", "Title", "Description", "Duration (sec)", "Publish time",
               "Caption type", "Permalink", "Is crosspost", "Is share", "Post type", "Languages",
               "Custom labels", "Funded content status", "Data comment", "Date", "Views", "Reach",
               "Reactions, Comments and Shares", "Reactions", "Comments", "Shares", "Total clicks",
               "Link Clicks", "Other Clicks", "Seconds viewed", "Average Seconds viewed",
               "Estimated earnings (USD)", "Ad impressions", "Matched audience"]  # fmt: skip


def xlsx(path, rows, sheet="Sheet1", merged=None):
    """An xlsx whose texts are inlineStr and whose sharedStrings are empty (Apache POI's way)."""

    def cell(r, c, value):
        ref = f"{column_letters(c)}{r}"
        if isinstance(value, (int, float)):
            return f'<c r="{ref}" t="n"><v>{value}</v></c>'
        text = str(value).replace("&", "&amp;").replace("<", "&lt;")
        return f'<c r="{ref}" t="inlineStr"><is><t>{text}</t></is></c>'

    lines = "".join(
        f'<row r="{r}">' + "".join(cell(r, c, v) for c, v in enumerate(row)) + "</row>"
        for r, row in enumerate(rows, 1)
    )
    merge = f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    pack = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{pack}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{pack}/relationships"><Relationship Id="rId1" '
        f'Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets>'
        f'<sheet name="{sheet}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{pack}/relationships">'
        f'<Relationship Id="rId1" Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{rel}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>",
        "xl/sharedStrings.xml": f'<sst count="0" uniqueCount="0" xmlns="{main}"/>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData>'
        f"{merge}</worksheet>",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>\n' + text)
    return path


def column_letters(index):
    """0 -> A, 26 -> AA."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def xiaohongshu(path, rows=(XHS_ROW,)):
    """笔记列表明细表.xlsx: the banner's text in all 13 cells of row 1, the header in row 2."""
    banner = ["最多导出排序后前1000条笔记"] * 13
    return xlsx(path, [banner, XHS_HEADER, *rows], merged="A1:M1")


def x_posts(path, lines):
    """account_analytics_content_<from>_<to>.csv: UTF-8, LF."""
    path.write_text("\n".join([X_HEADER, *lines]) + "\n", encoding="utf-8")
    return path


def x_line(post_id="1891564128784855141", day='"Tue, Jul 14, 2026"', text="Tea", n=70, likes=3):
    """One line of the X content export."""
    link = f"https://x.com/nanshan/status/{post_id}"
    return f"{post_id},{day},{text},{link},{n},{likes},3,1,0,0,0,0,0,0,0,0,0"


def facebook(path, rows, header=FACEBOOK_31, encoding="utf-8-sig"):
    """The Business Suite content export: BOM, LF, every field quoted that needs it."""
    import csv

    with open(path, "w", encoding=encoding, newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path


def facebook_row(post_id="122101234567890123", caption="Spring tea", **figures):
    """One row of the 31-column Facebook export."""
    row = dict.fromkeys(FACEBOOK_31, "")
    row |= {
        "Post ID": post_id, "Page ID": "101234567890123", "Page name": "Nanshan Tea",
        "Description": caption, "Duration (sec)": "0", "Publish time": "02/16/2025 05:14",
        "Permalink": f"https://www.facebook.com/{post_id}", "Is crosspost": "0", "Is share": "0",
        "Post type": "Photos", "Date": "Lifetime", "Views": "120", "Reach": "90",
        "Reactions": "7", "Comments": "2", "Shares": "1", "Total clicks": "11",
    }  # fmt: skip
    return list((row | figures).values())


def meta_page(path, metric, days):
    """Follows.csv, Views.csv, ...: UTF-16LE with BOM; sep=, then the metric, then the header."""
    lines = ["sep=,", f'"{metric}"', '"Date","Primary"', *(f'"{d}","{v}"' for d, v in days)]
    path.write_bytes(b"\xff\xfe" + "\n".join([*lines, ""]).encode("utf-16-le"))
    return path


GOOGLE_HEADER = ("Ad status,Final URL,Campaign,Ad group,Status,Ad strength,Ad type,Impr.,Interactions,"
                 "Interaction rate,Currency code,Avg. cost,Cost,Clicks,Conv. rate,Conversions,"
                 "Cost / conv.")  # fmt: skip


def google(path, lines, period="January 20, 2026 - January 21, 2026", header=GOOGLE_HEADER):
    """An ad report: UTF-8 without BOM, title, period, header; totals at the end."""
    path.write_text("\n".join(["Ad report", period, header, *lines]) + "\n", encoding="utf-8")
    return path


def google_line(
    campaign="Spring",
    group="Green",
    impressions='"1,042"',
    cost="60.00",
    clicks="50",
    url="https://a.example/1",
):
    """One data line of the ad report; a missing figure is " --" with its leading blank."""
    return (
        f"Enabled,{url},{campaign},{group},Eligible,Good,Responsive search ad,{impressions},{clicks},"
        f"4.80%,USD,1.20,{cost},{clicks}, --, --, --"
    )


def google_total(label, impressions, cost, clicks):
    """One of the several total rows at the end of a Google file."""
    return f"{label}, --, --, --, --, --, --,{impressions},{clicks},4.80%,USD,1.20,{cost},{clicks}, --, --, --"


YOUTUBE_HEADER = ("Content,Video title,Video publish time,Duration,Views,Watch time (hours),Subscribers,"
                  "Impressions,Impressions click-through rate (%)")  # fmt: skip


def youtube(path, lines, total="Total,,,,10,2.5,-7,100,6.98", footer=True):
    """Table data.csv: the total first, the footer last, UTF-8 without BOM."""
    foot = ["Showing top 500 results" + "," * 8] if footer else []
    path.write_text("\n".join([YOUTUBE_HEADER, total, *lines, *foot]) + "\n", encoding="utf-8")
    return path


DOUYIN_HEADER = ["作品名称", "发布时间", "体裁", "审核状态", "播放量", "完播率", "5s完播率", "2s跳出率",
                 "平均播放时长", "点赞量", "分享量", "评论量", "收藏量", "主页访问量", "粉丝增量"]  # fmt: skip
DOUYIN_ROW = ["新茶开箱\n#春茶 #开箱", "2026-03-18 14:11:20", "1min-视频", "公开", "1.2万", "0.366807",
              "0.51", "0.12", "9.53", "120", "3", "8", "5", "40", "-2"]  # fmt: skip


def douyin(path, rows=(DOUYIN_ROW,), header=DOUYIN_HEADER):
    """The works list: every cell is text."""
    return xlsx(path, [header, *rows])
