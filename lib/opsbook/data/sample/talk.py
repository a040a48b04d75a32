"""Wording of the sample's comments, messages and complaints; none of it is used in posts."""

COMMENTS = {
    "zh": {
        "praise": [
            "好喝，已经回购两次",
            "香气真的绝，爱了",
            "包装精致，朋友很喜欢",
            "第一次喝就被惊艳到了",
            "客服态度很好，赞",
            "喝完很舒服，会推荐给家人",
            "性价比高，满意",
        ],
        "neutral": [
            "今天也在喝",
            "路过看看",
            "周末试试",
            "收藏了",
            "码住",
            "原来如此",
            "打卡第三天",
            "看到同款杯子了",
            "我家也有一罐",
        ],
        "question": [
            "这款多少钱一罐？",
            "哪里可以买到？",
            "孕妇可以喝吗？",
            "保质期多久？",
            "一次放几克合适？",
            "有没有小包装？",
            "什么时候补货？",
            "能开发票吗？",
        ],
        "suggestion": [
            "建议出个小样套装",
            "希望有低咖啡因的款",
            "要是有英文说明就好了",
            "建议视频加上字幕",
            "希望多讲讲储存方法",
        ],
        "complaint": [
            "等了一周还没发货，失望",
            "罐子压瘪了，客服不理人",
            "味道比上次淡太多，不值",
            "收到的是错的款，退货好麻烦",
            "赠品没给，感觉被骗",
            "茶叶碎得厉害，差评",
        ],
        "violating": [
            "加我微信低价出同款",
            "傻子才买这个",
            "点我主页领红包",
            "兼职日结三百私聊",
            "滚吧，什么垃圾东西",
        ],
    },
    "en": {
        "praise": [
            "Absolutely love this one",
            "So fragrant, bought it twice",
            "Beautiful packaging, great gift",
            "Best purchase this month, very happy",
            "Lovely and smooth, thank you",
        ],
        "neutral": [
            "Having mine right now",
            "Saving this for later",
            "Same mug here",
            "Day three",
            "Passing by",
            "I have that tin too",
        ],
        "question": [
            "How much is it?",
            "Do you ship to Canada?",
            "How many grams per cup?",
            "Is it caffeine free?",
            "When will it be back in stock?",
            "Where can I buy this?",
        ],
        "suggestion": [
            "Please add a sampler set",
            "Would be great to have subtitles",
            "You should do a low caffeine version",
            "I wish the guide came in German",
        ],
        "complaint": [
            "Still waiting after two weeks, terrible",
            "The tin arrived dented and nobody answers",
            "Tastes stale, very disappointed",
            "Wrong item, awful return process",
            "No gift in the box, feels like a scam",
        ],
        "violating": [
            "DM me for cheap copies",
            "Only an idiot buys this",
            "Click my profile for free cash",
            "Shut up with this garbage",
            "Earn $500 a day, message me",
        ],
    },
}
# Shares of the classes above in ordinary times.
MIX = {
    "praise": 0.26,
    "neutral": 0.38,
    "question": 0.18,
    "suggestion": 0.07,
    "complaint": 0.08,
    "violating": 0.03,
}
TAIL = {
    "zh": ["", "", "～", "！", "。", " 真的", " 哈哈", "，支持一下", "，已下单"],
    "en": ["", "", "!", ".", " :)", " honestly", " from Berlin", " again"],
}
BURST = {
    "zh": [
        "喝出异味，太失望了，求说法",
        "这批茶有霉味，差评",
        "质量翻车，垃圾，要求退款",
        "发霉了还卖，气死了",
        "再也不买了，恶心",
    ],
    "en": [
        "This batch smells of mould, disgusting",
        "Terrible quality, I want a refund",
        "Awful, never again",
        "Mouldy tea, shame on you",
        "Worst tea ever, angry",
    ],
}
OWNER = {
    "zh": [
        "谢谢喜欢，慢慢喝～",
        "您好，已私信您处理",
        "详情页有尺寸和克重哦",
        "抱歉给您带来不便，马上为您核实",
    ],
    "en": [
        "Thank you, enjoy the cup",
        "Sorry about that, we sent you a message",
        "Details are on the product page",
    ],
}

FAQ = {
    "shipping": (
        ["请问什么时候发货", "我的快递到哪了", "下单两天了还没发货怎么办", "可以发顺丰吗"],
        ["When does my order ship", "Where is my parcel", "Order not shipped yet"],
    ),
    "brewing": (
        ["这款用多少度的水泡", "一泡要闷多久", "盖碗放几克茶叶", "能冷泡吗泡几个小时"],
        [
            "What water temperature should I use",
            "How long do I steep it",
            "How many grams in a gaiwan",
        ],
    ),
    "storage": (
        ["茶叶要放冰箱吗", "开封后能存多久", "需要密封保存吗", "受潮了还能喝吗"],
        [
            "Should I keep it in the fridge",
            "How long does it keep once opened",
            "How do I store the tin",
        ],
    ),
    "refund": (
        ["我想申请退款", "退货运费谁出", "退款多久到账", "可以换一款吗"],
        ["I want a refund", "Who pays for the return", "How long until the money is back"],
    ),
    "gift": (
        ["礼盒可以放贺卡吗", "送礼有手提袋吗", "能帮写祝福语吗", "企业团购礼盒怎么订"],
        [
            "Can you add a card to the gift box",
            "Is there a gift bag",
            "Do you take corporate gift orders",
        ],
    ),
    "caffeine": (
        ["晚上喝会睡不着吗", "哪款咖啡因低", "小朋友能喝吗", "胃不好能喝绿茶吗"],
        ["Which tea has less caffeine", "Can I drink it in the evening", "Is it fine for children"],
    ),
    "invoice": (
        ["怎么开发票", "发票抬头能改吗", "电子发票发到哪里", "能开公司抬头吗"],
        ["Can I get an invoice", "Can you change the company name on the invoice"],
    ),
}
ANSWER = {
    "zh": [
        "您好，已帮您查询，稍后回复您",
        "亲，这款建议参考包装背面的说明",
        "好的，已为您登记，明天给您答复",
        "请放心，我们来处理",
    ],
    "en": [
        "Hello, we are looking into it",
        "Please see the label on the back for that",
        "Noted, you will hear from us tomorrow",
        "We will take care of it",
    ],
}
COMPLAINT = {
    "broken_packaging": "收到时罐子变形，盒角裂开",
    "late_delivery": "超过承诺时间还没有收到",
    "wrong_item": "订单与收到的不是同一款",
    "stale_taste": "茶汤有陈味，不像新茶",
    "missing_gift": "说好的赠杯没有放进来",
}
