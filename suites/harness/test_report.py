"""--report: a page that says verdict, cause and remedy first, made of the evidence alone."""

import json
import re
from html.parser import HTMLParser

import pytest
from jsonschema import Draft202012Validator

from fixtures.judging import evidence
from fixtures.reports.page import content, writing

MODE = "--engine-setting=logprobs_mode=raw_logprobs"
SUITES = ("suites/logprobs/test_processed.py", "suites/sampling/test_parameters.py")
SWITCH = "set logprobs_mode=processed_logprobs"
CODE = "<script>alert(1)</script>"
ORDER = ("verdict", "remedy", "causes", "not-asked", "clauses", "disagreements", "waivers", "differences", "time")


def _page(found):
    return writing.filled("index.html", content.of(found))


def test_report_is_four_files_and_a_badge(gate, tmp_path):
    """--report MUST make its folder and leave page, summary, badge, junit.xml, and evidence as --evidence writes it."""
    folder, file = tmp_path / "new" / "report", tmp_path / "evidence.json"
    assert gate(MODE, f"--report={folder}", f"--evidence={file}", suites=SUITES).code == 1
    names = {"index.html", "summary.md", "evidence.json", "junit.xml", "badge.svg"}
    assert {p.name for p in folder.iterdir()} == names
    assert (folder / "evidence.json").read_text() == file.read_text()
    Draft202012Validator(json.loads(evidence.SCHEMA_FILE.read_text())).validate(json.loads(file.read_text()))
    assert 'failures="0"' not in (folder / "junit.xml").read_text()
    for name in ("index.html", "summary.md"):
        said = (folder / name).read_text().replace("\\", "")
        assert "toy 1.0 does not conform" in said
        assert "raw logprobs instead of processed ones" in said
        assert SWITCH in said


def test_junit_stays_where_it_was_asked_for(gate, tmp_path):
    """With --junit-xml pytest's file MUST lie where that says, and not in the report's folder too."""
    gate(f"--report={tmp_path / 'r'}", f"--junit-xml={tmp_path / 'own.xml'}", "-k", "neutral", suites=SUITES)
    assert (tmp_path / "own.xml").exists()
    assert not (tmp_path / "r" / "junit.xml").exists()


def test_workers_give_one_verdict_and_one_report(gate, tmp_path):
    """With several workers evidence and page MUST have the rows of all of them, each once."""
    gate(f"--report={tmp_path / 'one'}", suites=SUITES)
    done = gate(f"--report={tmp_path / 'two'}", "-n2", "-p", "xdist.plugin", suites=SUITES)  # of each worker too
    assert done.code == 0, done.output
    one, two = (evidence.read(tmp_path / name / "evidence.json") for name in ("one", "two"))
    assert one["totals"] == two["totals"]
    assert sorted(r["case"] for r in one["cases"]) == sorted(r["case"] for r in two["cases"])
    assert f"None of {len(two['cases'])} findings disagrees" in (tmp_path / "two" / "index.html").read_text()


def test_report_is_refused_at_the_start(gate, tmp_path):
    """A folder that is a file, lies in a file, or holds another page MUST be refused in a sentence, and left as it was.

    An earlier verdict of --evidence MUST NOT stand then either.
    """
    (tmp_path / "file").write_text("keep me")
    other = tmp_path / "site"
    other.mkdir()
    (other / "index.html").write_text("keep me")
    file = tmp_path / "evidence.json"
    for folder in (tmp_path / "file", tmp_path / "file" / "below", other):
        file.write_text(json.dumps({"schema": evidence.SCHEMA, "verdict": "pass"}))
        done = gate(f"--report={folder}", f"--evidence={file}")
        assert done.code == 4
        assert f"--report={folder} cannot be written" in done.output
        assert json.loads(file.read_text())["verdict"] == "error"
    assert (tmp_path / "file").read_text() == (other / "index.html").read_text() == "keep me"


def test_earlier_page_does_not_stand(gate, tmp_path):
    """A run that was refused, chose nothing or whose engine died MUST NOT leave an earlier run's page or junit.xml."""
    gate(f"--report={tmp_path}", "-k", "neutral")
    assert "conforms" in (tmp_path / "index.html").read_text()
    assert gate(f"--report={tmp_path}", "--profile=nonsense").code == 4
    said = (tmp_path / "index.html").read_text()
    assert "no verdict on the engine" in said
    assert "--profile=nonsense: unknown" in said
    assert "no verdict" in (tmp_path / "badge.svg").read_text()
    assert not (tmp_path / "junit.xml").exists()
    assert gate(f"--report={tmp_path}", "-k", "nothing_is_called_so").code == 5
    assert "asked no engine" in (tmp_path / "index.html").read_text()
    gate(f"--report={tmp_path}", '--engine-setting=faults=["dies"]')
    said = (tmp_path / "index.html").read_text()
    assert re.search(r"<p>engine toy died[^\n]*</p>", said)  # its log stands below what to do
    assert said.index('id="remedy"') < said.index("<pre")


