"""The store's files: what they may hold, and the commands that read them."""

import contextlib
import json
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cloud import cli
from cloud.manage.plan_check import check
from cloud.shop.catalogue import PRODUCTS, TAGS, Columns, CsvError, TagMode, Words, parse_products, parse_tags
from cloud.shop.review_files import REVIEWS
from cloud.shop.sale_table import SALES
from cloud.shop.tokens import digest
from cloud.store import catalogue, plans, sales, visits
from cloud.store.connection import FILE, Store, open_reader
from cloud.web.language import Language
from cloud.web.manage.planning.words import Speech
from cloud.web.pages import Pages
from contract.plan import Point, encode_plan
from tests.cloud.shop import TEA, plan

HEAD = "gtin,name_ko,name_en,price_krw,stock,facts_ko,image,goes_with,retired\n"
LINE = f"{TEA},차,Tea,12800,24,하나|둘,tea.svg,{TEA},\n"
DEMO = Path(__file__).parents[2] / "deploy" / "demo_store"


def test_a_line_is_a_product() -> None:
    (product,) = parse_products("\ufeff" + HEAD + LINE)

    assert (product.gtin, product.name, product.price) == (TEA, Words(ko="차", en="Tea"), 12_800)
    assert (product.stock, product.shelf_stock, product.image, product.goes_with) == (24, None, "tea.svg", (TEA,))
    assert product.facts["en"] == "하나|둘"


