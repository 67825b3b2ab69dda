"""Archives are read strictly: what is wrong is told with its place, and nothing else happens."""

import base64
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.archiving import contents
from experiments.archiving.archive import NotAnArchive
from experiments.archiving.reader import read_archive
from tests.whole_text import TEXT, edited, mangled


def problems(text) -> list[str]:
    with pytest.raises(NotAnArchive) as caught:
        read_archive(text)
    found = caught.value.problems
    assert found
    assert all(isinstance(each, str) and each.strip() for each in found)
    return found


def test_what_was_written_once_is_read():
    archive = read_archive(TEXT)
    assert archive.draft.name == "Full of it"
    assert [trial.number for trial in archive.trials] == list(range(8))
    assert [trial.number for trial in archive.trials if trial.deleted_at] == [4]
    assert archive.former_parameters == ("p4",)
    assert archive.people == {"ada", "bob"}
    assert len(archive.history) == archive.revision == 29
    plot, log = archive.files
    assert plot.content.decoded().startswith(b"\x89PNG")
    assert log.content.decoded() == b"line\n" * 40
    assert archive.elsewhere["e1"].name == "Source"


def test_how_it_is_laid_out_does_not_matter():
    document = json.loads(TEXT)
    archive = read_archive(TEXT)
    for other in (
        json.dumps(document),
        json.dumps(document, indent=1).replace("\n", "\r\n"),
        json.dumps(document, sort_keys=True).replace("/", "\\/"),
        "\ufeff" + TEXT,
    ):
        read = read_archive(other)
        assert read.history == archive.history
        assert read.trials == archive.trials
        assert read.conclusions == archive.conclusions
        assert [f.content.decoded() for f in read.files] == [
            f.content.decoded() for f in archive.files
        ]


WRONG = [
    (("format",), "axdash-experiment/3", "newer"),
    (("identity",), "1", "identity: “1” is no identity"),
    (("status",), "gone", "status: “gone” is none of"),
    (("notes",), "\ud800", "half characters"),
    (("notes",), "a\x00", "NUL"),
    (("definition", "name"), "\ud800", "half characters"),
    (("definition", "description"), "\x00", "definition.description: the text has a NUL"),
    (("definition", "parameters"), [], "definition: "),
    (("definition", "parameters", 0, "key"), "p12", "definition.parameters[0].key: it should be"),
    (("trials", 1, "number"), 0, "trials[1].number: trial 0 is there twice"),
    (("trials", 0, "number"), 2**40, "trials[0].number"),
    (("trials", 0, "number"), True, "trials[0].number"),
    (("trials", 0, "created_at"), "2026-01-01", "trials[0].created_at"),
    (("trials", 0, "created_at"), None, "trials[0].created_at: it is missing"),
    (("trials", 0, "parameters", "x"), "1", "trials[0].parameters.x: 1 is no number"),
    (("trials", 0, "parameters", "y"), 1, "trials[0].parameters.y: there is no such parameter"),
    (("trials", 0, "former"), {"parameters": {"q": 1}}, "trials[0].former.parameters.q: “q” is no"),
    (("trials", 0, "results", "loss"), {"mean": 10**400}, "trials[0].results.loss.mean"),
    (("trials", 0, "results", "loss", "sem"), -1, "trials[0].results.loss.sem: -1 is negative"),
    (("trials", 0, "results", "gain"), {"mean": 1}, "there is no such metric"),
    (("trials", 0, "curves", "loss"), [[1, 2, 0], [1, 3, 0]], "a step is there twice"),
    (("trials", 0, "links"), [["javascript:alert(1)", "x"]], "trials[0].links[0]: a link starts"),
    (("trials", 0, "more"), 1, "trials[0].more: it is not known"),
    (("trials", 5, "copied_from", "experiment"), "e9", "“e9” is not among “elsewhere”"),
    (("trials", 0, "suggestion", "node"), "magic", "trials[0].suggestion.node: “magic” is none"),
    (("trials", 1, "suggestion", "outlook", "limits", "m2"), ["at_most"], "outlook.limits.m2"),
    (("trials", 0), 7, "trials[0]: a trial is an object"),
    (("trials",), {}, "trials"),
    (("trial_count",), 1, "trial_count: 1 is too few"),
    (("choice", "trial"), 4, "choice.trial: there is no trial 4"),
    (("model_revision",), 99, "model_revision: it is above 29"),
    (("conclusions", 0, "revision"), 30, "conclusions[0].revision: it is above 29"),
    (("choice", "revision"), 30, "choice.revision: it is above 29"),
    (("history", 3, "by"), "bob\u202e", "history[3].by: a user name has no characters"),
    (("import_uses",), {"x": "metric:z"}, "import_uses.x: “z” is no key"),
    (("learns_from", 0, "without"), [1, 1], "learns_from[0].without: a number is there twice"),
    (("history", 0, "kind"), "hacked", "history[0].kind: “hacked” is none of"),
    (("history", 1, "revision"), 1, "history[1].revision: 1 is there twice"),
    (("history", 1, "revision"), 99, "history[1].revision: 99 does not lie"),
    (("history", 0, "after", "definition", "parameters", 0, "bounds"), [], "history[0].after.defi"),
    (("history", 0, "after", "definition", "parameters", 0, "key"), "x", "history[0].after.defin"),
    (("history", 1, "trials"), [7], "history[1]: its states are not those of its trials"),
    (("history", 1, "after", "states", "0", "parameters", "p1"), {}, "states.0.parameters.p1"),
    (("history", 7, "after", "states", "0", "results", "m1", "mean"), 10**400, "results.m1.mean"),
    (("history", 7, "before", "states", "0"), {"status": "running"}, "it has other fields than"),
    (("history", 15, "after", "states", "0", "files"), [3], "there is no file 3 of this trial"),
    (("history", 23, "after", "row"), 7, "history[23].after.row: 7 is not among"),
    (("history", 24, "after"), {"trial": 0}, "history[24].after: a choice has a trial"),
    (("history", 26, "after"), {}, "history[26].after.name: it is missing"),
    (("history", 3, "before"), [], "history[3].before"),
    (("history", 3), [], "history[3]: a change is an object"),
    (("history", 3, "by"), "a" * 151, "history[3].by: the text is longer"),
    (("conclusions", 0, "document", "version"), 2, "conclusions[0].document.version"),
    (("conclusions", 0, "document", "goals"), [1], "conclusions[0].document.goals[0]"),
    (("conclusions", 0, "document", "progress", 0, "data", 0, "type"), "iframe", "data[0].type"),
    (("conclusions", 0, "document", "progress", 0, "layout", "images"), [], "has no pictures"),
    (("files", 0, "content"), "*" * 200, "files[0].content: the content is not in base64"),
    (("files", 0, "content"), "A" * 201, "files[0].content: the content is not in base64"),
    (("files", 0, "content"), "", "files[0].content: it is empty"),
    (("files", 1, "content"), 0, "files[1].content: 0 is no text in base64"),
    (("files", 0, "trial"), 99, "files[0].trial: there is no trial 99"),
    (("files", 1, "id"), 1, "files[1].id: file 1 is there twice"),
    (("notes",), {"content": "A" * 200}, "notes"),
    (("elsewhere", "e1", "identity"), 7, "elsewhere.e1.identity: 7 is no text"),
]


