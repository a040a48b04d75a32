"""Labelled wordings for the proof of text methods: written apart from rules and training.

Each list was written from the intent alone. The lists named SEEN were then used to widen the rules
of triage; `COMMENTS`, from other trades, was written after that and the rules were not changed
again, so that its figures are the honest ones. `{p}` stands for a product.
"""

PRODUCTS_ZH = ("那罐白毫", "绿色那盒", "桂花款", "小青柑", "冷萃杯", "老茶头")
PRODUCTS_EN = ("the oolong tin", "that green one", "the sampler", "your matcha", "the glass cup")

# Intent -> wordings. Even intents set the closeness of the method, odd ones are the proof.
QUESTIONS = {
    "price": (
        "{p}多少钱一份", "{p}什么价位呀", "入手{p}要花多少", "{p}单价多少", "请教{p}的价格",
        "how much is {p}", "what does {p} cost", "price of {p} please",
    ),
    "dispatch": (
        "{p}几天能发出来", "今天拍{p}啥时候寄", "{p}下单后多久发货", "我的{p}怎么还没寄出呀", "{p}哪天发走",
        "when will {p} ship", "how soon do you ship {p}", "has {p} been dispatched yet",
    ),
    "stock": (
        "{p}还有货没", "{p}补货是什么时候", "{p}是不是断货了", "{p}现在有现货吗", "{p}缺货到几时",
        "is {p} in stock", "when is {p} back in stock", "will you restock {p}",
    ),
    "brewing": (
        "{p}用几度的水", "{p}怎么泡才不苦", "{p}冲泡要多长时间", "{p}能煮着喝不", "泡{p}放几克",
        "how do I brew {p}", "what water temperature for {p}", "how long to steep {p}",
    ),
    "returns": (
        "{p}不合适可以退吗", "{p}拆封了还能退货不", "退{p}的运费谁出", "{p}想换货怎么操作", "{p}能无理由退换吗",
        "can I return {p}", "what is the return policy on {p}", "how do I send back {p}",
    ),
    "keeping": (
        "{p}能放几年", "{p}要不要搁冰箱", "{p}保质期到啥时候", "{p}开封后怎么保存", "{p}怎么存不会潮",
        "does {p} expire", "how should I store {p}", "what is the shelf life of {p}",
    ),
    "discount": (
        "{p}有没有券", "{p}双十二会降吗", "{p}买两份能便宜点不", "{p}现在有活动没", "老客买{p}打折吗",
        "any discount on {p}", "is there a coupon for {p}", "will {p} go on sale",
    ),
    "health": (
        "怀孕能喝{p}吗", "{p}小朋友喝行不行", "{p}里有添加剂吗", "糖尿病人喝{p}可以吗", "{p}晚上喝会不会失眠",
        "is {p} safe when pregnant", "does {p} have caffeine", "can kids drink {p}",
    ),
    "origin": (
        "{p}产地是哪儿", "{p}是哪个山头的", "{p}哪年的料", "{p}是正宗原产的吗", "{p}产自哪里",
        "where does {p} come from", "what is the origin of {p}", "where is {p} grown",
    ),
    "invoice": (
        "{p}能开票不", "买{p}可以开专票吗", "{p}的发票怎么申请", "发票抬头写公司行吗", "{p}电子发票发哪",
        "can I get an invoice for {p}", "how do I download the invoice for {p}", "invoice for {p} to my company",
    ),
    "shop": (
        "{p}线下哪家店能买", "上海有门店卖{p}吗", "你们门店地址在哪", "{p}实体店同价吗", "附近有店卖{p}没",
        "do you have a physical store with {p}", "which store sells {p}", "store address for {p}",
    ),
    "gift": (
        "{p}有礼盒装吗", "{p}送长辈体面吗", "{p}能帮写贺卡不", "{p}送礼带手提袋吗", "买{p}送人能包装一下吗",
        "do you gift wrap {p}", "does {p} come in a gift box", "can you add a gift card to {p}",
    ),
}  # fmt: skip

