"""A browser in two words, from what it says of itself: enough to know one's own devices again, no more."""

_BROWSERS = (
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("NAVER(", "NAVER"),
    ("Whale/", "Whale"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""What stands in the string, the narrower word first: nearly all of them call themselves Chrome and Safari too."""
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def words(user_agent: str) -> str:
    """`Chrome · Windows`; the first word of the string for a program; empty where nothing is said."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser or system:
        return " · ".join(word for word in (browser, system) if word)
    first = user_agent.split("/", maxsplit=1)[0].split()
    return first[0][:24] if first and first[0].isprintable() else ""
