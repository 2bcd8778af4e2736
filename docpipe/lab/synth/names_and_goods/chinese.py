"""Chinese names and goods."""

# ruff: noqa: E501, SIM905
from __future__ import annotations

from random import Random
from typing import Any

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛"
_GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华建国文志海玉红晓燕春梅雪峰宇欣佳怡子涵浩然梓轩雨桐俊博思远慧颖倩凯旭鹏飞龙莉琳嘉"
_BRAND = "鑫华宏达瑞祥恒信诚博远航科创智汇联盛泰兴隆源丰嘉美佳康安和顺通利广天星辰宇腾飞龙凤锦绣东方金银玉德仁义中正大同百合云海蓝绿晨曦朗逸尚雅力拓优邦亿众万新奥凯悦维卓"
_PLACES = "北京市|上海市|天津市|重庆市|广州市|深圳市|杭州市|南京市|武汉市|成都市|西安市|苏州市|青岛市|长沙市|郑州市|沈阳市|大连市|宁波市|厦门市|合肥市|济南市|福州市|昆明市|哈尔滨市|南昌市|贵阳市|太原市|兰州市|无锡市|佛山市|东莞市|泉州市".split(
    "|"
)
_PROVINCES = "广东省|江苏省|浙江省|山东省|河南省|四川省|湖北省|湖南省|福建省|安徽省|河北省|辽宁省|陕西省|江西省|云南省|广西壮族自治区|黑龙江省|吉林省".split(
    "|"
)
_DISTRICT = "海淀朝阳浦东新城高新江北滨湖天河南山福田武侯雁塔鼓楼玄武西湖余杭吴中黄埔宝安龙岗东湖洪山岳麓金水和平鄞州思明包河历下台江五华"
_BRANCH = "科技|信息技术|网络科技|电子商务|贸易|商贸|实业|物流|建筑工程|装饰工程|机械设备|电子|医疗器械|食品|餐饮管理|文化传媒|广告|教育咨询|企业管理咨询|软件|新能源|环保科技|生物科技|服装|家具|汽车服务|物业管理|酒店管理|旅行社|印刷|化工|建材|五金|农业开发|供应链管理|人力资源|检测技术|自动化设备|通信技术|包装材料".split(
    "|"
)
_FORM = "有限公司|有限公司|有限公司|有限责任公司|股份有限公司|集团有限公司|有限公司{p}分公司|厂|中心|经营部|(个体工商户)".split(
    "|"
)
_SHOP = "超市|便利店|餐厅|火锅店|面馆|饭店|茶餐厅|水果店|药房|书店|文具店|五金店|服装店|咖啡馆|烘焙坊|小吃店|烧烤店|百货|生鲜超市|母婴店|奶茶店|电器商行|理发店|加油站|停车场|宾馆".split(
    "|"
)
_ROADS = (
    "人民中山解放建设和平新华长江黄河北京南京文化科技创业软件工业迎宾胜利光明东风朝阳青年友谊学府滨江环城金融大学创新"
)
_BANKS = "中国工商银行|中国农业银行|中国建设银行|中国银行|招商银行|交通银行|浦发银行|中信银行|兴业银行|民生银行|光大银行|农村商业银行".split(
    "|"
)
# (tax category short name, goods)
_GOODS = (
    ("电子计算机", "笔记本电脑|台式机|显示器|服务器|打印机"), ("纸制品", "复印纸|笔记本|信封|文件夹|便签"), ("文具", "中性笔|订书机|计算器|白板笔|胶带"), ("餐饮服务", "餐费|餐饮费|工作餐|宴会餐饮"),
    ("信息技术服务", "软件服务费|技术服务费|系统维护|云服务器|数据处理"), ("运输服务", "运费|快递费|货物运输|客运服务费|配送费"), ("住宿服务", "住宿费|房费"), ("家具", "办公桌|办公椅|文件柜|会议桌"), ("研发和技术服务", "技术咨询费|检测费|设计费|认证服务"),
    ("塑料制品", "包装袋|塑料桶|收纳箱|塑料管"), ("五金工具", "螺丝刀|电钻|扳手|锁具|合页"), ("照明装置", "LED灯管|台灯|吸顶灯|投光灯"), ("谷物细粉", "面粉|大米|玉米粉"), ("乳制品", "鲜牛奶|酸奶|奶粉"), ("饮料", "矿泉水|茶饮料|果汁|咖啡"), ("服装", "工作服|T恤|衬衫|外套"),
    ("汽油", "92号车用汽油|95号车用汽油"), ("劳务", "装卸费|维修费|加工费|安装费"), ("现代服务", "咨询服务费|会议服务费|培训费|广告费|管理费|代理费"), ("经营租赁", "房屋租金|设备租赁费|车辆租赁"), ("电线电缆", "网线|电源线|光纤跳线|电缆"), ("机床零件", "轴承|齿轮|联轴器|密封圈|电机"), ("化学试剂", "乙醇|清洗剂|润滑油|防冻液"), ("供电", "电费|供电服务"), ("日用杂品", "洗手液|抽纸|垃圾袋|毛巾|杯子"), ("软饮料", "可乐|雪碧|橙汁"),
)  # fmt: skip
_FOOD = "可乐|矿泉水|方便面|面包|牛奶|酸奶|鸡蛋|大米5kg|酱油|薯片|巧克力|苹果|香蕉|西红柿|土豆|排骨|鸡腿|豆腐|青菜|饺子|宫保鸡丁|鱼香肉丝|麻婆豆腐|米饭|红烧肉|酸辣土豆丝|拍黄瓜|牛肉面|炒饭|馄饨|珍珠奶茶|拿铁|美式咖啡|啤酒|豆浆|油条|包子|蛋糕|冰淇淋|抽纸|洗发水|牙膏|毛巾|电池|纸杯|垃圾袋|口罩|中性笔|笔记本|感冒灵颗粒|维生素C|创可贴".split(
    "|"
)
_UNITS = "台|个|件|套|箱|包|盒|次|项|米|千克|吨|升|支|张|把|只|批|月|天|人|本|瓶|袋|平方米|度|条|块|双|千瓦时".split(
    "|"
)
_SPECS = "A4|A4 70g|500ml|10kg|XL|M8*40|220V|12V|1.5P|24口|i5/8G|10*50mm|DN50|6mm|5L|HX-{n}|T{n}|ZX{n}B|YJV-{n}|{n}型|{n}W|{n}mm|*|500g*12|1*24|红色|白色|标准|大号".split(
    "|"
)