def test_order_is_what_a_person_asks(failed):
    """Verdict, remedy and causes MUST come first, then what was not asked, clauses, disagreements and the rest."""
    page = _page(failed)
    places = [page.index(f'id="{name}"') for name in ORDER]
    assert places == sorted(places)
    row = next(r for r in failed["cases"] if r["verdict"] == "disagrees")
    for said in (row["message"].splitlines()[1], f"pytest &#39;{row['test']}&#39;", "--engine-setting logprobs_mode"):
        assert said in page, said


def test_text_of_an_engine_stays_text(failed):
    """Markup in a message, a reason, a cause, a version or a waiver MUST be shown and never be read as such."""
    for row in failed["cases"]:
        row |= {"reason": CODE, "message": CODE, "cause": CODE, "remedy": CODE, "case": CODE, "waiver": CODE}
    failed["engine"] |= {"version": CODE, "versions": {CODE: CODE}}
    failed["waivers"]["used"] = {CODE: {"reason": CODE, "link": "javascript:alert(1)", "until": CODE}}
    for name in ("index.html", "badge.svg", "summary.md"):
        made = writing.filled(name, content.of(failed))
        assert not re.search(r"(?<!\\)<script", made), name
        assert "alert(1)" in made.replace("\\", "")
        assert 'href="javascript' not in made


def test_pipes_and_lines_keep_a_table_of_the_summary():
    """Text in summary.md MUST NOT end its cell or its line."""
    assert writing.plain("a|b\nc `d` [e](f)") == "a\\|b c \\`d\\` \\[e\\](f)"


class _Read(HTMLParser):
    """What a page would load or run, its drawings without a name, its table heads without a scope."""

    def __init__(self):
        super().__init__()
        self.faults, self.count = [], {"svg": 0, "th": 0}

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        loads = "src" in given or (tag == "link" and given["href"] != "data:,")
        if loads or tag in ("script", "iframe", "object", "embed"):
            self.faults.append(f"loads: {tag} {given}")
        if tag == "svg" and not (given.get("aria-label") and given.get("role") == "img"):
            self.faults.append("svg without a name")
        if tag == "th" and "scope" not in given:
            self.faults.append("th without scope")
        if tag in self.count:
            self.count[tag] += 1


def _read(page):
    read = _Read()
    read.feed(page)
    return read


def test_page_loads_nothing_and_can_be_read_aloud(failed):
    """The page MUST load nothing and run nothing; drawings have a name, heads of tables a scope."""
    read = _read(_page(failed))
    assert not read.faults
    assert min(read.count.values()) > 0
    for planted in ("<svg></svg>", "<th>x</th>", "<img src='http://x'>", "<script></script>"):
        assert _read(planted).faults, planted


def test_hundreds_of_one_cause_are_one_in_full(failed):
    """Of hundreds of disagreements of one cause one MUST be open, all others below a line that says how many."""
    rows = [r for r in failed["cases"] if r["verdict"] == "disagrees" and SWITCH in (r["remedy"] or "")]
    failed["cases"] = (rows * 300)[:300]
    page = _page(failed)
    assert "299 findings more of this cause" in page
    assert page[: page.index("299 findings more")].count("<pre") == 1
    assert page.count("<pre") == 300


def test_positions_of_a_failure_are_drawn(failed):
    """A failing row MUST have a bar for each position that was compared, each with its difference and allowance."""
    row = next(r for r in failed["cases"] if r["by_position"])
    assert len(row["by_position"]["position"]) == row["positions"]
    worst = max(d / a for d, a in zip(row["by_position"]["difference"], row["by_position"]["allowed"], strict=True))
    assert worst == pytest.approx(row["worst_difference"] / row["allowed"])
    assert content.plots.positions(row["by_position"]).count("<rect") == row["positions"]
    infinite = {"position": [0, 1], "difference": [None, 1e-6], "allowed": [1e-4, 1e-4]}
    assert "position 0: infinite" in content.plots.positions(infinite)


def test_what_is_no_number_is_drawn_too(failed):
    """A statistic and a metric that are no number, and a clause without a difference, MUST leave a page."""
    lost = {"name": "rms", "estimate": None, "low": None, "high": None, "least": None, "most": 1.25, "detects": None}
    row = failed["cases"][0] | {"clause": "precision.noise", "statistic": lost, "worst_difference": None}
    metrics = {"over_tokens": {}, "exactly": {}, "ratio": None}
    table = [metrics | {"row": name} for name in ("the trainer itself", "all four fixes")]
    failed |= {"cases": [row], "trainer": [table]}
    page = _page(failed)
    assert 'id="noise"' in page
    assert "no number" in page
