"""The embedded broker: who may say and hear what, and what its commands say when something is wrong."""

import datetime as dt
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import structs

from cloud.broker.configuration import Listener, Tls, User, render
from cloud.broker.nats import Broker, make_setup
from cloud.errors import UserError
from contract.credentials import Credentials
from tests.cloud.knocking import wait_until_ready
from tests.cloud.programs import answering, caller, new_broker, running_broker
from tests.cloud.wire import STORE
from tests.programs import eventually, free_port


@pytest.fixture(name="broker", scope="module")
def _broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with running_broker(tmp_path_factory.mktemp("broker"), "a", "b") as broker:
        yield broker


@pytest.mark.parametrize("channel", ["events", "health", "live"])
def test_the_cloud_hears_a_node_on_its_own_topics(broker: Broker, channel: str) -> None:
    with caller(broker.credentials("cloud")) as cloud, caller(broker.credentials("a")) as node:
        assert cloud.subscribe(f"aisle/{STORE}/+/{channel}")
        node.publish(f"aisle/{STORE}/a/{channel}", b"hello")
        assert cloud.heard.get(timeout=10) == (f"aisle/{STORE}/a/{channel}", b"hello")


def test_a_node_hears_its_own_receipts(broker: Broker) -> None:
    with caller(broker.credentials("cloud")) as cloud, caller(broker.credentials("a")) as node:
        assert node.subscribe(f"aisle/{STORE}/a/receipt")
        cloud.publish(f"aisle/{STORE}/b/receipt", b"for b")
        cloud.publish(f"aisle/{STORE}/a/receipt", b"for a")
        assert node.heard.get(timeout=10) == (f"aisle/{STORE}/a/receipt", b"for a")


@pytest.mark.parametrize("topic", ["b/events", "b/health", "b/live", "a/receipt", "b/receipt"])
def test_a_node_can_speak_neither_as_another_nor_as_the_cloud(broker: Broker, topic: str) -> None:
    """The broker acknowledges a forbidden message and throws it away: the next allowed one is the first heard."""
    with caller(broker.credentials("cloud")) as cloud, caller(broker.credentials("b")) as other:
        assert cloud.subscribe(f"aisle/{STORE}/+/events")
        assert other.subscribe(f"aisle/{STORE}/b/receipt")
        with caller(broker.credentials("a")) as node:
            node.publish(f"aisle/{STORE}/{topic}", b"forged")
            node.publish(f"aisle/{STORE}/a/events", b"honest")
        assert cloud.heard.get(timeout=10)[1] == b"honest"
        cloud.publish(f"aisle/{STORE}/b/receipt", b"true")
        assert other.heard.get(timeout=10)[1] == b"true"


@pytest.mark.parametrize(
    "wanted",
    ["#", "aisle/#", "aisle/+/+/events", f"aisle/{STORE}/b/receipt", f"aisle/{STORE}/+/live", "$MQTT/sub/#", "$SYS/#"],
)
def test_a_node_can_hear_nothing_but_its_receipts(broker: Broker, wanted: str) -> None:
    with caller(broker.credentials("a")) as node:
        assert not node.subscribe(wanted)


def test_an_observer_watches_and_cannot_speak(broker: Broker) -> None:
    with caller(broker.credentials("observer")) as observer, caller(broker.credentials("cloud")) as cloud:
        assert observer.subscribe(f"aisle/{STORE}/+/live")
        assert not observer.subscribe(f"aisle/{STORE}/+/events")
        assert cloud.subscribe(f"aisle/{STORE}/+/events")
        observer.publish(f"aisle/{STORE}/a/events", b"forged")
        with caller(broker.credentials("a")) as node:
            node.publish(f"aisle/{STORE}/a/events", b"honest")
        assert cloud.heard.get(timeout=10)[1] == b"honest"


def _refused(broker: Broker, **changed: str) -> bool:
    said = broker.credentials("a")
    wrong = Credentials(
        host=said.host,
        port=said.port,
        store=said.store,
        username=changed.get("username", said.username),
        password=changed.get("password", said.password),
    )
    return not wait_until_ready(wrong, seconds=0.5)


def test_a_wrong_password_or_a_strange_name_is_refused(broker: Broker) -> None:
    assert _refused(broker, password="0" * 48)
    assert _refused(broker, username="nobody")
    assert not _refused(broker)


def test_a_node_that_is_added_or_removed_is_known_at_once(broker: Broker) -> None:
    broker.add("late")
    credentials = broker.credentials("late")
    assert wait_until_ready(credentials, seconds=10)
    broker.remove("late")
    eventually(lambda: not wait_until_ready(credentials, seconds=0.2), "the refusal")


