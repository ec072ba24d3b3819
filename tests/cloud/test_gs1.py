"""The vectors are those of the GS1 Barcode Syntax Engine, of digital-link.js and of the standard's examples."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.gs1 import Link, LinkError, check_digit, is_gtin14, parse_link
from cloud.gs1.checks import CSET_82, check_pair
from cloud.gs1.pairs import mismatch

SSCC = "/00/006141411234567890"
GTIN = "/01/12312312312333"

GOOD = {
    f"http://a{SSCC}": {"00": "006141411234567890"},
    f"HTTP://a{SSCC}": {"00": "006141411234567890"},
    f"https://a{SSCC}": {"00": "006141411234567890"},
    f"HTTPS://a{SSCC}": {"00": "006141411234567890"},
    f"https://xn--fsq.xn--0zwm56d{GTIN}": {"01": "12312312312333"},
    f"https://a.{GTIN}": {"01": "12312312312333"},
    f"https://a:65535{GTIN}": {"01": "12312312312333"},
    f"https://[2001:db8::1]{GTIN}": {"01": "12312312312333"},
    f"https://a/more/stem{SSCC}": {"00": "006141411234567890"},
    f"https://a/00/faux{SSCC}": {"00": "006141411234567890"},
    f"https://a{GTIN}/22/TEST/10/ABC/21/XYZ": {"01": "12312312312333", "22": "TEST", "10": "ABC", "21": "XYZ"},
    f"https://a{GTIN}/235/TEST": {"01": "12312312312333", "235": "TEST"},
    "https://a/253/1231231231232": {"253": "1231231231232"},
    "https://a/253/1231231231232TEST5678901234567": {"253": "1231231231232TEST5678901234567"},
    "https://a/8018/123456789012345675/8019/123": {"8018": "123456789012345675", "8019": "123"},
    f"https://a/stem{SSCC}?": {"00": "006141411234567890"},
    f"https://a/stem{SSCC}?99=ABC": {"00": "006141411234567890", "99": "ABC"},
    "https://a/stem/401/12345678?99=ABC": {"401": "12345678", "99": "ABC"},
    f"https://a{GTIN}?&&&99=ABC&&&&&&98=XYZ&&&": {"01": "12312312312333", "99": "ABC", "98": "XYZ"},
    f"https://a{GTIN}?one&u=5&99=ABC&two&v=6&98=XYZ&w=7&three": {"01": "12312312312333", "99": "ABC", "98": "XYZ"},
    f"https://a{GTIN}/22/ABC%2d123?99=ABC&98=XYZ%2f987": {
        "01": "12312312312333",
        "22": "ABC-123",
        "99": "ABC",
        "98": "XYZ/987",
    },
    f"https://a{GTIN}/22/ABC+123?99=ABC": {"01": "12312312312333", "22": "ABC+123", "99": "ABC"},
    f"https://a{GTIN}/22/test/10/abc/21/xyz#fragment": {"01": "12312312312333", "22": "test", "10": "abc", "21": "xyz"},
    f"https://a/stem{SSCC}?99=ABC#": {"00": "006141411234567890", "99": "ABC"},
    "https://id.gs1.org/01/09520123456788/10/ABC1/21/12345?17=180426": {
        "01": "09520123456788",
        "10": "ABC1",
        "21": "12345",
        "17": "180426",
    },
    "https://example.com/01/09520123456788?3103=000195&3922=0299&17=201225": {
        "01": "09520123456788",
        "3103": "000195",
        "3922": "0299",
        "17": "201225",
    },
    "https://id.gs1.org/00/952012345678912345?02=09520123456788&37=25&10=ABC123": {
        "00": "952012345678912345",
        "02": "09520123456788",
        "37": "25",
        "10": "ABC123",
    },
    "https://id.gs1.org/414/9520123456788/254/32a%2Fb": {"414": "9520123456788", "254": "32a/b"},
    "https://example.com/8004/9520614141234567?01=9520123456788": {
        "8004": "9520614141234567",
        "01": "09520123456788",
    },
    "https://id.gs1.org/01/09520123456788/235/XYZ?10=ABC123": {"01": "09520123456788", "235": "XYZ", "10": "ABC123"},
    "https://example.com/01/12312312312333/10/ABC%2B123?99=XYZ%2BQWERTY": {
        "01": "12312312312333",
        "10": "ABC+123",
        "99": "XYZ+QWERTY",
    },
    "https://example.com/8017/795260646688514634?99=000001&253=9526064000028000001": {
        "8017": "795260646688514634",
        "99": "000001",
        "253": "9526064000028000001",
    },
    "https://a/8013/1987654Ad4X4bL5ttr2310c2K": {"8013": "1987654Ad4X4bL5ttr2310c2K"},
    "https://a/8006/123123123123330102/21/A": {"8006": "123123123123330102", "21": "A"},
    "https://a/415/9520123456788/8020/ABC": {"415": "9520123456788", "8020": "ABC"},
    "https://id.gs1.org/01/09506000134352": {"01": "09506000134352"},
    f"https://192.0.2.1{GTIN}": {"01": "12312312312333"},
    f"https://3232235777{GTIN}": {"01": "12312312312333"},
    f"https://0xC0.0xA8.0x01.0x01{GTIN}": {"01": "12312312312333"},
    f"https://a:{GTIN}": {"01": "12312312312333"},  # an empty port is the usual one (RFC 3986)
    "https://example.com/253/9526064000028000001?98=ABC&99=000001&8017=795260646688514634": {
        "253": "9526064000028000001",
        "98": "ABC",
        "99": "000001",
        "8017": "795260646688514634",
    },
    "https://example.com/253/9526064000028000001?01=12312312312326&99=000001&10=DEF&95=INT": {
        "253": "9526064000028000001",
        "01": "12312312312326",
        "99": "000001",
        "10": "DEF",
        "95": "INT",
    },
    "https://example.com/8010/0200?3133=333333&3300=000000&01=04065093955756&99=57&10=0": {
        "8010": "0200",
        "3133": "333333",
        "3300": "000000",
        "01": "04065093955756",
        "99": "57",
        "10": "0",
    },
    "https://gs1.evrythng.com/01/09780345418913/10/38737643/21/58943?15=230911&thngId=U5mQKGDpnymBwQwRakyBqeYh": {
        "01": "09780345418913",
        "10": "38737643",
        "21": "58943",
        "15": "230911",
    },
    f"https://a{GTIN}/10/%22%25%26?99=a;b": {"01": "12312312312333", "10": '"%&', "99": "a;b"},  # a ; divides nothing
    f"https://a{GTIN}?11=260200": {"01": "12312312312333", "11": "260200"},  # day 00: some day of the month
    f"https://a{SSCC}?7041=X18&4307=KR": {"00": "006141411234567890", "7041": "X18", "4307": "KR"},
    "https://a/415/9520123456788/8020/ABC?3911=9241234": {"415": "9520123456788", "8020": "ABC", "3911": "9241234"},
}

BAD = (
    "",
    "ftp://",
    "http://",
    "http:///",
    "http://a",
    "http://a/",
    "http://a/b",
    "http://a/b/",
    f"HtTp://a/b{SSCC}",
    "https://00/006141411234567890",
    f"https://[fe80::1%25lo]{GTIN}",
    "https://$a/006141411234567890",
    f"https://a${SSCC}",
    f"https://user@a{SSCC}",
    "https://a/gtin/12312312312333",
    "https://a/01/2112345678900",  # 13 digits
    "https://a/01/416000336108",  # 12 digits
    "https://a/01/02345673",  # 8 digits
    "https://a/253/1231231231232TEST56789012345678",  # 18 characters where 17 are allowed
    f"https://a/stem{SSCC}/",
    f"https://a{GTIN}?99=",
    f"https://a{GTIN}?99=ABC&999=faux",
    f"https://a{GTIN}/22/ABC%2d123?99=ABC&98=XYZ+987",
    "https://example.com/01/09520123456788?10=ABC123",
    "https://example.com/01/09520123456788?21=ABC123",
    "https://id.gs1.org/01/09520123456788/10/ABC123?99=XYZ789&01=09520123456788",
    "https://id.gs1.org/01/09520123456788/10/ABC123?99=XYZ789&10=ABC123",
    "https://id.gs1.org/01/09520123456788/10/ABC123?99=XYZ789&99=XYZ789",
    "https://example.com/01/09520123456788/89/ABC123?99=XYZ",
    "https://example.com/01/09520123456788?99=XYZ&89=ABC123",
    "https://id.gs1.org/01/09506000134353",  # check digit
    "https://a/01/09506000134352/21/1/10/2",  # order
    "https://a/01/09506000134352/10/1/22/2",  # order
    "https://a/01/09506000134352/21/1/21/1",
    "https://a/01/09506000134352/22/1/235/2",  # one sequence or the other
    "https://a/01/09506000134352/21/123456789012345678901",  # 21 characters
    "https://a/01/09506000134352/21/a%20b",  # no space in CSET 82
    "https://a/01/09506000134352/21/a%00",
    "https://a/01/09506000134352/21/%EC%B0%A8",
    "https://a/01/09506000134352/21/ab%2",
    "https://a/01/09506000134352/21/",
    "https://a/01/0950600013435X",
    "https://a/01/09506000134352?17=201331",  # no 13th month
    "https://a/01/09506000134352?17=210229",  # no leap year
    "https://a/01/09506000134352?3103=12345",
    "https://a/01/09506000134352?8200=http",
    "https://a/01/09506000134352?37=5",  # a count belongs to a logistic unit
    "https://a/8017/795260646688514634?8018=795260646688514634",
    "https://a/8013/1987654Ad4X4bL5ttr2310cXK",
    "https://a/8010/ABCD1",
    "https://a/415/9520123456788",  # needs its reference number
    "https://id.example.com/DBFKk4XBoAowOQ",  # compressed
    "https://a/01/09506000134352 ",
    "https://:80/01/09506000134352",  # no host
    "https://a:b/01/09506000134352",
    "https://[/01/09506000134352",
    "https://a/01/09506000134352/21/A%4gB",  # no URI (RFC 3986), though GS1's engine takes the % for itself
    "https://a/01/09506000134352/21/A%ffB",
    f"https://a{SSCC}?7041=0000",  # no package
    f"https://a{SSCC}?4307=XX",  # no country
    "https://a/415/9520123456788/8020/ABC?3911=0001234",  # no currency
    "https://a/8006/123123123123330201",  # piece 2 of 1
    "https://가/01/09506000134352",
    "https://a/01/0950600013435٢",
    "https://a/01/09506000134352/21/" + "1" * 9_000,
)


@pytest.mark.parametrize("uri", GOOD)
def test_a_link_says_what_it_identifies(uri: str) -> None:
    link = parse_link(uri)

    assert {link.key: link.value, **link.qualifiers, **link.attributes} == GOOD[uri]


@pytest.mark.parametrize("uri", BAD)
def test_what_is_no_link_is_refused_in_words(uri: str) -> None:
    with pytest.raises(LinkError) as refusal:
        parse_link(uri)

    assert str(refusal.value).isprintable()


# Of the EPC Tag Data Standard's examples, the GS1 Digital Link verifier for EPCIS and the Digital Link tool kits.
OF_EVERY_KEY = (
    "00/998440410914660971 00/340123451111111111 01/05412345000013/22/AJY3095721P49/21/72292641703 "
    "01/04150567890128/235/UPUISERIALNUMBER987654324151 253/4012345000092PO-4711 253/4602443000331XYZ "
    "255/0811625999996554433 401/0541234537290A41%26GHpp33 402/21173492661712079 402/40123452223334442 "
    "414/5060917510004/7040/5KFX 414/9521141123454/254/32a%2Fb 417/5060917510004/7040/5KFX 417/4012345999990 "
    "8003/04965031954585 8003/0952114112345432a%2Fb 8004/0541234537290A41%26GHpp33/7040/5BVR "
    "8006/040123451111180102/21/987 8010/95211415PQ7%2FZ43/8011/12345 8010/0541234537290A41%23GH33 "
    "8013/12345678901234MS 8017/817019610850151481/8019/4003812 8018/401234500000067657"
)
NO_KEY = (
    "410/5060917510004 411/5060917510004 412/5060917510004 413/5060917510004 416/5060917510004 00/340123451111111111/ "
    "01/02/03/04 01/9780345418913/22/344 01/04150567890128/235/UPUISERIALNUMBER9876543241516161 01/04150567890128/21/ "
    "417/401234599999 8006/054123450000130201"
)


@pytest.mark.parametrize("path", OF_EVERY_KEY.split())
def test_a_link_of_any_key_is_read_and_written_alike(path: str) -> None:
    assert parse_link(f"https://id.gs1.org/{path}").path == f"/{path}"


@pytest.mark.parametrize("path", NO_KEY.split())
def test_what_is_no_primary_key_is_refused(path: str) -> None:
    with pytest.raises(LinkError):
        parse_link(f"https://id.gs1.org/{path}")


TOGETHER = (
    "02 37 00; 91 02 92 37 93 00; 21 01; 21 8006; 01 21 250; 01 3925 30; 01 3925 3100; 01 3925 3105; 01 3925 3160; "
    "01 3925 3165; 01 3925 3295; 01 3925 3500; 01 3925 3575; 01 3925 3600; 01 3925 3695"
)
NEVER_TOGETHER = (
    "01 02; 01 99 02; 01 255; 01 37; 21 235; 3940 8111; 3940 3941; 3955 3929; 02; 02 37; 99 02 37; 02 99 37; 02 37 99; "
    "21; 01 250; 01 3925"
)


@pytest.mark.parametrize("ais", TOGETHER.split("; "))
def test_what_may_describe_one_thing_goes_together(ais: str) -> None:
    assert mismatch(tuple(ais.split())) is None


@pytest.mark.parametrize("ais", NEVER_TOGETHER.split("; "))
def test_what_cannot_describe_one_thing_is_told_why(ais: str) -> None:
    assert mismatch(tuple(ais.split()))


IBANS = (
    "FR7630006000011234567890189 DE91100000000123456789 GR9608100010000001234567890 MU43BOMM0101123456789101000MUR "
    "PK70BANK0000123456789000 PL10105000997603123456789123 RO09BCYP0000001234567890 SA4420000001234567891234 "
    "ES7921000813610123456789 CH5604835012345678009 GB98MIDL07009312345678 BE71096123456769 "
    "LC14BOSL123456789012345678901234 MT90MALT011000012345MTLCAST001SABC"
)
NO_IBANS = (
    "BE71096123456760 LC14BOSL123456789012345678901230 MT90MALT011000012345MTLCAST001SAB0 B BE BE7 BE71 "
    "MTXXMALT011000012345MTLCAST001SABCD LC14BOSLxx3456789012345678901230 XX361234567890"
)


def test_an_account_to_pay_to_is_checked() -> None:
    for iban in IBANS.split():
        parse_link(f"https://a/415/9520123456788/8020/ABC?8007={iban}")
    for iban in NO_IBANS.split():
        with pytest.raises(LinkError, match="8007"):
            parse_link(f"https://a/415/9520123456788/8020/ABC?8007={iban}")


ORDERS = (
    "00 01 01/21 01/10 01/10/21 01/22 01/22/21 01/22/10 01/22/10/21 01/235 253 255 401 402 414 414/254 414/7040 "
    "417 417/7040 8003 8004 8004/7040 8006 8006/21 8006/10/21 8006/22/10/21 8010 8010/8011 8013 8017 8017/8019 8018"
)


@pytest.mark.parametrize("path", ORDERS.split())
def test_every_order_of_key_and_qualifiers_that_gs1_knows_is_read(path: str) -> None:
    values = {
        "00": "006141411234567890",
        "01": "12312312312333",
        "253": "1231231231232",
        "255": "1231231231232",
        "401": "12345678",
        "402": "12345678901234560"[:16] + check_digit("1234567890123456"),
        "414": "9520123456788",
        "417": "9520123456788",
        "7040": "1ABC",
        "8003": "09520123456788",
        "8004": "9520A",
        "8006": "123123123123330102",
        "8010": "9520A",
        "8011": "12",
        "8013": "1987654Ad4X4bL5ttr2310c2K",
        "8017": "795260646688514634",
        "8018": "795260646688514634",
        "8019": "123",
    }
    order = path.split("/")
    link = parse_link("https://a" + "".join(f"/{ai}/{values.get(ai, 'A1')}" for ai in order))

    assert [link.key, *link.qualifiers] == order


def test_only_a_trade_item_has_a_gtin() -> None:
    assert parse_link("https://a/01/09506000134352/10/L").gtin == "09506000134352"
    assert parse_link("https://a/414/9520123456788").gtin is None


@pytest.mark.parametrize("key", ["22", "!22", "12345678901234567890123NT", "12345_0123456789:;<=>?62", "00000!HV"])
def test_the_check_characters_of_an_alphanumeric_key_agree_with_gs1(key: str) -> None:
    assert check_pair(key[:-2]) == key[-2:]


def test_a_gtin_is_fourteen_digits_with_its_check_digit() -> None:
    assert is_gtin14("09506000134352")
    assert not any(map(is_gtin14, ("09506000134353", "9506000134352", "0950600013435٢", "", "0950600013435A")))


values = st.text(alphabet=CSET_82, min_size=1, max_size=20)
gtins = st.integers(0, 10**13 - 1).map(lambda n: f"{n:013}").map(lambda s: s + check_digit(s))


@settings(max_examples=200, deadline=None)
@given(gtins, st.dictionaries(st.sampled_from(["22", "10", "21"]), values), st.sampled_from(["", "/stem", "/01/x"]))
def test_a_link_survives_its_canonical_spelling(gtin: str, some: dict[str, str], stem: str) -> None:
    link = Link(key="01", value=gtin, qualifiers={ai: some[ai] for ai in ("22", "10", "21") if ai in some})

    assert parse_link(f"https://shop.example{stem}{link.path}") == link


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_gives_a_link_or_a_link_error(text: str) -> None:
    for uri in (text, f"https://a/01/{text}", f"https://a/01/09506000134352?{text}"):
        with contextlib.suppress(LinkError):
            parse_link(uri)
