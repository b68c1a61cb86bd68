"""Bars: a name that does not fit is cut to what does, and is told in full beside it."""

from web.views.charts import LABEL_WIDTH, SQUARE, Line, Slice, fitting, rows


def test_a_name_that_fits_stays_as_it_is() -> None:
    assert fitting("受理") == "受理"
    assert fitting("First contact", 200) == "First contact"


def test_a_name_that_is_too_long_ends_with_an_ellipsis() -> None:
    name = "云泽市人力资源和社会保障局 热线主管部门"
    label = fitting(name)

    assert label.endswith("…")
    assert name.startswith(label[:-1])
    assert len(label) * SQUARE <= LABEL_WIDTH


def test_a_drawn_row_keeps_its_whole_name() -> None:
    name = "a very long name of a department that nobody can read in a chart"
    (drawn,) = rows([Line(name, [Slice(3, "red", "3")])]).lines

    assert drawn.name == name
    assert drawn.label != name