# Label -> comments. Written as a shop's followers write; none is taken from a corpus.
COMMENTS_SEEN = {
    "violating": (
        "想增加收入的姐妹戳我，一天三百到手", "需要同款低价的找我薇♥", "楼主你个大傻叉，祖宗十八代都丢人", "兄弟们看我空间，福利资源都在里面",
        "出号出粉，量大从优", "做任务结算快，手机就能干，滴滴我", "你全家都该进火葬场", "这种女的就该被打",
        "专业代写好评，一条五毛", "复刻包包手表，支持验货，+徽信", "急用钱找我，身份证就能下款", "智商欠费的东西，给爷爬",
        "Make $500 a day from your couch, ask me how", "hot singles near you, tap my pic", "you are a disgusting pig, go kill yourself",
        "Get 10k followers for $5, text me", "shut the f*** up you clown", "selling accounts and gift cards cheap, hit me up",
        "investment tips that tripled my money, contact Mr Lee on Telegram", "people like you should be shot",
    ),
    "complaint": (
        "杯盖一拧就裂，才用了一次", "说好周三到，现在周日了连个影子都没有", "打客服电话永远占线，太让人火大", "泡出来一股霉味，倒了",
        "少给我一盒，联系你们也没下文", "罐子瘪得不成样，茶全撒箱子里", "喝完肚子疼了一晚上", "跟直播间讲的根本不是一回事",
        "买完第二天就便宜三十，心凉", "封口没封紧，受潮结块", "包装写十二包，数了只有九包", "越做越差，老客都跑光了",
        "My cup arrived in pieces", "Two weeks and the parcel is nowhere", "tastes like cardboard, what a letdown",
        "Your support keeps hanging up on me", "I was billed for three boxes and got one", "The lid leaks all over my bag",
        "found a bug inside the tin", "quality has gone downhill since last year",
    ),
    "question": (
        "这一款跟去年那款差在哪", "一次投几克合适呀", "寄到新疆收不收运费", "孕期能不能喝", "保温杯闷着会苦不",
        "红罐和绿罐哪种更醇", "周末有人发快递没", "这个月还搞直播不", "晚上喝会睡不着吗", "支持开专票不",
        "啥时候补货呀", "学生党买哪一档划算",
        "Which of the two is less bitter?", "Do you deliver to Norway", "how many grams per cup", "Can toddlers drink it?",
        "when does the live start tonight", "is the tin recyclable", "What temp should the water be", "got any left in blue?",
    ),
    "suggestion": (
        "要不弄个便携小罐，出差好带", "盒子上印个冲泡步骤就更方便了", "可否把直播挪到晚上八点", "多拍点茶园的视频呗",
        "给老客搞个积分吧", "能出无糖版就更完美了", "盖子做成旋转式会好些", "客服上班时间延长点呗",
        "真想看到你们做冷泡系列", "不如把快递换成顺丰", "多上点试喝装吧", "说明书字号放大一些比较好",
        "A resealable bag would make it so much handier", "you guys ought to make a decaf version", "Bring the jasmine one back!",
        "a smaller trial pack, maybe?", "Consider printing brewing times on the box", "I'd love to see more videos from the farm",
        "would prefer paper instead of plastic", "put the price in the caption next time",
    ),
    "praise": (
        "入口回甘，办公室都被我带着囤了", "第五次买了，还是那个味儿", "颜值也太能打了吧", "客服小姐姐巨耐心，暖到我",
        "长辈尝了一口就问我要牌子", "一打开满屋子花香，幸福", "早上下单下午就收着了，神速", "讲解得好细致，小白也听懂了",
        "包得严严实实，一点没碎", "好茶不贵，良心卖家", "被这罐子圈粉了", "越喝越上头",
        "Smells heavenly, my new go-to", "My mom is hooked", "Packaging is stunning", "quick delivery and such a sweet note inside",
        "five stars from me", "best cup I have had in years", "so smooth, zero bitterness", "The staff went above and beyond for me",
    ),
    "neutral": (
        "刚刷到", "上周六在店里碰到主播了", "已经拍了两盒", "我在杭州", "明天出差", "@小陈 你看", "今天周三", "老家也种茶",
        "早上好各位", "从隔壁视频过来的", "我用的是紫砂壶", "二十克装的那种",
        "here from the newsletter", "ordered yesterday evening", "watching from Manila", "this was filmed in May",
        "My cousin lives there", "just got home", "it's the 200g one", "tagging Anna",
    ),
}  # fmt: skip

