"""Functions under the names that Python gives them, with their time."""

from accuracy.measuring import all_near, within

POINTS = 3


def test_functions_of_every_kind(measure):
    m = measure("names.py")
    found = m.profile.functions("names.py")
    # A wrapper runs under its own name, as co_qualname has it.
    assert "decorate.<locals>.wrapper" in found or found["decorated"] > 0
    true = m.truth["seconds"]
    all_near({name: found.get(name, 0.0) for name in true}, true, POINTS, m.profile.count())


def test_comprehensions_and_lambdas(measure, python):
    m = measure("comprehensions.py")
    found = {tag: sum(cost.values()) for tag, cost in m.tagged().items()}
    all_near(found, m.truth["seconds"], POINTS, m.profile.count())
    names = m.profile.functions("comprehensions.py")
    assert any(name.endswith("<genexpr>") for name in names), names
    if python.minor == (3, 11):  # inlined since 3.12 (PEP 709)
        assert "<listcomp>" in names and "<dictcomp>" in names


def test_tasks(measure):
    m = measure("asyncio_tasks.py")
    by_caller = {"light": 0.0, "heavy": 0.0}
    for sample in m.profile.samples():
        names = {frame.function for frame in sample.stack}
        for name in by_caller:
            if name in names and sample.kind in ("python", "native", "system"):
                by_caller[name] += sample.seconds
    all_near(by_caller, m.truth["seconds"], POINTS, m.profile.count())


def test_subinterpreters(measure, python):
    """Before 3.13 a thread in a foreign interpreter has at most the call into it:
    that interpreter's state bears another thread's number."""
    m = measure("subinterpreter.py", options=["--profile-all"])
    seconds = sum(
        sample.seconds
        for sample in m.profile.samples()
        if sample.kind == "python" and "inside" in {frame.function for frame in sample.stack}
    )
    true = m.truth["seconds"]["inside"]
    if python.minor >= (3, 13):
        within(seconds, true, 0.1)
    else:
        assert seconds <= 1.1 * true
