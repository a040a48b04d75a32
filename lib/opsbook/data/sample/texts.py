"""Wording of the sample's posts and ads, in Chinese and English. All of it is invented."""

THEMES = ("brewing", "origin", "launch", "wellness", "teaware", "pairing", "daily", "offer")

TEAS = {
    "zh": ["龙井", "水仙", "桂花乌龙", "银针", "滇红", "茉莉"],
    "en": [
        "Longjing",
        "Shuixian",
        "osmanthus oolong",
        "Silver Needle",
        "Yunnan Gold",
        "jasmine pearls",
    ],
}

TAGS = {
    "zh": {
        "brewing": "冲泡技巧",
        "origin": "产地故事",
        "launch": "新品上市",
        "wellness": "喝茶日常",
        "teaware": "茶器分享",
        "pairing": "茶点搭配",
        "daily": "茶园日记",
        "offer": "福利时间",
    },
    "en": {
        "brewing": "brewguide",
        "origin": "teaorigin",
        "launch": "newtea",
        "wellness": "slowliving",
        "teaware": "teaware",
        "pairing": "teapairing",
        "daily": "teagarden",
        "offer": "teadeal",
    },
}

TITLES = {
    "zh": {
        "brewing": [
            "{tea}这样泡才不涩",
            "水温{n}度泡{tea}",
            "{tea}出汤的{n}个细节",
            "新手泡{tea}别踩坑",
            "盖碗泡{tea}全过程",
            "冷泡{tea}放多少克",
        ],
        "origin": [
            "去山里看{tea}",
            "{tea}从哪片坡来",
            "跟做茶师傅上山",
            "海拔{n}00米的{tea}",
            "采{tea}的清晨",
            "一片{tea}的旅程",
        ],
        "launch": [
            "{tea}新茶到了",
            "今年第一批{tea}",
            "新包装{tea}开箱",
            "{tea}小罐上架",
            "限定{tea}来了",
            "{tea}换季上新",
        ],
        "wellness": [
            "午后一杯{tea}",
            "睡前能喝{tea}吗",
            "办公室喝{tea}的日子",
            "慢下来喝{tea}",
            "饭后来杯{tea}",
            "周末与{tea}",
        ],
        "teaware": [
            "{n}元能买的茶器",
            "泡{tea}用什么杯",
            "青瓷盖碗上手",
            "快客杯怎么洗",
            "我的{n}件小茶器",
            "养一只{tea}壶",
        ],
        "pairing": [
            "{tea}配什么点心",
            "茶点摆盘{n}式",
            "{tea}配桂花糕",
            "下午茶桌的{tea}",
            "{tea}和坚果",
            "咸点配{tea}",
        ],
        "daily": [
            "茶园的第{n}天",
            "雨后的{tea}园",
            "做茶人的午饭",
            "茶厂小猫上班",
            "今天摊晾{tea}",
            "夜里炒{tea}",
        ],
        "offer": [
            "{tea}今天有优惠",
            "{tea}第{n}件半价",
            "会员{tea}专属价",
            "满{n}0减券领一下",
            "{tea}礼盒福利",
            "囤{tea}的时候到了",
        ],
    },
    "en": {
        "brewing": [
            "How to brew {tea} without bitterness",
            "{tea} at {n} degrees, step by step",
            "{n} small things that change {tea}",
            "Cold steeping {tea} overnight",
            "First time with a gaiwan and {tea}",
        ],
        "origin": [
            "The slope our {tea} comes from",
            "A morning of picking {tea}",
            "{n}00 metres up for {tea}",
            "Meet the maker behind {tea}",
            "One leaf of {tea}, from tree to tin",
        ],
        "launch": [
            "Fresh {tea} just landed",
            "Our new tin of {tea}",
            "First spring lot of {tea}",
            "{tea} is back in stock",
            "Unboxing the new {tea}",
        ],
        "wellness": [
            "An afternoon with {tea}",
            "A slow Sunday and {tea}",
            "Desk tea: {tea} edition",
            "{tea} after dinner",
            "Winding down with {tea}",
        ],
        "teaware": [
            "Which cup for {tea}",
            "The travel brewer we use for {tea}",
            "{n} pieces of teaware we love",
            "Celadon and {tea}",
            "Cleaning a gaiwan after {tea}",
        ],
        "pairing": [
            "What to eat with {tea}",
            "{tea} and osmanthus cake",
            "{n} snacks for {tea}",
            "A tea table with {tea}",
            "Salted nuts meet {tea}",
        ],
        "daily": [
            "Day {n} at the tea garden",
            "Rain over the {tea} rows",
            "Lunch with the {tea} makers",
            "The factory cat and {tea}",
            "Night firing {tea}",
        ],
        "offer": [
            "{tea} on offer today",
            "Second tin of {tea} half price",
            "Member price for {tea}",
            "{n} off your {tea} order",
            "Gift set with {tea}",
        ],
    },
}

