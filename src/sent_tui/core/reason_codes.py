"""Every reason code that is known, in one table: what it means, what it says about the recipient, and who says so.

A code belongs to a family, because networks number alike: 0x45 is one thing in an SMPP response and another one in a
GSM status report. A code is in the table only where a public source says what it means. docs/reason-codes.md is
written from it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from sent_tui.core.outcome import Outcome


class ReasonClass(StrEnum):
    """What a reason says about the recipient's channel."""

    RECIPIENT = "recipient"
    TRANSIENT = "transient"
    POLICY = "policy"
    PROVIDER = "provider"

    @property
    def label(self) -> str:
        """The class in words."""
        return {
            ReasonClass.RECIPIENT: "a fact about the recipient",
            ReasonClass.TRANSIENT: "passing",
            ReasonClass.POLICY: "policy or content",
            ReasonClass.PROVIDER: "ours or the provider's",
        }[self]

    @property
    def outcome(self) -> Outcome | None:
        """What it teaches; None where it teaches nothing."""
        return {ReasonClass.RECIPIENT: Outcome.FAILED_HARD, ReasonClass.TRANSIENT: Outcome.FAILED_SOFT}.get(self)


class Family(StrEnum):
    """Who gives out codes of one kind."""

    SENT = "sent"
    WHATSAPP = "whatsapp"
    TWILIO = "twilio"
    SMPP = "smpp"
    GSM = "gsm"

    @property
    def label(self) -> str:
        """The name that people know."""
        return {
            Family.SENT: "Sent",
            Family.WHATSAPP: "WhatsApp Cloud API",
            Family.TWILIO: "Twilio",
            Family.SMPP: "SMPP",
            Family.GSM: "GSM status report",
        }[self]


class ReasonCode(Struct, frozen=True):
    """Why an attempt did not arrive."""

    family: Family
    code: str
    """As its family writes it."""
    kind: ReasonClass
    words: str
    """For a person, in the middle of a sentence."""
    source: str
    """Where that is said."""
    number: int | None = None
    """The number beside a code that is a name."""

    @property
    def outcome(self) -> Outcome | None:
        """What it says about the recipient; None when it says nothing (policy, content, account, provider)."""
        return self.kind.outcome


CONTRACT: Final = "Sent's contract, version 3"
SIMULATOR: Final = "the simulator, in the form of Sent's"
META: Final = "Meta, WhatsApp error codes"
TWILIO: Final = "Twilio, error and warning dictionary"
TWILIO_MAP: Final = "Twilio, corresponding Twilio and WhatsApp error codes"
STATUS: Final = "SMPP 3.4, 5.1.3 command_status"
RECEIPT: Final = "SMPP 3.4, 5.2.28 message_state"
TP_STATUS: Final = "GSM 03.40, 9.2.3.15 TP-Status"

_RECIPIENT, _TRANSIENT = ReasonClass.RECIPIENT, ReasonClass.TRANSIENT
_POLICY, _PROVIDER = ReasonClass.POLICY, ReasonClass.PROVIDER

