"""Files as people have them: encodings, separators, quoting, and things that are no tables."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.imports import reading
from apps.imports.fields import industry_of, suggest
from apps.imports.reading import UnreadableFileError

HEADER = ["Security", "GICS Sector", "Headquarters Location", "Founded"]
ROWS = [
    ["3M", "Industrials", "Saint Paul, Minnesota", "1902"],
    ["Müller & Söhne", "Energy", "Köln\nAltstadt", "1850"],
]


def written(rows: list[list[str]], encoding: str = "utf-8", delimiter: str = ",", **dialect: object) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, **dialect).writerows(rows)  # type: ignore[arg-type]
    return out.getvalue().encode(encoding)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_usual_encoding_and_separator_is_read(encoding: str, delimiter: str) -> None:
    content = written([HEADER, *ROWS], encoding, delimiter)
    table = reading.examine(content)
    assert (table.header, table.total, table.delimiter) == (HEADER, 2, delimiter)
    read = list(reading.rows(content, table.encoding, table.delimiter))
    assert [row.cells for row in read] == ROWS
    assert [row.line for row in read] == [2, 3]


_CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from(',;\t"\n'), max_size=12
)


@given(
    rows=st.lists(
        st.lists(_CELL, min_size=3, max_size=3).map(lambda cells: [cells[0] + "x", *cells[1:]]), min_size=1
    ),
    delimiter=st.sampled_from([",", ";", "\t"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_whatever_a_csv_writer_writes_comes_back(
    rows: list[list[str]], delimiter: str, encoding: str, line_end: str, quoting: int
) -> None:
    content = written(
        [["name", "note", "more"], *rows], encoding, delimiter, quoting=quoting, lineterminator=line_end
    )
    read = [row.cells for row in reading.rows(content, reading.sniff_encoding(content), delimiter)]
    assert read == rows
    assert reading.examine(content).total == len(rows)


@given(st.binary(max_size=400))
def test_no_bytes_make_it_stumble(content: bytes) -> None:
    try:
        table = reading.examine(content)
    except UnreadableFileError:
        return
    else:
        assert len(list(reading.rows(content, table.encoding, table.delimiter))) == table.total > 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"  \n\n", "empty"),
        (b"Company,Website\n", "no rows"),
        (b"PK\x03\x04" + bytes(range(256)), "Save it as CSV"),
        (bytes(range(256)) * 20, "not a text file"),
        (b"%PDF-1.7 ...", "PDF"),
        (b'Company\nAcme\n"never closed\nBeta\n', "quotation mark"),
        (",".join(f"c{n}" for n in range(300)).encode() + b"\nx\n", "300 columns"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(UnreadableFileError, match=says):
        reading.examine(content)


def test_lines_are_those_of_the_file() -> None:
    content = b'\n\nCompany,Note\n"A","two\nlines"\n\n,\nB,x\n'
    table = reading.examine(content)
    assert [(row.line, row.cells[0]) for row in reading.rows(content, "utf-8-sig", ",")] == [
        (4, "A"),
        (8, "B"),
    ]
    assert table.total == 2


def test_columns_of_the_same_name_are_told_apart() -> None:
    assert reading.label_columns(["Note", "note", "", "x" * 300]) == [
        "Note",
        "note (2)",
        "Column 3",
        "x" * 80,
    ]


def suggested(header: list[str], *rows: list[str]) -> list[str]:
    columns = [list(column) for column in zip(*rows, strict=True)] or [["x"] for _label in header]
    return list(suggest(header, columns).values())


def test_real_headers_find_their_fields() -> None:
    assert suggested(
        ["Symbol", "Security", "GICS Sector", "GICS Sub-Industry", "Headquarters Location", "Date added", "CIK", "Founded"]
    ) == [
        "custom:Symbol", "name", "industry", "custom:GICS Sub-Industry", "headquarters", "custom:Date added",
        "custom:CIK", "custom:Founded",
    ]  # fmt: skip
    assert suggested(["First Name", "Last Name", "Email", "Phone Number", "Company name", "Job Title"]) == [
        "first_name", "last_name", "email", "contact_phone", "name", "title",
    ]  # fmt: skip
    assert suggested(["Name", "E-Mail", "Company"]) == ["contact_name", "email", "name"]
    assert suggested(["Firma", "Webseite", "Mitarbeiter", "Telefon"]) == [
        "name",
        "domain",
        "employees",
        "phone",
    ]
    assert suggested(["Compnay name", "company_website"]) == ["name", "domain"]


def test_values_give_a_field_away_where_the_header_does_not() -> None:
    assert suggested(["Company", "A", "B"], ["Acme", "ann@acme.example", "Energy"]) == [
        "name",
        "email",
        "industry",
    ]


def test_a_column_without_values_is_left_out() -> None:
    assert suggest(["Company", "Remarks"], [["Acme"], []]) == {"0": "name", "1": ""}


@pytest.mark.parametrize(
    ("text", "industry"),
    [
        ("Information Technology", "technology"), ("health care", "health_care"), ("Oil & Gas", "energy"),
        ("Communication Services", "communication"), ("SaaS", "technology"), ("REAL ESTATE", "real_estate"),
        ("Basket weaving", ""),
    ],
)  # fmt: skip
def test_industries_by_their_usual_names(text: str, industry: str) -> None:
    assert industry_of(text) == industry
