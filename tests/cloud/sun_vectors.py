"""Signed messages that their sources give with what they say; the keys are zeros where none are named."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A message that its source gives with what it says."""

    source: str
    picc: str
    mac: str
    uid: str | None  # None where the tag keeps it to itself
    counter: int
    meta_key: str = "00" * 16
    file_key: str = "00" * 16
    enc: str | None = None
    file_data: bytes | None = None


BOLT_META, BOLT_FILE = "0c3b25d92b38ae443229dd59ad34b85d", "b45775776cb224c75bcde7ca3704e933"
RECOVERED_META, RECOVERED_FILE = "55da174c9608993dc27bb3f30a4a7314", "2ab74abc1273fb43cae97553a36d4d08"
PUBLISHED = (
    Published(
        source="AN12196, table 4",
        picc="EF963FF7828658A599F3041510671E88",
        mac="94EED9EE65337086",
        uid="04de5f1eacc040",
        counter=61,
    ),
    Published(
        source="AN12196, 3.4.3.1",
        picc="FDE4AFA99B5C820A2C1BB0F1C792D0EB",
        enc="94592FDE69FA06E8E3B6CA686A22842B",
        mac="C48B89C17A233B2C",
        uid="04958caa5c5e80",
        counter=1,
        file_data=b"x" * 16,
    ),
    Published(
        source="AN12196, table 5",
        picc="FD91EC264309878BE6345CBE53BADF40",
        enc="CEE9A53E3E463EF1F459635736738962",
        mac="ECC1E7F6C6C73BF6",
        uid="04958caa5c5e80",
        counter=8,
        file_data=b"x" * 16,
    ),
    Published(
        source="nfc-developer/sdm-backend, one piece",
        picc="8ACADDEF0A9B62CDAE39A16B83FC14DE",
        enc="B8436E11F627BB7F543FCC0C1E0D1A89",
        mac="238B2543A8DEBAD8",
        meta_key="42aff114f2cb3b6141be6dc95dfc5416",
        file_key="b62a9baf092439bd43c62aee96b970c5",
        uid="041d3c8a2d6b80",
        counter=291,
        file_data=b"NTXXqno_oBFpwy-V",
    ),
    Published(
        source="nfc-developer/sdm-backend, keys derived of a master",
        picc="8DE9030262807261850FCCF5FE007E21",
        enc="382B4C3D68552C3A5F417F0695A3D857923764E1737AD1F80E834E46387F45DC"
        "77FE7468BBCF9DBF43B29CA58E8D6435F908C9C0CD56E9B4B9960FE1279C5DF1",
        mac="DF3EF20BE7D91C8E",
        meta_key="c3b653d8484d82fd9d5dc48840e1f94e",
        file_key="1fd0d360ccf906df902cc8404c7ce5aa",
        uid="04c24eda926980",
        counter=1,
        file_data=b"NT1" + b"x" * 49 + b"E" * 12,
    ),
    Published(
        source="nfc-developer/sdm-backend, keys derived of a master",
        picc="4F5B914723915D456C038FE658686CD5",
        enc="5CE7DCDEA93F5DA7AAA0AADC97485ABF",
        mac="FFCD8DE82AD05289",
        meta_key="c3b653d8484d82fd9d5dc48840e1f94e",
        file_key="97d1c3d765bc22ab707e80723e17b126",
        uid="047d5f2aaa6180",
        counter=2,
        file_data=b"CC\x04aaaaEEEEEEEEE",
    ),
    Published(
        source="nfc-developer/sdm-backend, tamper tag",
        picc="FDD387BF32A33A7C40CF259675B3A1E2",
        enc="EA050C282D8E9043E28F7A171464D697",
        mac="758110182134ECE9",
        uid="0469879a226880",
        counter=2,
        file_data=b"CC" + b"-" * 14,
    ),
    Published(
        source="nfc-developer/sdm-backend, LRP",
        picc="1FCBE61B3E4CAD980CBFDD333E7A4AC4A579569BAFD22C5F",
        mac="4231608BA7B02BA9",
        uid="04940e2a2f7080",
        counter=3,
    ),
    Published(
        source="nfc-developer/sdm-backend, LRP with file data",
        picc="07D9CA2545881D4BFDD920BE1603268C0714420DD893A497",
        enc="D6E921C47DB4C17C56F979F81559BB83",
        mac="F9481AC7D855BDB6",
        uid="049b112a2f7080",
        counter=4,
        file_data=b"NTXXb7dz3PsYYBlU",
    ),
    Published(
        source="nfc-developer/sdm-backend, LRP tamper tag",
        picc="8EE8E27DE3974FFE245F96C71087129B2E8449C9FF346F65",
        enc="48987A0D55638C017D1F4DC3D8ADD910",
        mac="862E781E52244A75",
        uid="04940e2a2f7080",
        counter=1,
        file_data=b"OO" + b"-" * 14,
    ),
    Published(
        source="nfc-developer/sdm-backend, LRP with the MAC over the PICC data",
        picc="AAE1508939ECF6FF26BCE407959AB1A5EC022819A35CD293",
        mac="5E3DB82C19E3865F",
        uid="042e1d222a6380",
        counter=0x6A,
    ),
    Published(
        source="nikeee/node-ntag424",
        picc="1cc49b9aa47d2837e5f1a1b5deae811c",
        mac="6488aeba44044cbf",
        uid="049d98f20b1090",
        counter=56,
    ),
    Published(
        source="johnnyb/ntag424-java, LRP",
        picc="D99C1B274606743ECE77E01D0D46CCE69F00C0C246363639",
        mac="15CA6F05740D1AE2",
        uid=None,
        counter=0x1A,
    ),
    Published(
        source="johnnyb/ntag424-java",
        picc="84DC15E87593037C7DDA281C2D55B8F2",
        mac="4BBC218E7B2B36AF",
        uid="049f50824f1390",
        counter=33,
    ),
    Published(
        source="johnnyb/ntag424-java, LRP",
        picc="B3373525DC0343DEDB5F8E89F5387402EDFB8C22186FC129",
        mac="A3773D237775F892",
        uid="04827f12647380",
        counter=0x1E,
    ),
    Published(
        source="johnnyb/ntag424-java, LRP with file data before a stroke",
        picc="B3EC473AD2BDB04A0B75065B8E775FEF2D08AD7E8D024DF2",
        enc="A8335B51B0A252AFEAFEEB38FCA0D810",
        mac="02E985A8AE05ED05",
        uid="04827f12647380",
        counter=0x25,
        file_data=bytes(range(1, 17)),
    ),
    Published(
        source="johnnyb/ntag424-java, file data before a stroke",
        picc="379F7A361ED4728A13B70F2B591FFA6B",
        enc="A0DED1861CC740B47240AC0C944DC2EF",
        mac="4FF9720BC3FE5910",
        uid="04b07f12647380",
        counter=1,
        file_data=bytes(range(1, 17)),
    ),
    Published(
        source="johnnyb/ntag424-java, three blocks of file data",
        picc="4E8D0223F8C17CDCCE5BC24076CFAA0D",
        enc="B56FED7FF7B23791C0684F17E117C97450723BB5C104E809C8929F0264CB99F9969D07FC32BB2D11995AEF826E355097",
        mac="5FD76DE4BD942DFC",
        uid="049f50824f1390",
        counter=16,
        file_data=b"19.05.2024 12:22:33#1234" + b"*" * 24,
    ),
    Published(
        source="Amperstrand/ntag424-vectors",
        picc="e61cb056f52d34f9368f079d1814d2cf",
        mac="fcc9a22201ea2298",
        uid="0425607a8f6980",
        counter=0,
        meta_key=RECOVERED_META,
        file_key=RECOVERED_FILE,
    ),
    Published(
        source="Amperstrand/ntag424-vectors",
        picc="d798d011fa0bf5bd5ece6f42265b02d5",
        mac="b49d12860da69e54",
        uid="0425607a8f6980",
        counter=1,
        meta_key=RECOVERED_META,
        file_key=RECOVERED_FILE,
    ),
    Published(
        source="boltcard/boltcard",
        picc="4E2E289D945A66BB13377A728884E867",
        mac="E19CCB1FED8892CE",
        uid="04996c6a926980",
        counter=3,
        meta_key=BOLT_META,
        file_key=BOLT_FILE,
    ),
    Published(
        source="boltcard/boltcard",
        picc="00F48C4F8E386DED06BCDC78FA92E2FE",
        mac="66B4826EA4C155B4",
        uid="04996c6a926980",
        counter=5,
        meta_key=BOLT_META,
        file_key=BOLT_FILE,
    ),
    Published(
        source="boltcard/boltcard",
        picc="0DBF3C59B59B0638D60B5842A997D4D1",
        mac="CC61660C020B4D96",
        uid="04996c6a926980",
        counter=7,
        meta_key=BOLT_META,
        file_key=BOLT_FILE,
    ),
)