def test_the_demos_files_can_be_read_and_each_product_has_its_picture() -> None:
    products = parse_products((DEMO / "products.csv").read_text(encoding="utf-8"))
    tags = parse_tags((DEMO / "tags.csv").read_text(encoding="utf-8"))
    gtins = {product.gtin for product in products}

    assert len(products) >= 12
    assert {tag.gtin for tag in tags} <= gtins
    for product in products:
        assert (DEMO / "images" / product.image).stat().st_size < 25_000
        assert set(product.goes_with) <= gtins - {product.gtin}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (LINE.replace(TEA, "09520000000012"), "line 2, gtin: '09520000000012' is not allowed"),
        (LINE.replace("12800", "12,800".replace(",", ".")), "price_krw: '12.800'"),
        (LINE.replace("12800", ""), "price_krw: ''"),
        (LINE.replace("12800", "-5"), "price_krw: '-5'"),
        (LINE.replace("차,Tea", ","), "name_ko"),
        (LINE.replace("tea.svg", "../tea.svg"), "image"),
        (LINE.replace("tea.svg", "tea.exe"), "image"),
        (LINE.replace(f"tea.svg,{TEA}", "tea.svg,123"), "goes_with"),
        (LINE[:-1] + "yes\n", "retired"),
        (LINE.replace("차", "차\x07"), "name_ko"),
        (LINE + LINE, "line 3, gtin"),
        (LINE[:-1] + ",more\n", "more cells than columns"),
        ('"' + LINE, "line"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(line: str, words: str) -> None:
    with pytest.raises(CsvError, match=r"^line [0-9]+") as refusal:
        parse_products(HEAD + line)

    assert words in str(refusal.value)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(CsvError, match="name_ko, price_krw are missing"):
        parse_products("gtin,name_en\n")


def test_a_column_that_nobody_reads_is_told_and_the_rest_is_taken(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "products.csv"
    path.write_text(f"gtin,name_ko,name_en,price_krw,stok\n{TEA},차,Tea,1,24\n", encoding="utf-8")
    assert run("products", "import", path, "--data", data) == 0
    said = capsys.readouterr()
    assert "nobody reads the columns stok" in said.err
    assert "1 products" in said.out


@pytest.mark.parametrize(
    ("command", "columns"),
    [("products", PRODUCTS), ("tags", TAGS), ("reviews", REVIEWS), ("sales", SALES)],
)
def test_help_names_the_columns_of_each_file(
    command: str, columns: Columns, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        run(command, "import", "--help")
    told = " ".join(capsys.readouterr().out.split())
    assert all(column in told for column in columns.known)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("tag-1,09520000000012,,,", "gtin"),
        (f"Tag 1,{TEA},,,", "tag"),
        (f"tag-1,{TEA},,0411,aes", "uid"),
        (f"tag-1,{TEA},,04112233445566,plain", "uid"),
        (f"tag-1,{TEA},,,aes", "uid"),
        (f"tag-1,{TEA},,04112233445566,rsa", "mode"),
        (f"tag-1,{TEA},a/b,,", "shelf"),
    ],
)
def test_what_is_wrong_with_a_tag_is_named(line: str, words: str) -> None:
    with pytest.raises(CsvError, match=f"^line 2, {words}"):
        parse_tags(f"tag,gtin,shelf,uid,mode\n{line}\n")


def test_a_tag_may_be_plain_or_sign() -> None:
    plain, signing = parse_tags(f"tag,gtin,shelf,uid,mode\na,{TEA},,,\nb,{TEA},wall,04112233445566,lrp\n")

    assert (plain.mode, plain.uid, plain.shelf) == (TagMode.PLAIN, None, None)
    assert (signing.mode, signing.uid, signing.shelf) == (TagMode.LRP, bytes.fromhex("04112233445566"), "wall")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_products_or_a_csv_error(text: str) -> None:
    for given_text in (text, HEAD + text):
        with contextlib.suppress(CsvError):
            parse_products(given_text)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    directory = tmp_path / "data"
    assert run("init", "--data", directory, "--store", plan().store) == 0
    return directory


def run(*words: object) -> int:
    return cli.main([str(word) for word in words])


def test_the_commands_fill_a_store(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plan.json").write_bytes(encode_plan(plan()))

    assert run("products", "import", DEMO / "products.csv", "--data", data) == 0
    assert run("tags", "import", DEMO / "tags.csv", "--data", data) == 0
    assert run("plan", "import", tmp_path / "plan.json", "--data", data) == 0
    assert run("tills", "add", "till-1", "--data", data) == 0
    *_, token = capsys.readouterr().out.split()
    store = Store(data, new_store_id="1" * 32)
    with store.reading() as connection:
        tea = catalogue.product(connection, TEA)
        assert tea is not None
        assert catalogue.picture_digest(connection, tea.image)
        assert catalogue.tag(connection, "tag-green-tea")
        assert plans.plan_now(connection) == plan()
        assert sales.till(connection, digest(token)) == "till-1"
    store.close()


def test_a_tills_token_can_be_written_for_its_eyes_alone(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "token"
    assert run("tills", "add", "till-1", "--token-file", path, "--data", data) == 0

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text().strip()) == 22


def test_a_plan_of_another_store_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine, data = plan(), tmp_path / "seoul"
    (tmp_path / "plan.json").write_bytes(encode_plan(mine))
    assert run("init", "--data", data, "--store", "seoul") == 0
    assert run("plan", "import", tmp_path / "plan.json", "--data", data) == 2
    assert f"plan.json: This plan is of another store: {mine.store}\n" in capsys.readouterr().err
    with contextlib.closing(open_reader(data / FILE)) as connection:
        assert plans.plan_now(connection) is None
    (tmp_path / "plan.json").write_bytes(encode_plan(replace(mine, store="seoul")))
    assert run("plan", "import", tmp_path / "plan.json", "--data", data) == 0


def test_a_plan_that_the_editor_would_not_save_is_refused_in_its_words(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.json"
    crossed = [Point(0, 0), Point(2, 2), Point(2, 0), Point(0, 2)]
    first, *others = plan().zones
    shelf = replace(plan().shelves[0], zone="nowhere")
    file.write_bytes(
        encode_plan(replace(plan(), zones=(replace(first, polygon=tuple(crossed)), *others), shelves=(shelf,)))
    )
    capsys.readouterr()

    assert run("plan", "import", file, "--data", data) == 2
    said = capsys.readouterr().err.splitlines()
    with contextlib.closing(open_reader(data / FILE)) as connection:
        assert plans.plan_now(connection) is None
        checked = check(file.read_bytes(), store=plan().store)
    speech = Speech(pages=Pages(timezone="Asia/Seoul"), language=Language.EN)
    wrong = [speech.problem(one) for one in checked.problems if not one.warning]
    assert len(wrong) == 2
    assert said[:2] == [f"aisle-cloud: {file}: {words}" for words in wrong]
    assert all(line.startswith(f"aisle-cloud: {file}: warning: ") for line in said[2:])


def test_what_the_editor_only_warns_of_is_said_and_the_plan_is_taken(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(encode_plan(replace(plan(), lines=())))
    capsys.readouterr()

    assert run("plan", "import", file, "--data", data) == 0
    told = capsys.readouterr()
    assert f"aisle-cloud: {file}: warning: No line: nobody is counted at a door\n" in told.err
    assert "version 1" in told.out


def test_tags_of_no_product_and_without_keys_are_taken_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "seoul"
    assert run("init", "--data", data, "--store", "seoul") == 0
    (tmp_path / "tags.csv").write_text(f"tag,gtin,uid,mode\na,{TEA},04112233445566,aes\n")
    assert run("tags", "import", tmp_path / "tags.csv", "--data", data) == 0
    told = capsys.readouterr().err
    assert f"{TEA} is no product of this store yet" in told
    assert "believed once tags.keys in" in told

    (data / "cloud.toml").write_text('store = "seoul"\n[tags]\nkeys = "tags.toml"\n')
    (tmp_path / "products.csv").write_text(f"gtin,name_ko,name_en,price_krw\n{TEA},차,Tea,1\n", encoding="utf-8")
    assert run("products", "import", tmp_path / "products.csv", "--data", data) == 0
    assert run("tags", "import", tmp_path / "tags.csv", "--data", data) == 0
    assert capsys.readouterr().err == ""


def test_a_barcode_that_lost_its_zeros_is_told_where_they_belong() -> None:
    with pytest.raises(CsvError, match="a shorter barcode has zeros in front"):
        parse_products(HEAD + LINE.replace(TEA, TEA.lstrip("0"), 1))


def test_a_wrong_file_changes_nothing(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "wrong.csv"
    other = "09520000000028,b,b,1,1,,,,9\n"
    wrong.write_text(HEAD + LINE + other, encoding="utf-8")

    assert run("products", "import", wrong, "--data", data) == 2
    assert "line 3, retired" in capsys.readouterr().err
    wrong.write_bytes(b"gtin\xff")
    assert run("tags", "import", wrong, "--data", data) == 2
    assert "UTF-8" in capsys.readouterr().err
    assert run("plan", "import", wrong, "--data", data) == 2
    assert run("plan", "import", tmp_path / "none", "--data", data) == 2
    twins = f"tag,gtin,uid,mode\na,{TEA},04112233445566,aes\nb,{TEA},04112233445566,aes\n"
    wrong.write_text(twins)
    assert run("tags", "import", wrong, "--data", data) == 2
    assert "same uid" in capsys.readouterr().err
    store = Store(data, new_store_id="1" * 32)
    with store.reading() as connection:
        assert catalogue.products(connection) == ()
        assert catalogue.tag(connection, "a") is None
    store.close()


def test_a_picture_that_a_phone_would_wait_for_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "tea.svg").write_bytes(b" " * 201 * 1024)
    (tmp_path / "p.csv").write_text(HEAD + LINE, encoding="utf-8")

    assert run("products", "import", tmp_path / "p.csv", "--data", data) == 2
    assert "a phone has to wait" in capsys.readouterr().err


def test_the_phones_taps_are_told_without_a_name(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(data, new_store_id="1" * 32)
    with store.atomic() as connection:
        visits.add_visit(connection, digest="d", at_ms=5, tag="tag-tea", gtin=TEA, counter=3)
        visits.add_visit(connection, digest=None, at_ms=9, tag="tag-tea", gtin=TEA, counter=None)
    store.close()

    assert run("visits", "--data", data, "--from", 1, "--to", 9) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {"at": 5, "tag": "tag-tea", "gtin": TEA, "signed": True, "counter": 3}
