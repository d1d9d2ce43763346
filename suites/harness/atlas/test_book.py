"""The atlas: what a run left becomes an entry, entries become a book, the book becomes pages and answers."""

import json

import pytest
from packaging.version import Version

from fixtures.atlas import between, book, content, cut, depths, entries, pages, spans
from fixtures.judging import evidence

RIGHT = {}  # what each row of conftest.py is, until it says otherwise
MASK = {"clause": "sampling.leftovers", "verdict": "waived", "waiver": "mask"}
WRONG = {"clause": "caching.warm", "verdict": "disagrees", "cause": "a <wrong> block", "worst_difference": 0.3}
SAID = "A mask stays.", "https://example.org/1"


@pytest.fixture
def three(entry):
    """A difference that came with the second release and went with the fourth; the third does not start."""
    found = [entry("0.9.0", RIGHT, MASK | {"verdict": "agrees", "waiver": None}), entry("0.10.0.post2", RIGHT, MASK)]
    found.append(entries.not_installed("0.11.0", "first", "no <wheel>"))
    found.append(entry("0.12.0", RIGHT, MASK | {"verdict": "agrees", "waiver": None}, WRONG))
    return book.merged({}, found)


def test_findings_of_one_reason_are_one_group(entry):
    """What differs MUST be kept by clause and reason, with its count, an example and the worst difference."""
    found = entry("0.18.1", RIGHT, MASK, WRONG, WRONG | {"case": "d", "worst_difference": 0.1})
    assert found.clauses["caching.warm"] == {"disagrees": 2}
    assert found.found == (
        entries.Found("caching.warm", "disagrees", "a <wrong> block", None, 2, "c", 0.3),
        entries.Found("sampling.leftovers", "waived", "mask", "mask", 1, "c", 1e-5),
    )
    assert entries.read(json.loads(json.dumps(entries.plain(found)))) == found


def test_a_run_that_compared_nothing_is_no_agreement(tmp_path):
    """An engine that did not start MUST be an entry with its reason, and no clause of it counts."""
    file = tmp_path / "0.12.0.first.json"
    file.write_text(json.dumps(evidence.none_yet("Device string must not be empty")), encoding="utf-8")
    found = entries.of(file, "0.12.0", "first")
    assert (found.verdict, found.error) == (entries.NO_ENGINE, "Device string must not be empty")
    assert not found.measured


@pytest.mark.parametrize(
    ("some", "said"),
    [("abcd", "all 4"), ("ab", "a to b"), ("ac", "a, c"), ("bc", "b to c"), ("cd", "c, d"), ("", "none")],
)
def test_releases_side_by_side_are_one_span(some, said):
    """Only releases that stand side by side MUST be joined: nothing is said of one in between that was not measured."""
    assert spans.words(some, "abcd", ["a", "b", "c", "not measured", "d"]) == said


def test_the_whole_gate_stands_before_a_part_of_it(entry):
    """A shorter, an older or a failed measurement MUST NOT take the place of a better one."""
    gate, later = entry("0.18.1", RIGHT, depth="gate"), entry("0.18.1", MASK, date="2026-12-01")
    assert book.merged({}, [gate, later, entries.not_installed("0.18.1", "gate", "no network")])["0.18.1"] == gate
    assert book.merged({"0.18.1": entry("0.18.1", RIGHT)}, [later])["0.18.1"] == later


def test_a_book_is_read_back(three, tmp_path):
    """What is written MUST be what is read, in the order of versions; another file is refused by name."""
    file = tmp_path / "atlas.json"
    book.write(file, three, list(three))
    assert book.read(file) == three
    assert list(three) == ["0.9.0", "0.10.0", "0.11.0", "0.12.0"]
    file.write_text('{"schema": "another"}')
    with pytest.raises(book.NoBook, match="another"):
        book.read(file)


def test_a_difference_says_when_it_came_and_went(three):
    """The releases that showed a difference, and those that were asked and did not, MUST be named."""
    mask = next(one for one in content.of(three)["differences"] if one.name == "mask")
    assert (mask.seen, mask.absent) == ("0.10.0", "0.9.0, 0.12.0")
    assert (mask.reason, mask.link) == SAID


@pytest.mark.parametrize("page", ["atlas.md", "atlas.html"])
def test_pages_hold_every_release_clause_and_reason(three, page):
    """Nothing of the book MUST be left out, and nothing in it taken for markup."""
    text = pages.filled(page, three)
    for said in ("0.9.0", "0.10.0", "0.12.0", "sampling.top_k", "caching.warm", "A mask stays."):
        assert said in text
    assert "a <wrong> block" not in text.replace("### a <wrong> block", "")
    assert "no <wheel>" not in text
    assert "no &lt;wheel" in text


