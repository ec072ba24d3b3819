"""The constrained scalars of which every message is made."""

from typing import Annotated

from msgspec import Meta

Name = Annotated[
    str, Meta(pattern=r"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$(?!\n)", description="an id: a-z, 0-9, inner hyphens")
]
"""An id of a store, node, zone, line, reader or camera; safe in a topic, a NATS subject, a URL and a file name."""

Millis = Annotated[int, Meta(ge=0, le=2**43, description="milliseconds since the Unix epoch, by the node's clock")]
"""Wall time, up to the year 2248. A node without a clock starts in 1970: its events still count."""

Span = Annotated[int, Meta(ge=0, le=2**43, description="a length of time in milliseconds")]

Count = Annotated[int, Meta(ge=0, le=2**53, description="a count that JSON readers everywhere keep exact")]

Sequence = Annotated[int, Meta(ge=1, le=2**53, description="an event's place in its node's log, without gaps")]

Token = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$(?!\n)", description="128 bits in lower-case hex")]
"""A pseudonym, an epoch or the identity of a cloud's store."""

Words = Annotated[
    str, Meta(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)", description="one line of plain words")
]

Gtin = Annotated[
    str, Meta(pattern=r"^[0-9]{14}$(?!\n)", description="a GTIN-14; its check digit is checked where it enters")
]
