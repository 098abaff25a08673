"""Tables as files for spreadsheets: CSV and XLSX. Foreign text never becomes a formula in
either.
"""

import csv
import io
import re
from collections.abc import Sequence
from typing import Any

from db.invisible import HIDDEN, JOINERS
from review.view.printable import printable

# A spreadsheet of a Danish, Dutch or Belgian locale splits at semicolons, others at tabs or commas,
# also inside the quotes of our cells. So a formula can start at the beginning of a cell and after
# any separator, behind spaces, quotes and invisible characters.
_UNSEEN = "".join(map(re.escape, map(chr, (*HIDDEN, *JOINERS))))
_FORMULA = re.compile(rf"""(^|[;,|\t\r\n])([\s"'{_UNSEEN}]*)(?=[=+\-@＝＋－＠])""")
MOST_CHARACTERS = 32_767  # of an XLSX cell
MOST_ROWS = 1_048_575  # of an XLSX sheet, without the header


class TooManyRows(Exception):
    """An XLSX sheet cannot hold the table; the message says what to use instead."""


def as_csv(rows: Sequence[dict[str, Any]]) -> str:
    """CSV with a header. An apostrophe is put before everything that a spreadsheet could take for a
    formula.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else ["id"], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({k: _neutral(v) for k, v in row.items()} for row in rows)
    return "\ufeff" + out.getvalue()  # spreadsheets recognise UTF-8 only by its mark


def _neutral(value: Any) -> Any:
    return _FORMULA.sub(r"\1\2'", printable(value)) if isinstance(value, str) else value


def as_xlsx(rows: Sequence[dict[str, Any]], name: str) -> bytes:
    """A workbook with one sheet. Text is written as text cells, so that none of it is a formula or
    a link.

    Text over 32,767 characters is cut. Raises TooManyRows.
    """
    import xlsxwriter

    if len(rows) > MOST_ROWS:
        raise TooManyRows(f"an XLSX sheet holds {MOST_ROWS:,} rows and this table has {len(rows):,}; use CSV")
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", name)[:31])
        sheet.freeze_panes(1, 0)
        for x, column in enumerate(rows[0] if rows else ["id"]):
            sheet.write_string(0, x, column, book.add_format({"bold": True}))
        for y, row in enumerate(rows, 1):
            for x, value in enumerate(row.values()):
                _write(sheet, y, x, value)
    return out.getvalue()


def _write(sheet: Any, y: int, x: int, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(y, x, value)
        return
    text = printable(str(value))
    sheet.write_string(y, x, text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…")
