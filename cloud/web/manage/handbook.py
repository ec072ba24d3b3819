"""The page of the documentation that says what each figure means, made from the page's own glossary."""

from cloud.web.manage.glossary import GLOSSARY

_PREFACE = """# The figures on the manager's page

This page is made from the page's own glossary (`cloud/web/manage/glossary.toml`):
`python -m cloud.web.manage.handbook > cloud/FIGURES.md`.

## What is withheld

No kept figure is about fewer than k people; k is 5, or more where the store asks for more. In the place of the figure
stands "fewer than 5". Nobody at all is no secret: a measured zero is shown.

- **Counts.** A count of 1 to k - 1 is withheld. The page also shows sums over zones, hours and days; where a withheld
  one could be had by subtraction, the smallest of the others is withheld with it, and where that is not enough, the
  sum. Files withhold the same of a day's hours, of their days, of a day's shelves and doors,
  and of an hour's doors.
- **Products.** Who passed or stopped at a product is withheld with its zone. Not so its taps: a zone's taps less those
  of its other products may still give the few taps of one.
- **Rates, medians, total times** are withheld with the counts that they are about.
- **Stays stand for people.** Tracks are never joined into persons, so five stays may be fewer than five people who
  came back. That is the price of not knowing who is who; a store that wants more distance raises k.
- **Heat map.** A cell holds people x time and does not know how many people that was. So the rule is one for a whole
  camera and a whole period: its floor is left out of the map until the zones and doors that it counts have counted k
  people in that period (a camera with neither stands on what all the others counted).
- **Periods.** Two periods that differ by little differ by few people. Whoever may see the page may subtract them;
  the page is for the store's own manager, behind a password.
- **People now.** The dots on the plan are what a person standing there sees. They have no number, are sent once and
  kept nowhere. The states of readers, cameras and nodes are about no people at all.

## What a gap is

A dash means that nothing was there to measure it: no camera saw the zone, no reader stands in it, no till has told a
sale. Floor that no camera with covered time saw is hatched. A minute counts against coverage 75 seconds after it began:
until then its report may be on its way.

## The figures

"""


def as_markdown() -> str:
    """The glossary as the documentation holds it."""
    parts = (
        f"### {entry.name.en} ({entry.name.ko})\n\n{entry.counted.en}\n\nFrom: {entry.source.en}. {entry.caveat.en}\n\n"
        f"For example: {entry.example.en}\n"
        for entry in GLOSSARY
    )
    return _PREFACE + "\n".join(parts)


if __name__ == "__main__":
    print(as_markdown(), end="")