def person(rng: Random, country: str) -> str:
    return rng.choice(_SURNAMES) + "".join(rng.choice(_GIVEN) for _ in range(rng.choice((1, 2, 2, 2))))


def _district(rng: Random) -> str:
    start = 2 * rng.randrange(len(_DISTRICT) // 2)
    return _DISTRICT[start : start + 2] + "区"


def _brand(rng: Random) -> str:
    return "".join(rng.choice(_BRAND) for _ in range(rng.choice((2, 2, 2, 3, 4))))


def bank(rng: Random, city: str) -> str:
    """Return a branch of a bank."""
    start = 2 * rng.randrange(len(_ROADS) // 2)
    road = _ROADS[start : start + 2]
    return (
        rng.choice(_BANKS)
        + rng.choice(("", "股份有限公司"))
        + city.removesuffix("市")
        + rng.choice((road + "路支行", road + "支行", "分行营业部", "分行", _district(rng).removesuffix("区") + "支行"))
    )


def party(rng: Random, country: str, retail: bool) -> dict[str, Any]:
    city = rng.choice(_PLACES)
    brand = _brand(rng)
    place = city.removesuffix("市")
    if retail and rng.random() < 0.75:
        trade = f"{brand}{rng.choice(_SHOP)}"
        name = trade + (f"({place}{rng.choice(('店', '一店', '旗舰店', '分店'))})" if rng.random() < 0.5 else "")
    else:
        form = rng.choice(_FORM).format(p=place)
        lead = rng.choice((city, place, place, rng.choice(_PROVINCES).removesuffix("省"), ""))
        middle = rng.choice(("", "", f"({place})")) if not lead else ""
        trade = brand
        name = f"{lead}{brand}{middle}{rng.choice(_BRANCH)}{form}"
    start = 2 * rng.randrange(len(_ROADS) // 2)
    road = _ROADS[start : start + 2] + rng.choice(("路", "路", "大道", "街", "东路", "西路", "北路", "南路", "大街"))
    province = rng.choice(("", "", rng.choice(_PROVINCES)))
    tail = rng.choice(
        (
            "",
            f"{rng.randint(1, 30)}号楼{rng.randint(1, 30)}层",
            f"{rng.randint(1, 25)}楼",
            f"{rng.randint(1, 30)}层{rng.randint(100, 3000)}室",
            f"{rng.choice('ABC')}座{rng.randint(101, 2999)}",
            f"{_brand(rng)}大厦{rng.randint(2, 40)}层",
        )
    )
    address = f"{province}{city}{_district(rng)}{road}{rng.randint(1, 999)}号{tail}"
    code = rng.choice(("010", "021", "020", "0755", "0571", "025", "027", "028", "029", "0512", "0532", "0731", "0592"))
    phone = rng.choice(
        (
            f"{code}-{rng.randint(2000000, 89999999)}",
            f"1{rng.choice('35789')}{rng.randint(100000000, 999999999)}",
            f"{code}{rng.randint(20000000, 89999999)}",
        )
    )
    return {
        "name": name,
        "trade_name": trade,
        "address": (address,),
        "city": city,
        "person": person(rng, country),
        "phone": phone,
        "fax": phone,
        "domain": "",
    }


def goods(rng: Random, country: str, retail: bool, trade: int) -> tuple[str, str, str]:
    if retail:
        return rng.choice(_FOOD), rng.choice(("", "", "500ml", "大", "小", "份", "250g")), rng.choice(_UNITS)
    category, names = _GOODS[(trade + rng.choice((0, 0, 0, 1, 7))) % len(_GOODS)]
    name = rng.choice(names.split("|"))
    if rng.random() < 0.2:
        name = _brand(rng) + name
    spec = rng.choice(_SPECS).format(n=rng.randint(10, 9999)) if rng.random() < 0.6 else ""
    return f"*{category}*{name}", spec, rng.choice(_UNITS)