def test_secrets_are_for_their_owner_alone_and_never_twice_the_same(tmp_path: Path) -> None:
    broker = Broker(directory=tmp_path / "broker", random=os.urandom)
    broker.initialise(make_setup(store=STORE))
    broker.add("a")
    files = [*broker.users.iterdir(), broker.directory / "nats.conf"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    passwords = {name: broker.credentials(name).password for name in broker.names()}
    assert len(set(passwords.values())) == len(passwords) == 3
    assert all(len(password) == 48 for password in passwords.values())
    broker.initialise(make_setup(store=STORE, port=2000))
    assert {name: broker.credentials(name).password for name in broker.names()} == passwords
    assert broker.credentials("a").port == 2000


@pytest.mark.parametrize("name", ["", "A", "a b", "a/b", "+", "cloud", "observer", "a.b", "x" * 33, "a\n"])
def test_a_node_with_an_impossible_name_is_refused(tmp_path: Path, name: str) -> None:
    broker = new_broker(tmp_path)
    with pytest.raises(UserError, match="a node cannot be called"):
        broker.add(name)
    assert broker.nodes() == []


def test_a_set_up_that_cannot_be_names_key_and_value(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"port = 70000: .*<= 65535"):
        make_setup(store=STORE, port=70_000)
    with pytest.raises(UserError, match="store = 'Seoul'"):
        make_setup(store="Seoul")
    broker = new_broker(tmp_path)
    with pytest.raises(UserError, match="is the broker of the store 'seoul', not 'busan'"):
        broker.initialise(make_setup(store="busan"))
    with pytest.raises(UserError, match="both a certificate and a key"):
        broker.initialise(make_setup(store=STORE, certificate=__file__))
    with pytest.raises(UserError, match="not-there is not a file"):
        broker.initialise(make_setup(store=STORE, certificate="not-there", key="not-there"))


def test_a_taken_port_is_said_in_words(tmp_path: Path) -> None:
    broker = new_broker(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", broker.setup().port))
        taken.listen()
        done = subprocess.run(
            [sys.executable, "-m", "cloud", "broker", "run", "--data", str(tmp_path)],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert done.returncode == 2
    assert f"port {broker.setup().port} on 127.0.0.1 cannot be used: Address already in use" in done.stderr


def test_tls_is_configured_with_the_files_given() -> None:
    tls = Tls(certificate="/c.pem", key="/k.pem", ca="/ca.pem")
    text = render(STORE, Listener(host="0.0.0.0", port=8883, directory="/d", tls=tls), (User(name="a", password="p"),))
    assert 'cert_file: "/c.pem"' in text
    assert 'key_file: "/k.pem"' in text
    assert 'ca_file: "/ca.pem"\n    verify: true' in text


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A certificate authority for a test, and a broker's certificate of it."""

    ca: Path
    certificate: Path
    key: Path


def _authority(directory: Path) -> Authority:
    """An authority of one day whose only certificate is for 127.0.0.1."""
    directory.mkdir()
    now = dt.datetime.now(tz=dt.UTC)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test authority")])

    def certificate(subject: str, of: ec.EllipticCurvePrivateKey, *, is_authority: bool) -> bytes:
        made = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)]))
            .issuer_name(name)
            .public_key(of.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(minutes=5))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .sign(ca_key, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM)

    files = Authority(ca=directory / "ca.pem", certificate=directory / "broker.pem", key=directory / "broker.key")
    files.ca.write_bytes(certificate("Test authority", ca_key, is_authority=True))
    files.certificate.write_bytes(certificate("127.0.0.1", key, is_authority=False))
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    files.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, none))
    return files


def test_over_tls_a_node_speaks_and_neither_plain_words_nor_a_strange_authority_pass(tmp_path: Path) -> None:
    ours, strange = _authority(tmp_path / "ours"), _authority(tmp_path / "strange")
    broker = Broker(directory=tmp_path / "broker", random=os.urandom)
    broker.initialise(
        make_setup(store=STORE, port=free_port(), certificate=str(ours.certificate), key=str(ours.key), ca=str(ours.ca))
    )
    broker.add("a")
    credentials = broker.credentials("a")
    with answering(broker):
        with caller(credentials) as node:
            assert node.subscribe(f"aisle/{STORE}/a/receipt")
        assert not wait_until_ready(structs.replace(credentials, ca=None), seconds=1)
        assert not wait_until_ready(structs.replace(credentials, ca=str(strange.ca)), seconds=1)