_SENT = (
    ("DELIVERY_001", _TRANSIENT, "the network did not deliver it", SIMULATOR),
    ("DELIVERY_003", _TRANSIENT, "the phone could not be reached in time", SIMULATOR),
    ("DELIVERY_005", _RECIPIENT, "the number is not in service", SIMULATOR),
    ("DELIVERY_006", _RECIPIENT, "the number is a landline", SIMULATOR),
    ("DELIVERY_007", _RECIPIENT, "not registered on this channel", CONTRACT),
    ("CONSENT_001", _POLICY, "the person has opted out", SIMULATOR),
    ("POLICY_001", _POLICY, "the carrier filtered it for its content", SIMULATOR),
    ("BUSINESS_002", _PROVIDER, "too many requests in a short time", CONTRACT),
    ("BUSINESS_003", _PROVIDER, "the account balance is too low", CONTRACT),
    ("BUSINESS_007", _RECIPIENT, "this channel is not available for the contact", CONTRACT),
    ("BUSINESS_008", _POLICY, "no open conversation on this channel", SIMULATOR),
    ("PROVIDER_001", _PROVIDER, "the provider had a fault", SIMULATOR),
    ("AUTH_001", _PROVIDER, "the request had no key", CONTRACT),
    ("AUTH_002", _PROVIDER, "the key is not valid", CONTRACT),
    ("AUTH_004", _PROVIDER, "the key may not do this", CONTRACT),
    ("VALIDATION_002", _PROVIDER, "the number was not understood", CONTRACT),
    ("VALIDATION_003", _PROVIDER, "an id was not understood", CONTRACT),
    ("VALIDATION_004", _PROVIDER, "the request lacked a field", CONTRACT),
    ("VALIDATION_005", _PROVIDER, "a value of the request was out of range", CONTRACT),
    ("VALIDATION_006", _PROVIDER, "a word of the request was not among those allowed", CONTRACT),
    ("VALIDATION_007", _PROVIDER, "the idempotency key was not understood", CONTRACT),
    ("CONFLICT_001", _PROVIDER, "the same request was still being worked on", CONTRACT),
    ("INTERNAL_001", _PROVIDER, "Sent had a fault of its own", CONTRACT),
)

_WHATSAPP = (
    ("0", _PROVIDER, "the access token was not accepted", META),
    ("1", _PROVIDER, "the request was wrong, or WhatsApp had a fault", META),
    ("2", _PROVIDER, "WhatsApp was down or overloaded", META),
    ("3", _PROVIDER, "the app may not use this call", META),
    ("4", _PROVIDER, "the app made too many calls", META),
    ("10", _PROVIDER, "the app lacks a permission", META),
    ("33", _PROVIDER, "the business number was deleted", META),
    ("100", _PROVIDER, "the request had a wrong parameter", META),
    ("190", _PROVIDER, "the access token has expired", META),
    ("200", _PROVIDER, "the app lacks a permission", META),
    ("368", _POLICY, "the account is restricted for breaking a policy", META),
    ("80007", _PROVIDER, "the account reached its rate limit", META),
    ("130429", _PROVIDER, "the number sent faster than it may", META),
    ("130472", _POLICY, "held back by an experiment of Meta's", META),
    ("131000", _PROVIDER, "WhatsApp had a fault that it does not name", META),
    ("131005", _PROVIDER, "access was denied", META),
    ("131008", _PROVIDER, "the request lacked a parameter", META),
    ("131009", _PROVIDER, "a parameter had a wrong value", META),
    ("131016", _PROVIDER, "WhatsApp was not available for a while", META),
    ("131021", _PROVIDER, "sender and recipient are the same number", META),
    ("131026", _RECIPIENT, "WhatsApp cannot deliver to this number", META),
    ("131031", _PROVIDER, "the account is locked", META),
    ("131042", _PROVIDER, "the account's payment is not in order", META),
    ("131045", _PROVIDER, "the business number has a wrong certificate", META),
    ("131047", _POLICY, "more than 24 hours since the person last wrote", META),
    ("131048", _POLICY, "the number may send less, because people blocked or reported it", META),
    ("131049", _POLICY, "WhatsApp held it back: enough marketing for this person", META),
    ("131050", _POLICY, "the person stopped marketing messages on WhatsApp", META),
    ("131051", _POLICY, "this kind of message is not supported", META),
    ("131052", _PROVIDER, "an attachment could not be fetched", META),
    ("131053", _PROVIDER, "an attachment could not be uploaded", META),
    ("131056", _PROVIDER, "too many messages to this person in a short time", META),
    ("132000", _POLICY, "the template has another number of variables", META),
    ("132001", _POLICY, "the template does not exist in this language, or is not approved", META),
    ("132005", _POLICY, "the template became too long when filled in", META),
    ("132007", _POLICY, "the template breaks a rule for its text", META),
    ("132012", _POLICY, "a variable of the template has the wrong form", META),
    ("132015", _POLICY, "the template is paused for low quality", META),
    ("132016", _POLICY, "the template is disabled for low quality", META),
    ("132068", _POLICY, "the flow of the template is blocked", META),
    ("132069", _POLICY, "the flow of the template is throttled", META),
    ("133000", _PROVIDER, "the business number was not fully deregistered", META),
    ("133004", _PROVIDER, "the registration of numbers was not available", META),
    ("133005", _PROVIDER, "the PIN of the business number was wrong", META),
    ("133006", _PROVIDER, "the business number has to be verified again", META),
    ("133008", _PROVIDER, "too many guesses at the PIN of the business number", META),
    ("133009", _PROVIDER, "the PIN of the business number was guessed too fast", META),
    ("133010", _PROVIDER, "the business number is not registered", META),
    ("133015", _PROVIDER, "the business number was deleted just now", META),
    ("133016", _PROVIDER, "the business number was registered too often", META),
    ("135000", _PROVIDER, "WhatsApp did not accept the request, and does not say why", META),
)

