"""Chinese VAT invoices: the form with code and check code, and the fully digital one."""

from __future__ import annotations

from tests.stages.key_fields.placing import items, reading, values

OLD = (
    [(300, "某省增值税电子普通发票"), (800, "发票代码:011002300111")],
    [(20, "机器编号:499090000000"), (800, "发票号码:07099363")],
    [(800, "开票日期:2024年03月17日")],
    [(800, "校验码:10014 32002 33198 00000")],
    [(60, "名"), (180, "称:甲城起点科技有限公司"), (800, "0000-6/335*//3-<7+*10/9")],
    [(60, "纳税人识别号:91330106MA7GAL1299")],
    [(20, "货物或应税劳务、服务名称"), (360, "规格型号"), (480, "单位"), (560, "数量"), (650, "单价"), (760, "金额"),
     (880, "税率"), (980, "税额")],
    [(20, "*茶*绿茶"), (360, "500g"), (480, "盒"), (570, "2"), (640, "50.00"), (750, "100.00"), (880, "13%"),
     (990, "13.00")],
    [(40, "合"), (150, "计"), (740, "¥100.00"), (970, "¥13.00")],
    [(20, "价税合计(大写)"), (300, "壹佰壹拾叁圆整"), (800, "(小写)¥113.00")],
    [(60, "名"), (180, "称:乙城茶业有限公司")],
    [(60, "纳税人识别号:91310000MA1FL0A123")],
    [(60, "地址、电话:乙城青山路1号 021-55556666")],
    [(60, "开户行及账号:乙城银行青山支行 6222000011112222")],
    [(60, "收款人:张三"), (400, "复核:李四"), (700, "开票人:王五")],
)  # fmt: skip


def test_old_form():
    """Spaced-out labels are joined; the first name is the buyer's, the second the seller's."""
    found = reading(*OLD)
    assert found.pack == "invoice-zh"
    expected = {
        "invoice_code": "011002300111",
        "invoice_number": "07099363",
        "check_code": "10014320023319800000",
        "machine_code": "499090000000",
        "issue_date": "2024-03-17",
        "buyer.name": "甲城起点科技有限公司",
        "buyer.tax_id": "91330106MA7GAL1299",
        "seller.name": "乙城茶业有限公司",
        "seller.tax_id": "91310000MA1FL0A123",
        "seller.address": "乙城青山路1号",
        "seller.phone": "021-55556666",
        "seller.bank_name": "乙城银行青山支行",
        "seller.bank_account": "6222000011112222",
        "total_net": "100.00",
        "total_tax": "13.00",
        "total_gross": "113.00",
        "total_gross_in_words": "壹佰壹拾叁圆整",
        "payee": "张三",
        "reviewer": "李四",
        "issuer": "王五",
        "currency": "CNY",
    }
    assert {path: values(found).get(path) for path in expected} == expected
    assert items(found) == [
        {"specification": "500g", "unit": "盒", "quantity": "2", "unit_price": "50.00", "net_amount": "100.00",
         "tax_rate": "13", "tax_amount": "13.00", "description": "*茶*绿茶"}
    ]  # fmt: skip


def test_a_letter_of_another_column_is_no_address():
    """An empty address beside the form's upright heading, 说明 or 密码区."""
    rows = (*OLD[:6], [(20, "地址、"), (120, "电话:"), (800, "明")], [(20, "开户行及账号:"), (800, "区")], *OLD[6:])
    found = values(reading(*rows))
    assert found.get("buyer.address") is None
    assert found.get("buyer.bank_name") is None
    assert found["seller.address"] == "乙城青山路1号"


def test_fully_digital():
    """Twenty digits, no code; both parties side by side, the buyer at the left."""
    found = reading(
        [(300, "电子发票(普通发票)"), (800, "发票号码:24312000000012345678")],
        [(800, "开票日期:2024年01月05日")],
        [(20, "购买方信息"), (120, "名称:甲城起点科技有限公司"), (620, "销售方信息"), (720, "名称:乙城茶业有限公司")],
        [
            (20, "统一社会信用代码/纳税人识别号:91330106MA7GAL1299"),
            (700, "统一社会信用代码/纳税人识别号:91310000MA1FL0A123"),
        ],
        [(40, "合 计"), (740, "¥94.34"), (970, "¥5.66")],
        [(20, "价税合计(大写)"), (300, "壹佰圆整"), (800, "(小写)¥100.00")],
        [(20, "开票人:王五")],
    )
    got = values(found)
    assert got["invoice_number"] == "24312000000012345678"
    assert "invoice_code" not in got
    assert (got["buyer.name"], got["seller.name"]) == ("甲城起点科技有限公司", "乙城茶业有限公司")
    assert (got["buyer.tax_id"], got["seller.tax_id"]) == ("91330106MA7GAL1299", "91310000MA1FL0A123")
    assert (got["total_net"], got["total_tax"], got["total_gross"]) == ("94.34", "5.66", "100.00")


def test_exempt():
    """免税 is a rate of zero, and *** no amount."""
    rows = list(OLD)
    rows[7] = [(20, "*餐饮*午餐"), (480, "次"), (570, "1"), (640, "40.00"), (750, "40.00"), (880, "免税"), (990, "***")]
    item = items(reading(*rows))[0]
    assert item["tax_rate"] == "0"
    assert "tax_amount" not in item


def test_a_name_in_two_scripts_and_captions_that_run_downwards():
    """Letters before Chinese ones belong to a name, and one letter of a caption beside it is none."""
    rows = [list(row) for row in OLD]
    rows[10] = [(60, "名"), (180, "称:abc中国"), (700, "备")]
    found = reading(*rows)
    assert values(found)["seller.name"] == "abc中国"
    rows[10] = [(60, "名"), (180, "称:"), (300, "备")]
    assert values(reading(*rows)).get("seller.name") != "备"
