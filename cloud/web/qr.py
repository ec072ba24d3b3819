"""QR codes as SVG that stands inside a page: no request, no script, no style of their own."""

import io

import segno


def svg(text: str, *, label: str) -> str:
    """The code of a text (at most 2,000 characters), on white with its quiet zone in both themes; `label` is its name.

    Medium error correction: a code on a phone's glass is read through scratches and glare. What comes back is paths
    and the label, escaped.
    """
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=False, omitsize=True, light="#fff", dark="#000", title=label, nl=False
    )
    # With its role the label is read out, and the modules are not.
    return out.getvalue().decode().replace("<svg ", '<svg role="img" ', 1)
