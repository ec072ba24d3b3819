"""Passkeys (Web Authentication level 3): the one door to the library that checks what authenticators sign."""

import enum
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import parse_authentication_credential_json, parse_registration_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from cloud.accounts import passkeys, people
from cloud.accounts.passkeys import Passkey
from cloud.accounts.sessions import Means, Session
from cloud.manage.challenges import LIVES_MS, Challenges, Purpose
from cloud.manage.login import Caller, Door, Entered, Refused, fresh, of_address

MOST = 20
"""Passkeys of one account."""
_MOST_WORDS = 40


class No(enum.StrEnum):
    """Why a passkey does not open, or is not kept."""

    OFF = "off"  # the store has no origin, without which no passkey has a place
    STALE = "stale"  # to add one takes a session whose person showed just now who they are
    OLD = "old"  # the challenge is too old, was used already, or is none of ours
    WRONG = "wrong"  # another site's, not verified, wrongly signed, or malformed
    UNKNOWN = "unknown"  # nobody's here; perhaps removed
    COPIED = "copied"  # its count of uses went back: it exists twice, and is stopped from now on
    KNOWN = "known"  # to be added, and kept already
    MANY = "many"  # to be added, and the account has as many as it may


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A passkey that exists twice, and was stopped; whose it is, to be told."""

    account: str
    words: str


class PasskeyDoor:
    """The way in by passkeys, and the way to add one. Safe to use from several threads.

    `origin` is the one origin whose pages may ask for them, such as https://store.example; its host is the relying
    party's id. None: there are no passkeys.
    """

    def __init__(self, door: Door, *, origin: str | None) -> None:
        self.origin = origin
        self._door = door
        self._challenges = Challenges(door.random)

    @property
    def place(self) -> str:
        """The relying party's id; empty where there is none."""
        return urlsplit(self.origin or "").hostname or ""

    def to_add(self, session: Session, title: str, now_ms: int) -> str | No:
        """What a browser needs to make a passkey for the session's account, as JSON."""
        if not self.origin:
            return No.OFF
        if not fresh(session, now_ms):
            return No.STALE
        with self._door.accounts.reading() as connection:
            account = people.account(connection, session.account)
            kept = passkeys.of_account(connection, session.account)
        if account is None:
            return No.UNKNOWN
        options = webauthn.generate_registration_options(
            rp_id=self.place,
            rp_name=title,
            user_name=account.name,
            user_id=account.handle,
            user_display_name=account.name,
            challenge=self._challenges.make(Purpose.REGISTER, session.account, now_ms),
            timeout=LIVES_MS,
            attestation=AttestationConveyancePreference.NONE,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=each.credential) for each in kept if each.place == self.place
            ],
        )
        return webauthn.options_to_json(options)

    def add(self, session: Session, body: str, words: str, now_ms: int) -> No | None:
        """Keeps what a browser made; None where that is done."""
        if not self.origin:
            return No.OFF
        if not fresh(session, now_ms):
            return No.STALE
        challenge = _challenge_of(body)
        if challenge is None or not self._challenges.holds(challenge, Purpose.REGISTER, session.account, now_ms):
            return No.OLD
        try:
            made = webauthn.verify_registration_response(
                credential=parse_registration_credential_json(body),
                expected_challenge=challenge,
                expected_rp_id=self.place,
                expected_origin=self.origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError, IndexError, AttributeError):
            return No.WRONG
        if not self._challenges.use(challenge, now_ms):
            return No.OLD
        new = passkeys.New(
            credential=made.credential_id,
            account=session.account,
            place=self.place,
            public_key=made.credential_public_key,
            used=made.sign_count,
            words=words.strip()[:_MOST_WORDS] or session.device,
            synced=made.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        )
        with self._door.accounts.atomic() as connection:
            if len(passkeys.of_account(connection, session.account)) >= MOST:
                return No.MANY
            return None if passkeys.add(connection, new, now_ms) else No.KNOWN

    def to_enter(self, now_ms: int) -> str | No:
        """What a browser needs to ask for any passkey of this place, as JSON; it names no account."""
        if not self.origin:
            return No.OFF
        options = webauthn.generate_authentication_options(
            rp_id=self.place,
            challenge=self._challenges.make(Purpose.ENTER, "", now_ms),
            timeout=LIVES_MS,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return webauthn.options_to_json(options)

    def enter(self, body: str, *, caller: Caller, now_ms: int) -> Entered | Refused | Copied | No:
        """A session for what an authenticator signed. Where its count of uses went back, it lets nobody in again."""
        if not self.origin:
            return No.OFF
        subjects = of_address(caller.address)
        if wait := self._door.begin(subjects, now_ms):
            return Refused(wait_ms=wait)
        passkey = self._signed(body, now_ms)
        if not isinstance(passkey, Passkey):
            return passkey
        self._door.succeed(subjects)
        return self._door.open(passkey.account, Means.PASSKEY, caller=caller, now_ms=now_ms)

    def _signed(self, body: str, now_ms: int) -> Passkey | Copied | No:
        """The passkey by which this was signed, which then counts as used."""
        challenge = _challenge_of(body)
        if challenge is None or not self._challenges.holds(challenge, Purpose.ENTER, "", now_ms):
            return No.OLD
        try:
            credential = parse_authentication_credential_json(body)
            with self._door.accounts.reading() as connection:
                passkey = passkeys.by_credential(connection, credential.raw_id)
                account = people.account(connection, passkey.account) if passkey else None
            if passkey is None or account is None or passkey.place != self.place:
                return No.UNKNOWN
            # Count 0: the library would refuse a count that went back before it has looked at the signature, and
            # anybody could have a passkey stopped by making one up.
            signed = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.place,
                expected_origin=self.origin or "",
                credential_public_key=passkey.public_key,
                credential_current_sign_count=0,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError, IndexError, AttributeError):
            return No.WRONG
        if credential.response.user_handle not in {None, account.handle}:
            return No.WRONG
        if not self._challenges.use(challenge, now_ms):
            return No.OLD
        return self._counted(passkey, signed.new_sign_count, now_ms)

    def _counted(self, passkey: Passkey, used: int, now_ms: int) -> Passkey | Copied | No:
        """Holds the count of uses against the one that is kept (WebAuthn 3, section 6.1.1)."""
        with self._door.accounts.atomic() as connection:
            kept = passkeys.by_credential(connection, passkey.credential)
            if kept is None:
                return No.UNKNOWN
            if kept.stopped_ms is not None:
                return No.COPIED
            if (used or kept.used) and used <= kept.used:
                passkeys.stop(connection, passkey=kept.id, now_ms=now_ms)
                return Copied(account=kept.account, words=kept.words)
            passkeys.note_use(connection, passkey=kept.id, used=used, now_ms=now_ms)
            return kept


def _challenge_of(body: str) -> bytes | None:
    """The challenge that a browser says it was given; None where the body is no such answer."""
    try:
        told = json.loads(webauthn.base64url_to_bytes(json.loads(body)["response"]["clientDataJSON"]))
        return webauthn.base64url_to_bytes(told["challenge"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
