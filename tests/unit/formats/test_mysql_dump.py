from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.formats.mysql_dump import DamagedError, Dump
from tests.foreign_servers import quoted

CREATE = """\
CREATE TABLE `alias` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `address` varchar(255) NOT NULL DEFAULT 'a;''\\'b`' COMMENT 'x, y',
  `upper` varchar(255) GENERATED ALWAYS AS (ucase(`address`)) VIRTUAL,
  `goto` text NOT NULL,
  PRIMARY KEY (`id`),
  KEY `address` (`address`)
) ENGINE=InnoDB;
"""
WANTED = {"alias": ("address", "goto")}


def rows(text: str, columns: tuple[str, ...] = ("address", "goto")) -> list[tuple[str | None, ...]]:
    return [tuple(row.values()) for _, row in Dump(text.encode()).rows({"alias": columns})]


def inserted(values: str) -> list[tuple[str | None, ...]]:
    return rows(f"{CREATE}INSERT INTO `alias` VALUES {values};\n")


def test_columns_by_their_names() -> None:
    dump = Dump(CREATE.encode())
    assert list(dump.rows(WANTED)) == []
    assert dump.columns == {"alias": ("id", "address", "upper", "goto")}
    assert inserted("(1,'a','A','b')") == [("a", "b")]
    assert inserted("(1,'a','b')") == [("a", "b")]  # a dump leaves the generated column out
    assert rows("INSERT INTO alias (`goto`, address) VALUES ('b','a');") == [("b", "a")]


def test_many_rows_and_many_lines() -> None:
    assert inserted("(1,'a','b'),(2,'c','d'),\n(3, 'e' , NULL)") == [("a", "b"), ("c", "d"), ("e", None)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"'it''s'", "it's"),
        (r"'it\'s \"x\" \\n \\'", 'it\'s "x" \\n \\'),
        (r"'a\0b\nc\rd\te\Zf\bg'", "a\0b\nc\rd\te\x1af\bg"),
        (r"'50\% \_x \q'", r"50\% \_x q"),
        ("'a),(1,''b'';'", "a),(1,'b';"),
        ("'line\nbreak'", "line\nbreak"),
        ("_utf8mb4'ü😀'", "ü😀"),
        ("_binary 'a'", "a"),
        ("0x61C3BC", "aü"),
        ("x'6162'", "ab"),
        ("-1.5e3", "-1.5e3"),
        ("NULL", None),
        ("''", ""),
    ],
)
def test_values(written: str, meant: str | None) -> None:
    assert inserted(f"(1,'a',{written})") == [("a", meant)]


def test_what_is_no_row_is_passed_over() -> None:
    others = """\
-- a comment; INSERT INTO `alias` VALUES (1,'x','y');
# INSERT INTO `alias` VALUES (1,'x','y');
/*!40101 SET NAMES utf8mb4 */;
/*M!999999\\- enable the sandbox mode */
DROP TABLE IF EXISTS `other`;
INSERT INTO `other` VALUES ('INSERT INTO `alias` VALUES (1,''x'',''y'');', 'a\\';b', "c;d");
INSERT INTO `other` SELECT 1 /* ; */ - 1;
/*!50001 CREATE VIEW `v` AS select `a;b` from `alias` */;
DELIMITER ;;
CREATE TRIGGER t BEFORE INSERT ON alias FOR EACH ROW BEGIN INSERT INTO `alias` VALUES (1,'x','y'); END ;;
DELIMITER ;
"""
    assert rows(f"{others}{CREATE}{others}INSERT INTO `alias` VALUES (1,'a','b');\n{others}") == [("a", "b")]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (
            f"{CREATE}INSERT INTO `alias` VALUES (1,'a','b'),(2,'c",
            9,
            "a value of alias is not a text, a number or NULL",
        ),
        (f"{CREATE}INSERT INTO `alias` VALUES (1,'a','b')", 9, "ends with neither a comma nor a semicolon"),
        (f"{CREATE}INSERT INTO `alias` VALUES (1,'a');", 9, "a row of alias has 2 values for 4 columns"),
        (f"{CREATE}INSERT INTO `alias` VALUES 1;", 9, "a row of alias does not begin with ("),
        (f"{CREATE}INSERT INTO `alias` VALUES (1,'a',sleep(9));", 9, "a value of alias is not a text"),
        ("INSERT INTO `alias` VALUES (1,'a','b');", 1, "rows of alias come before its CREATE TABLE"),
        ("\n\nCREATE TABLE `alias` (\n `x` text,", 3, "this statement does not end"),
        ("hello", 1, "this statement does not end; the dump is cut off or is not a dump"),
        ("\nDELIMITER ;;\nx;;", 2, "no DELIMITER ; ends this"),
    ],
)
def test_a_damaged_dump(text: str, line: int, what: str) -> None:
    with pytest.raises(DamagedError, match=r"^line ") as caught:
        rows(text)
    assert str(caught.value).startswith(f"line {line}: ")
    assert what in str(caught.value)


def test_not_utf_8() -> None:
    text = CREATE.encode() + b"INSERT INTO `alias` VALUES (1,'secret\xff','b');"
    with pytest.raises(DamagedError, match="line 9: a text is not UTF-8"):
        list(Dump(text).rows(WANTED))


def test_a_long_text_takes_no_time() -> None:
    """A pattern that tried its alternatives again and again would not come back."""
    long = "x\\'" * 200_000
    assert len(inserted(f"(1,'{long}','b')")[0][0] or "") == 400_000
    with pytest.raises(DamagedError):
        rows(f"INSERT INTO `other` VALUES ('{long}")
    for hostile in ("/*", "- /*", "'", "`", '"', "--", "(1,", "/*!", "DELIMITER ;;"):
        with pytest.raises(DamagedError):
            rows(hostile * 100_000)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=5))
def test_each_text_comes_back(texts: list[str]) -> None:
    values = ",".join(f"({number},{quoted(text)},{quoted(text)})" for number, text in enumerate(texts))
    assert inserted(values) == [(text, text) for text in texts]


@given(st.binary(max_size=200))
def test_anything_is_read_or_refused(content: bytes) -> None:
    for text in (content, CREATE.encode() + b"INSERT INTO `alias` VALUES (1," + content):
        with suppress(DamagedError):
            list(Dump(text).rows(WANTED))
