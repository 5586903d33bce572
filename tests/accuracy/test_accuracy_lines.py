"""CPU time on the line and the function that spent it."""

from accuracy.measuring import all_near, near, shares

POINTS = 3


def line_seconds(measurement):
    return {tag: sum(cost.values()) for tag, cost in measurement.tagged().items()}


def test_lines_of_one_loop(measure):
    m = measure("lines_1248.py")
    all_near(line_seconds(m), {"1": 1, "2": 2, "4": 4, "8": 8}, POINTS, m.profile.count())


def test_lines_far_below_a_microsecond(measure):
    m = measure("lines_short.py")
    all_near(line_seconds(m), {"1": 1, "2": 2}, POINTS, m.profile.count())


def test_inlined_and_called(measure):
    m = measure("inlined_called.py")
    all_near(line_seconds(m), m.truth["seconds"], POINTS, m.profile.count())


def test_small_calls(measure):
    """The caller's lines and the callee's make up the calls; the rest is inlined."""
    m = measure("calls_small.py")
    found = line_seconds(m)
    found["calling"] += found.pop("small")
    all_near(found, m.truth["seconds"], POINTS, m.profile.count())


def test_a_branch_taken_seldom(measure):
    m = measure("uneven_loop.py")
    functions = m.profile.functions("uneven_loop.py")
    found = {name: functions[name] for name in ("often", "seldom")}
    all_near(found, {"often": 1, "seldom": 1}, POINTS, m.profile.count())


def test_library_time_goes_to_the_caller_s_line(measure):
    m = measure("library_between.py")
    all_near(line_seconds(m), m.truth["seconds"], POINTS, m.profile.count())
    gzip = m.tagged()["gzip"]
    near(gzip["python"] / sum(gzip.values()), 0, 5, m.profile.count())


def test_hottest_expression_of_a_line(measure, python):
    m = measure("expressions.py")
    lines = m.profile.file("expressions.py")["lines"]
    line = next(line for line in lines if line["line"].rstrip().endswith("# @line"))
    text = line["line"]
    hot = text[line["column"] - 1 : line["end_column"] - 1]
    assert hot == "sorted(data)", (hot, line)
    assert line["expression_share"] > 0.8


def test_recursion_counts_once(measure):
    m = measure("recursion.py")
    functions = m.profile.file("recursion.py")["functions"]
    down = next(f for f in functions if f["line"] == "down")["total"]
    whole = sum(m.profile.cpu().values())
    total = sum(down[f"cpu_{kind}_s"] for kind in ("python", "native", "system"))
    assert total <= whole * 1.001
    near(total / whole, m.truth["seconds"]["down"] / whole, POINTS, m.profile.count())


def test_shares_are_normalised():
    assert shares({"a": 1, "b": 3}) == {"a": 0.25, "b": 0.75}