FEATURES = {
    "zh": {"question": "，你呢？", "vote": "｜投票", "lottery": "｜抽奖"},
    "en": {
        "question": " What would you pick?",
        "vote": " Vote in the poll.",
        "lottery": " Giveaway inside.",
    },
}

BODY = {
    "zh": [
        "清晨的露水还没干，叶底已经舒展开来。",
        "第一泡香气最扬，第三泡滋味最稳。",
        "用软一点的水，汤色会更透亮。",
        "师傅说看茶做茶，急不得。",
        "杯子先烫一遍，手感也暖起来。",
        "窗外下着小雨，屋里正好煮水。",
        "罐子打开那一下，香气先到。",
        "茶席不用复杂，一壶两杯就够。",
        "下一期写写怎么存放。",
        "记得先闻香再入口。",
    ],
    "en": [
        "The leaves open slowly, so give them a minute.",
        "The first steep is about aroma, the third about body.",
        "Soft water keeps the cup bright.",
        "Warm the cup first and the scent comes up.",
        "It rained all morning on the upper rows.",
        "We keep the tray simple: one pot, two cups.",
        "The tin smells of orchids when you lift the lid.",
        "Next time we write about storage.",
        "Smell it before you sip.",
        "The makers say the leaf decides the pace.",
    ],
}

# Wording that the advertising law forbids or that promises an effect; planted on purpose.
BANNED = {
    "zh": ["全国第一", "国家级品质", "最佳选择", "根治失眠", "治疗三高", "全网最低价"],
    "en": ["the world's number one tea", "cures insomnia", "100% effective", "number one in China"],
}

AD_ELEMENTS = {
    "selling_point": ("origin", "freshness", "price", "gift", "craft"),
    "emotion": ("calm", "joy", "pride", "curiosity"),
    "form": ("person", "product", "scene", "text"),
    "call_to_action": ("buy_now", "learn_more", "get_coupon", "none"),
}

AD_COPY = {
    "zh": {
        "origin": "高山茶园直送",
        "freshness": "当季新茶现做现发",
        "price": "两罐装更划算",
        "gift": "送礼有面子的茶礼盒",
        "craft": "老师傅手工炭焙",
        "calm": "给忙碌留一杯安静",
        "joy": "和朋友分享一壶",
        "pride": "用好茶待客",
        "curiosity": "这片叶子藏着什么味道",
        "buy_now": "立即下单",
        "learn_more": "了解更多",
        "get_coupon": "领券再买",
        "none": "",
    },
    "en": {
        "origin": "Straight from the high gardens",
        "freshness": "This season's leaf, made to order",
        "price": "Two tins, one fair price",
        "gift": "A tea gift they will remember",
        "craft": "Charcoal roasted by hand",
        "calm": "A quiet cup in a busy day",
        "joy": "Pour a pot for friends",
        "pride": "Serve tea you are proud of",
        "curiosity": "What does this leaf taste of?",
        "buy_now": "Shop now",
        "learn_more": "Learn more",
        "get_coupon": "Get the coupon",
        "none": "",
    },
}

ATTRIBUTES = ("taste", "packaging", "price", "delivery", "service", "origin")
CAUSES = ("broken_packaging", "late_delivery", "wrong_item", "stale_taste", "missing_gift")


def title(rng, language, theme):
    """A title of a theme, drawn from the templates."""
    pool = TITLES[language][theme]
    return pool[rng.integers(len(pool))].format(
        tea=TEAS[language][rng.integers(len(TEAS[language]))], n=int(rng.integers(2, 10))
    )


def body(rng, language, sentences):
    """A body of so many sentences, none of them twice in a row."""
    pool = BODY[language]
    order = rng.permutation(len(pool))
    chosen = [pool[order[i % len(pool)]] for i in range(sentences)]
    return ("" if language == "zh" else " ").join(chosen)