COMMENTS_SEEN_LATER = {
    "violating": (
        "宝妈在家无聊的来，动动手指就有零花钱", "需要刷销量的店主私", "关注我送福利照，懂的来", "低息借钱当天到账，不看征信", "外省的都是穷鬼，滚回去",
        "你这种货色活着浪费空气", "免费送手机，仅限前五十名，进我橱窗领", "买号卖号认准小李，信誉第一",
        "Want easy cash? Ring this number tonight", "I will find where you live and hurt you", "Get verified badge cheap, see my profile",
        "immigrants like you are vermin",
    ),
    "complaint": (
        "勺子断了半截，补发又说没库存", "凉的，汤也漏得到处都是", "承诺的赠品根本没放", "给我寄了别人的单子", "喝到一根塑料丝，吓死了",
        "等了俩礼拜催了五遍", "颜色跟视频里差太远", "杯底有裂缝，一倒水就渗",
        "Box was half empty when I opened it", "Paid extra for express, took nine days", "The strap snapped after one day",
        "you sent me somebody else's parcel",
    ),
    "question": (
        "港澳能寄不", "热水冲还是冷水冲", "和旗舰店的是同一批吗", "一盒能喝多长时间", "直播间几点抽奖", "送的杯子能单买吗",
        "需要先洗一遍茶吗", "想送爸妈，买哪种稳妥",
        "Does the set include a strainer", "is it sweet or more floral", "How far in advance should I order for Christmas",
        "who designed the label?",
    ),
    "suggestion": (
        "罐口再大一点就好拿了", "下回直播配个字幕吧", "建个老客群发发新品多好", "出个小份的让人先尝尝嘛", "官网加个夜间模式呗",
        "包装少用点塑料吧", "抽奖规则写清楚些会更公平", "跟博物馆联名一波，肯定火",
        "Please think about a larger teapot", "It would be handy to have recipe cards", "You could put a QR code on the tin",
        "add subtitles to the live, that would help",
    ),
    "praise": (
        "泡了一下午还有味，值", "闺蜜抢走半罐", "盒子美到舍不得扔", "主播讲得真明白", "老字号就是让人踏实", "香得隔壁都来敲门",
        "收到当天就泡上，心情都好了", "一如既往稳，没失望过",
        "Best gift I've bought this year", "Tastes exactly like the one in Taipei", "Can't stop drinking this", "Wow, the aroma!",
    ),
    "neutral": (
        "昨晚看的回放", "我同事买的绿罐", "周五去你们那边办事", "一盒十二泡", "第一次来直播间", "刚从超市回来", "这是我家猫", "图三是在厦门拍的",
        "Here after lunch", "Mine came with a blue lid", "The shop is next to the station", "we drink it at the office",
    ),
}  # fmt: skip

COMMENTS_SEEN_LAST = {
    "violating": (
        "缺生活费的同学过来，刷刷视频就有钱拿", "专业上热门，播放量包你破万", "楼上那个女的一看就不是什么好东西，欠收拾", "出租微信号，一天八十",
        "你们这群废柴全都该下地狱", "办各类证件，防伪可查",
        "Lost money before? My broker got it all back, reach her here", "I hope your whole family dies",
        "Become rich with this one app, spots are filling up", "Dirty foreigners ruin everything",
    ),
    "complaint": (
        "面霜抹上去刺痛，脸红了两天", "裙子拉链卡死了穿不上", "预约了师傅上门结果放我鸽子", "充电线用一礼拜就接触不良", "赠品瓶口是碎的",
        "跑了三家门店都不给修", "洗一水领口就松垮",
        "The zipper broke the first time I wore it", "Cream gave me hives", "Nobody picked up after forty minutes on the line",
        "Ordered black, received brown", "Battery dies within an hour",
    ),
    "question": (
        "油皮用会闷痘不", "一米六五穿中码会短吗", "跟上一代比升级了哪些", "门店能自提不", "敏感肌先用哪一支", "过了七天还给换吗", "内胆拆得下来洗不",
        "Will this fit a size 9 foot?", "how often should I apply the serum", "Is the charger included", "which shade suits pale skin",
        "Do I need to hand wash it",
    ),
    "suggestion": (
        "袖子要是再长两厘米就合身了", "出个旅行装吧，大瓶带不上飞机", "建议色卡放实拍图", "能不能多留几个大码", "试色视频多找点黄皮模特",
        "希望瓶子换成按压头", "开个以旧换新活动嘛",
        "You should offer half sizes", "would be great to have refills", "please add pockets to the next version", "How about a tutorial for beginners",
        "Wish it came in navy",
    ),
    "praise": (
        "上脸特别润，第二天还水水的", "版型绝了，显瘦十斤", "修理师傅人好话少手艺棒", "充一次用三天，省心", "同事都问我在哪买的裙子",
        "闻着就高级，爱不释手", "换货也很爽快，给客服加鸡腿",
        "Fits like a glove", "My skin has never looked better", "Super comfy, wearing them daily", "Customer service sorted it in minutes, thank you",
        "Absolutely love the colour",
    ),
    "neutral": (
        "我妈也在看", "上个月在商场试过", "我是干皮", "周末去试穿", "买的是第二代", "在地铁上刷到的", "同款不同色",
        "I have the older model", "size M, 170 cm", "Saw it on the train today", "My sister works there", "second time on this page",
    ),
}  # fmt: skip