@pytest.mark.parametrize(("path", "value", "expected"), WRONG)
def test_what_is_wrong_is_told_with_its_place(path, value, expected):
    found = problems(edited(TEXT, *path, value=value))
    assert any(expected in each for each in found), found


def test_what_is_no_archive_at_all_is_told():
    for bad in ("", "[" * 100_000, "{}", '{"a": 1, "a": 2}', "[NaN]", "7" * 10_000, "{", "[]"):
        problems(bad)
    deep = '{"a":' * 900 + "1" + "}" * 900
    for place in (("notes",), ("conclusions", 0, "document", "definition"), ("definition",)):
        problems(edited(TEXT, *place, value=json.loads(deep)))
    problems(b"\xff\xfe{}")
    problems(TEXT.encode("utf-16"))


def test_files_have_the_limits_of_uploads(monkeypatch):
    document = json.loads(TEXT)
    large = base64.b64encode(bytes(5_000_001)).decode()
    found = problems(edited(TEXT, "files", 0, "content", value=large))
    assert "files[0].content: it has more than 5 MB." in found
    file = document["files"][0]
    many = [file | {"id": n} for n in range(1, 23)]
    found = problems(edited(TEXT, "files", value=many))
    assert any("trial 0 has more than 20 files" in each for each in found)
    monkeypatch.setattr(contents, "MOST_TEXT", 10_000)
    assert problems(TEXT) == ["Beside the files of trials, this has more than 0 MB of text."]


def test_the_contents_of_files_are_no_text_to_be_parsed():
    large = base64.b64encode(random.Random(1).randbytes(3_000_000)).decode()
    text = edited(TEXT, "files", 0, "content", value=large)
    found = contents.parse(text.encode())
    assert len(found.contents[0]) == len(large)
    assert len(json.dumps(found.value)) < 100_000
    assert base64.b64encode(read_archive(text).files[0].content.decoded()).decode() == large


def refusal_of(source) -> list[str] | None:
    """What is wrong with a source; ``None`` if it is read."""
    try:
        read_archive(source)
    except NotAnArchive as refusal:
        return refusal.problems
    return None


@given(st.data())
def test_mangled_archives_are_read_or_refused_in_words(data):
    told = refusal_of(mangled(TEXT, data))
    assert told is None or (told and all(each.strip() for each in told))


@given(st.data())
def test_mangled_bytes_are_read_or_refused_in_words(data):
    source = bytearray(TEXT.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(source) - 1))
        if data.draw(st.booleans()):
            source[place] = data.draw(st.integers(0, 255))
        else:
            del source[place : place + data.draw(st.integers(1, 2_000))]
    told = refusal_of(bytes(source))
    assert told is None or (told and all(each.strip() for each in told))
