"""Who a till is: by its token, or by a signature of each request where it was made so."""

from starlette.requests import Request

from cloud.shop import till_proof
from cloud.shop.till_proof import Signed
from cloud.shop.tokens import digest
from cloud.store import sales, tills
from cloud.web.services import Services

CHALLENGE = f"Bearer, {till_proof.SCHEME}"


def signed_part(request: Request, body: bytes) -> Signed:
    """What a till signs of a request."""
    path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return Signed(method=request.method, path=path.partition(b"?")[0], body=body)


def till_of(services: Services, header: str, signed: Signed) -> str | None:
    """The till that sends this; None where nobody believes it. Blocks on the store."""
    scheme, _, token = header.partition(" ")
    with services.store.reading() as connection:
        if scheme.lower() == "bearer":
            return sales.till(connection, digest(token))
        proof = till_proof.proof_of(header)
        secret = tills.secret(connection, proof.till) if proof else None
    if proof is None or secret is None:
        return None
    return proof.till if till_proof.holds(proof, signed, secret, services.clock()) else None