COMMENTS = {
    "violating": (
        "学生党看过来，做数据录入一小时三十块，联系 lk88421", "低价充话费，一百到账两百，先付后充", "祖上没积德才生出你这号人", "评论区那位胖妞，照照镜子再出来吓人",
        "专注海外盘口，跟上的都提车了", "查老公行踪，聊天记录恢复，保密", "出一手考试真题，过后付款", "再敢发就把你家狗毒死",
        "这帮外地佬把小区都搞臭了，赶走算了", "长得跟鬼一样还直播，吐了",
        "My uncle turned 300 into 9k with this woman, look her up on insta", "Ur face makes babies cry, delete your account",
        "Unlimited storage accounts half price, ping @dealzone", "Girls like that deserve whatever happens to them", "We pay for five star ratings, drop your mail",
        "I know your school, better watch out",
    ),
    "complaint": (
        "猫粮打开一股哈喇味，猫闻都不闻", "床板第三天就吱呀响", "房间空调滴了一夜水，叫了前台也没来", "书脊是歪的，还缺了十几页", "儿童车轱辘装上去晃得厉害",
        "种子撒了俩月一颗芽也没冒", "课程说好二十节，看到十二节就没了", "沙发色号和选的对不上，客服让我自己克服", "票出错了日期，改签费还得我掏", "积木少了一袋零件，孩子哭一下午",
        "The saddle wobbles no matter how I tighten it", "Half the pages are printed upside down", "Check-in took two hours and the room was filthy", "My cat threw up after every meal of this",
        "One table leg is shorter than the others", "Seeds never sprouted", "The app keeps logging me out mid lesson",
    ),
    "question": (
        "布偶三个月大能吃这款粮么", "山地和公路哪种适合通勤", "房费含不含双早", "这套绘本几岁读合适", "绿萝多久浇一回", "茶几能承多重", "课程回放保留几个月",
        "两个人住标间加床怎么收", "配件单独卖吗", "安装师傅上门另收钱不",
        "Is the frame aluminium or steel", "Do the lessons come with subtitles?", "Are dogs allowed in the rooms", "what age is the puzzle meant for", "How tall does this fern get",
        "could I swap the wheels later", "who is the translator of this edition",
    ),
    "suggestion": (
        "猫砂袋上打个提手孔，搬起来省劲", "要是有成人款的积木就好玩了", "早餐时间往后挪半小时吧", "书里附个索引会更实用", "车筐改成可拆的比较合理", "课间给两分钟休息多好",
        "床头加个插座吧，充电不方便", "盼着出这一套的有声版", "花盆底下配个托盘呗", "退房能不能改成自助的",
        "An offline mode would save me on flights", "Why not sell the covers separately", "It needs a lighter handlebar option", "Please let guests pick the pillow type",
        "A beginner track would be welcome", "Maybe print the care tips on the pot",
    ),
    "praise": (
        "毛孩子一碗见底，毛都亮了", "骑了一百公里屁股不疼", "推窗就是海，值回票价", "翻开就停不下来，熬夜看完了", "老师讲得接地气，我妈都学会了", "多肉到手活蹦乱跳，一片叶子没掉",
        "柜门严丝合缝，师傅装得漂亮", "前台小姑娘笑眯眯的，还送了果盘", "拼了一晚上，亲子时光满分", "纸张厚实印得清楚，收藏级",
        "My pup licks the bowl clean every time", "Rides like butter", "We were upgraded for free, what a stay", "Couldn't put it down until 3am",
        "The course landed me a job", "Every plant arrived healthy", "Assembly took ten minutes and it's rock solid",
    ),
    "neutral": (
        "我养了两只橘猫", "楼下车库停着一辆同样的", "上回住的是八楼", "书架第三层那本", "阳台朝南", "我报的是周末班", "图二那盆是邻居的", "孩子五岁半",
        "刚拆箱", "下个月搬家",
        "We stayed there in 2019", "I teach at a primary school", "Mine is the 27 inch one", "My balcony faces east", "reading it on the bus", "the blue one is my brother's",
    ),
}  # fmt: skip
