"""The columns of a line of a table that a person or their spreadsheet wrote."""


def columns(line: str) -> list[str]:
    """The columns, between commas, semicolons or blanks; a comma at the line's end begins no column."""
    for mark in (",", ";"):
        if mark in line:
            return line.strip().removesuffix(mark).split(mark)
    return line.split()
