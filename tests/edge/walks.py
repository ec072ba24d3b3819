"""Seeded people who walk, and a seeded tracker that errs, for the figures to be judged by."""

import random

from edge.score.motchallenge import Row


def truth(seed: int, *, people: int = 6, frames: int = 40) -> list[Row]:
    """People who walk straight on, each in view for a part of the time."""
    chance = random.Random(seed)
    rows = []
    for person in range(1, people + 1):
        x, y = chance.uniform(0, 200), chance.uniform(0, 60)
        dx, dy = chance.uniform(-4, 4), chance.uniform(-1, 1)
        first, last = sorted(chance.sample(range(1, frames + 1), 2))
        rows += [
            Row(frame=at, id=person, left=x + dx * at, top=y + dy * at, width=20, height=50)
            for at in range(first, last + 1)
        ]
    return sorted(rows, key=lambda row: (row.frame, row.id))


def found(seed: int, true: list[Row]) -> list[Row]:
    """`true` with boxes that shake, are missing, are invented, and names that change or are exchanged."""
    chance = random.Random(seed + 1000)
    names = {row.id: 100 + row.id for row in true}
    rows: list[Row] = []
    for row in true:
        if chance.random() < 0.15:
            continue
        if chance.random() < 0.04:
            names[row.id] = chance.choice([900 + chance.randrange(50), *names.values()])
        if any(each.frame == row.frame and each.id == names[row.id] for each in rows):
            continue
        rows.append(
            Row(
                frame=row.frame,
                id=names[row.id],
                left=row.left + chance.gauss(0, 2.5),
                top=row.top + chance.gauss(0, 5),
                width=row.width + chance.uniform(-2, 2),
                height=row.height + chance.uniform(-4, 4),
            )
        )
        if chance.random() < 0.1:
            place = chance.uniform(0, 200), chance.uniform(0, 60)
            invented = Row(frame=row.frame, id=5000 + len(rows), left=place[0], top=place[1], width=20, height=50)
            rows.append(invented)
    return rows


def told(seed: int, found: list[Row]) -> list[Row]:
    """`found` as a detector's boxes, each with a score that has nothing to do with how right it is."""
    chance = random.Random(seed)
    return [
        Row(
            frame=row.frame,
            id=row.id,
            left=row.left,
            top=row.top,
            width=row.width,
            height=row.height,
            conf=round(chance.uniform(0.05, 0.99), 4),
        )
        for row in found
    ]