_TWILIO = (
    ("20003", _PROVIDER, "the credentials were not accepted", TWILIO),
    ("20429", _PROVIDER, "too many requests in a short time", TWILIO),
    ("21211", _RECIPIENT, "the number is not valid", TWILIO),
    ("21408", _PROVIDER, "the account may not send to this country", TWILIO),
    ("21606", _PROVIDER, "the sender cannot send to this number", TWILIO),
    ("21608", _PROVIDER, "a trial account sends to verified numbers only", TWILIO),
    ("21610", _POLICY, "the person has opted out", TWILIO),
    ("21611", _PROVIDER, "the sender's queue is full", TWILIO),
    ("21612", _PROVIDER, "this sender has no way to this number", TWILIO),
    ("21614", _RECIPIENT, "the number takes no SMS", TWILIO),
    ("21635", _RECIPIENT, "the number is a landline", TWILIO),
    ("21730", _PROVIDER, "the provider was being maintained", TWILIO),
    ("30001", _PROVIDER, "the queue was full", TWILIO),
    ("30002", _PROVIDER, "the account is suspended", TWILIO),
    ("30003", _TRANSIENT, "the phone could not be reached", TWILIO),
    ("30004", _POLICY, "the message was blocked", TWILIO),
    ("30005", _RECIPIENT, "the number is unknown or not in service", TWILIO),
    ("30006", _RECIPIENT, "a landline, or a carrier that cannot be reached", TWILIO),
    ("30007", _POLICY, "the carrier filtered it for its content", TWILIO),
    ("30008", _TRANSIENT, "the carrier did not say why", TWILIO),
    ("30009", _PROVIDER, "a part of the message was lost", TWILIO),
    ("30010", _PROVIDER, "it would have cost more than was allowed", TWILIO),
    ("30011", _POLICY, "the number takes no pictures", TWILIO),
    ("30012", _PROVIDER, "it was given too little time", TWILIO),
    ("30019", _POLICY, "it was too large for the carrier", TWILIO),
    ("30021", _PROVIDER, "the provider had a fault", TWILIO),
    ("30024", _PROVIDER, "the sender is not set up with the carrier", TWILIO),
    ("30042", _POLICY, "the sender's name is blocked", TWILIO),
    ("30410", _PROVIDER, "the provider did not answer in time", TWILIO),
    ("63003", _RECIPIENT, "the address is not active on this channel", TWILIO),
    ("63008", _PROVIDER, "the channel is not set up as it should be", TWILIO),
    ("63011", _PROVIDER, "the channel's provider did not take the request", TWILIO),
    ("63014", _POLICY, "the person blocked the sender", TWILIO),
    ("63016", _POLICY, "more than 24 hours since the person last wrote", TWILIO_MAP),
    ("63018", _PROVIDER, "too many messages in a short time", TWILIO_MAP),
    ("63023", _TRANSIENT, "the channel did not say why", TWILIO),
    ("63024", _RECIPIENT, "WhatsApp cannot deliver to this number", TWILIO_MAP),
    ("63032", _POLICY, "held back by an experiment of Meta's", TWILIO_MAP),
)