def test_a_bump_is_answered_from_the_book(three):
    """Of what both were asked, each clause MUST be told with its reason; what fails now is worse."""
    asked = between.named(three, ["sampling."])
    said = list(between.lines(three["0.9.0"], three["0.10.0"], asked))
    assert said == ["  sampling.leftovers  waived: mask (new)", "  sampling.top_k      agrees"]
    assert between.newly_waived(three["0.9.0"], three["0.10.0"], asked) == ["mask"]
    back = list(between.lines(three["0.10.0"], three["0.9.0"], asked))
    assert back[0] == "  sampling.leftovers  agrees; gone: waived: mask"
    assert not between.worse(three["0.9.0"], three["0.10.0"], asked)
    failing = (
        three["0.9.0"],
        entries.read(entries.plain(three["0.12.0"]) | {"clauses": {"sampling.top_k": {"not run": 1}}}),
    )
    assert between.worse(*failing, asked)
    with pytest.raises(between.Unasked, match=r"not both asked any of: caching.warm"):
        between.worse(three["0.9.0"], three["0.12.0"], between.named(three, ["caching."]))
    with pytest.raises(between.Unasked, match=r"cachng.: no clause begins so; they begin with caching., sampling."):
        between.named(three, ["cachng."])
    with pytest.raises(between.Unasked, match=r"warm: no clause begins so; say caching.warm"):
        between.named(three, ["warm"])
    near = r"not measured: 0.9.1, 0.13.0 \(0.9.1 lies between 0.9.0 and 0.10.0; 0.13.0 lies between 0.12.0 and none"
    with pytest.raises(between.Unasked, match=near):
        between.both("0.9.1", "0.13.0", three, ["0.9.1", "0.13.0"])
    assert list(between.lines(three["0.9.0"], three["0.12.0"], ["caching.warm"])) == [
        "  not asked of both, so nothing is said of them: caching.warm"
    ]


def test_what_is_new_beside_what_was_there_is_told(entry):
    """A new reason MUST be told, and fail, where the clause has others that are as bad already."""
    no_gpu, stays = {"verdict": "not run", "reason": "no GPU", "waiver": "no-gpu"}, MASK | {"waiver": "nan-stays"}
    one, two = (f | {"clause": "weights.update"} for f in (no_gpu, stays))
    before, after = entry("0.18.1", one), entry("0.25.1", one, two)
    assert list(between.lines(before, after, ["weights.update"])) == [
        "  weights.update  not run: no-gpu; waived: nan-stays (new)"
    ]
    assert not between.worse(before, after, ["weights.update"])
    assert between.worse(before, entry("0.26.0", one, WRONG | {"clause": "weights.update"}), ["weights.update"])


def test_a_changed_default_is_told_by_device(entry):
    """A default MUST be told with its values, by device; a setting that came or went has no other value.

    So MUST a GPU's model runner where it is not the one that was measured.
    """
    before, after = (
        entries.read(entries.plain(entry(release, RIGHT)) | {"defaults": {"cuda": settings}})
        for release, settings in {
            "0.24.0": {"runner.v2": False, "gone": 1},
            "0.25.0": {"runner.v2": True, "new": 2},
        }.items()
    )
    found = content.of({one.release: one for one in (before, after)})["defaults"]["cuda"]
    assert found == [("runner.v2", [("False", "0.24.0"), ("True", "0.25.0")])]
    assert list(between.lines(before, after, [])) == [
        "  on a GPU 0.25.0 runs another model runner than these lines (docs/gpu.md)",
        "  defaults of a bare engine (cuda) that changed: 1",
        "    runner.v2: False -> True",
    ]


def test_teams_releases_are_asked_all():
    """A release that teams pin and the newest one MUST be asked the whole gate, others what a number means."""
    listed = [Version("0.40.0"), Version("0.18.1"), Version("0.9.2.post2")]
    assert [depths.depth(one, listed) for one in listed] == ["gate", "gate", "first"]
    assert depths.paths("gate") == []


def test_the_readme_has_the_books_table(three, tmp_path):
    """Each kind of release MUST be one row, the newest first; it is put in place of the old table, and nothing else."""
    assert list(cut.rows(three)) == [
        "| 0.12.0 | first | does not conform | disagrees: a <wrong> block |",
        "| 0.11.0 | - | not installed | no <wheel> |",
        "| 0.10.0 | first | conforms in that | waived: mask |",
        "| 0.9.0 | first | conforms in that | - |",
    ]
    page = tmp_path / "README.md"
    page.write_text("before\n\n" + "\n".join(cut.HEAD) + "\n| old |\n\nafter\n\nmore\n", encoding="utf-8")
    cut.into(page, three)
    assert page.read_text() == "\n".join(["before", "", *cut.HEAD, *cut.rows(three), "", "after", "", "more", ""])
    page.write_text("no table")
    with pytest.raises(cut.NoTable, match="begins with"):
        cut.into(page, three)


def test_many_differences_are_left_to_the_atlas(entry):
    """Releases that are waived more than three things MUST be one row, whichever these are."""
    waived = [[MASK | {"waiver": f"{w}{i}", "case": f"{i}"} for i in range(4)] for w in "ab"]
    book = {"0.30.0": entry("0.30.0", RIGHT, MASK | {"verdict": "agrees", "waiver": None})}
    book |= {name: entry(name, RIGHT, *four) for name, four in zip(("0.31.0", "0.32.0"), waived, strict=True)}
    row, _ = cut.rows(book)
    assert row == f"| 0.31.0 to 0.32.0 | first | conforms in that | waived: {cut.MANY} |"


def test_a_clause_that_not_all_were_asked_yet_parts_no_rows(entry):
    """Two releases that show the same in what both were asked MUST be one row; what fails is told all the same."""
    newer = MASK | {"clause": "sampling.swapped_rows", "case": "new"}
    alike = {name: entry(name, RIGHT, *more) for name, more in (("0.19.0", ()), ("0.20.0", (newer,)))}
    assert list(cut.rows(alike)) == ["| 0.19.0 to 0.20.0 | first | conforms in that | - |"]
    apart = alike | {"0.19.1": entry("0.19.1", RIGHT, WRONG)}
    order = {name: apart[name] for name in sorted(apart)}
    assert "| 0.19.0, 0.20.0 | first | conforms in that | - |" in list(cut.rows(order))
    wrong = alike | {"0.20.0": entry("0.20.0", RIGHT, WRONG)}
    assert "| 0.20.0 | first | does not conform | disagrees: a <wrong> block |" in list(cut.rows(wrong))