_SMPP = (
    ("ESME_RINVMSGLEN", _POLICY, "the message had a wrong length", STATUS, 0x01),
    ("ESME_RSYSERR", _PROVIDER, "the message centre had a fault", STATUS, 0x08),
    ("ESME_RINVSRCADR", _PROVIDER, "the sender was not accepted", STATUS, 0x0A),
    ("ESME_RINVDSTADR", _RECIPIENT, "the number is not valid", STATUS, 0x0B),
    ("ESME_RBINDFAIL", _PROVIDER, "the message centre could not be joined", STATUS, 0x0D),
    ("ESME_RINVPASWD", _PROVIDER, "the password was not accepted", STATUS, 0x0E),
    ("ESME_RINVSYSID", _PROVIDER, "the account was not accepted", STATUS, 0x0F),
    ("ESME_RMSGQFUL", _PROVIDER, "the queue was full", STATUS, 0x14),
    ("ESME_RSUBMITFAIL", _PROVIDER, "the message centre did not take it", STATUS, 0x45),
    ("ESME_RINVDSTTON", _PROVIDER, "the kind of number was not understood", STATUS, 0x50),
    ("ESME_RINVDSTNPI", _PROVIDER, "the numbering plan was not understood", STATUS, 0x51),
    ("ESME_RTHROTTLED", _PROVIDER, "too many messages in a short time", STATUS, 0x58),
    ("ESME_RX_T_APPN", _TRANSIENT, "the receiving side had a passing fault", STATUS, 0x64),
    ("ESME_RDELIVERYFAILURE", _TRANSIENT, "the network did not deliver it", STATUS, 0xFE),
    ("ESME_RUNKNOWNERR", _TRANSIENT, "the message centre did not say why", STATUS, 0xFF),
    ("EXPIRED", _TRANSIENT, "the phone could not be reached in time", RECEIPT, None),
    ("UNDELIV", _TRANSIENT, "the network did not deliver it", RECEIPT, None),
    ("REJECTD", _POLICY, "the network rejected it", RECEIPT, None),
    ("DELETED", _PROVIDER, "it was deleted before it was delivered", RECEIPT, None),
)

_GSM = (
    ("0x40", _TRANSIENT, "the other network had a fault", TP_STATUS),
    ("0x41", _RECIPIENT, "the phone cannot take such messages", TP_STATUS),
    ("0x42", _TRANSIENT, "the phone rejected the connection", TP_STATUS),
    ("0x43", _RECIPIENT, "the number cannot be reached", TP_STATUS),
    ("0x44", _PROVIDER, "the network could not give the service asked for", TP_STATUS),
    ("0x45", _PROVIDER, "the networks are not connected", TP_STATUS),
    ("0x46", _TRANSIENT, "the phone could not be reached in time", TP_STATUS),
    ("0x47", _PROVIDER, "it was deleted by its sender", TP_STATUS),
    ("0x48", _PROVIDER, "it was deleted by the message centre", TP_STATUS),
    ("0x49", _PROVIDER, "the message centre does not know it", TP_STATUS),
    ("0x60", _PROVIDER, "the network was congested", TP_STATUS),
    ("0x61", _TRANSIENT, "the phone was busy", TP_STATUS),
    ("0x62", _TRANSIENT, "the phone did not answer", TP_STATUS),
    ("0x63", _TRANSIENT, "the service was rejected for now", TP_STATUS),
    ("0x64", _PROVIDER, "the network could not give the service asked for", TP_STATUS),
    ("0x65", _TRANSIENT, "the phone had a fault", TP_STATUS),
)

TABLE: Final[tuple[ReasonCode, ...]] = (
    *(ReasonCode(Family.SENT, *row) for row in _SENT),
    *(ReasonCode(Family.WHATSAPP, *row) for row in _WHATSAPP),
    *(ReasonCode(Family.TWILIO, *row) for row in _TWILIO),
    *(ReasonCode(Family.SMPP, *row) for row in _SMPP),
    *(ReasonCode(Family.GSM, *row, number=int(row[0], 16)) for row in _GSM),
)
"""Every code that is known, by family."""
