import csv
import io
import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from experiments.carrying import LEFT_OUT, Carried, CarryForm, Carrying
from experiments.search_space import has_control_characters
from experiments.shell import TemplateProblem, normal_template, read_template

TEXTS = ("lr", "optimizer", "learning rate")
NASTY = [
    "$(touch pwned)", "`touch pwned`", "'; touch pwned; '", '"; touch pwned; "', "a\\' b", "\\",
    "a\nb", "-rf", "--x=1", "~", "*", "{a,b}", "A=b", "!!", "#", "if", "&", "a b", "é", "$HOME",
]  # fmt: skip
NAME = st.text(min_size=1, max_size=12).filter(
    lambda name: name.strip() and not has_control_characters(name)
)
# A null character ends the arguments of any program: neither databases nor shells can have one.
VALUE = st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=30
) | st.sampled_from(NASTY)
ANY_VALUE = VALUE | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)


def carrying(values=(), command="", experiment="Booth"):
    is_text = {name: isinstance(value, str) for name, value in dict(values).items()}
    return Carrying(experiment, is_text or dict.fromkeys(TEXTS, True), command)


def one(form, values, command="", number=7):
    return carrying(values, command).one(form, Carried(number, values))


def argv(line: str, shell: str = "bash") -> list[str]:
    """Return the words that a real shell makes of a line."""
    script = f'show() {{ printf "%s\\0" "$@"; }}\nshow {line}\n'
    done = subprocess.run(
        [shell, "-c", script], capture_output=True, check=True, env={"PATH": os.environ["PATH"]}
    )
    assert done.stderr == b""
    return done.stdout.decode().split("\0")[:-1]


def test_flags_have_all_digits_and_read_as_people_type_them():
    values = {"lr": 0.1 + 0.2, "depth": 3, "amsgrad": True, "optimizer": "adam", "tiny": 1e-05}
    assert one(CarryForm.FLAGS, values) == (
        "--lr 0.30000000000000004 --depth 3 --amsgrad true --optimizer adam --tiny 1e-05"
    )


def test_a_value_that_starts_with_a_dash_is_no_flag():
    assert one(CarryForm.FLAGS, {"shift": -0.5, "mode": "-x y"}) == "--shift=-0.5 '--mode=-x y'"


def test_names_that_are_no_flags_are_made_some_and_that_is_said():
    made = {"learning rate": 1, "a=b; rm": 2, "--": 3, "β": 4, "learning-rate": 5}
    assert one(CarryForm.FLAGS, made) == (
        "--learning-rate 1 --a-b-rm 2 --p3 3 '--β' 4 --learning-rate-2 5"
    )
    assert carrying(made).notes(CarryForm.FLAGS)[:2] == [
        "“learning rate” is written as --learning-rate.",
        "“a=b; rm” is written as --a-b-rm.",
    ]
    assert carrying({"lr": 1}).notes(CarryForm.FLAGS) == []


@given(st.dictionaries(NAME, ANY_VALUE, max_size=5))
@example({str(place): value for place, value in enumerate(NASTY)})
@example({"é\u00a0": "\u2028"})
def test_flags_split_into_just_the_values(values):
    words = shlex.split(one(CarryForm.FLAGS, values))
    for value in values.values():
        text = value if isinstance(value, str) else json.dumps(value)
        flag = words.pop(0)
        if text.startswith("-"):
            assert flag.partition("=")[2] == text
        elif isinstance(value, float):
            assert float(words.pop(0)) == value
        else:
            assert words.pop(0) == text
    assert words == []


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_a_real_shell_reads_nothing_but_the_values(shell, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    values = {f"x{place}": value for place, value in enumerate(NASTY)}
    line = one(CarryForm.FLAGS, values)
    expected = [
        word
        for name, value in values.items()
        for word in ([f"--{name}={value}"] if value[0] == "-" else [f"--{name}", value])
    ]
    assert argv(line, shell) == expected
    for value in NASTY:
        command = carrying({"x": value}, "{x} a{x}b --y={x} {{{x}}} {x}>&1")
        words = argv(command.one(CarryForm.COMMAND, Carried(1, {"x": value})), shell)
        assert words == [value, f"a{value}b", f"--y={value}", f"{{{value}}}", value]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_a_real_shell_gets_the_variables(shell):
    values = {f"x{place}": value for place, value in enumerate(NASTY)} | {"x y": 0.5}
    script = one(CarryForm.ENV, values) + "\nenv -0"
    done = subprocess.run(
        [shell, "-c", script], capture_output=True, check=True, env={"PATH": os.environ["PATH"]}
    )
    found = dict(line.split("=", 1) for line in done.stdout.decode().split("\0")[:-1])
    assert {name: found[name.upper()] for name in list(values)[:-1]} == dict(
        list(values.items())[:-1]
    )
    assert found["X_Y"] == "0.5"


def test_variables_that_shells_and_loaders_act_on_are_never_set():
    names = ["path", "ld_preload", "PYTHONPATH", "BASH_ENV", "ifs", "1st", "β", "lr", "LR"]
    written = one(CarryForm.ENV, dict.fromkeys(names, 1)).replace("export ", "").split("\n")
    assert written == [
        "PARAM_PATH=1", "PARAM_LD_PRELOAD=1", "PARAM_PYTHONPATH=1", "PARAM_BASH_ENV=1",
        "PARAM_IFS=1", "_1ST=1", "P7=1", "LR=1", "LR_2=1",
    ]  # fmt: skip
    notes = carrying(dict.fromkeys(names, 1)).notes(CarryForm.ENV)
    assert "“path” is written as PARAM_PATH." in notes
    assert "“lr” is written as LR." not in notes


def test_no_variable_of_bash_itself_can_be_set():
    done = subprocess.run(
        ["bash", "--norc", "-ic", "compgen -v"], capture_output=True, text=True, env={}, check=True
    )
    own = {name for name in done.stdout.split() if re.fullmatch("[A-Z][A-Z0-9_]*", name)}
    assert {"PATH", "RANDOM", "SECONDS", "PS1"} <= own
    written = one(CarryForm.ENV, dict.fromkeys(own, 1))
    assert own & set(re.findall(r"export (\w+)=", written)) == set()


@given(st.dictionaries(NAME, ANY_VALUE, max_size=5))
@example({"y": "no", "null": "1e5", "a": 1e-05, "b": 10**40, "c": "- x", "=1": "=1+1"})
def test_json_and_yaml_load_back_equal(values):
    values = {name: value for name, value in values.items() if not _is_beyond_yaml(value)}
    for form, load in ((CarryForm.JSON, json.loads), (CarryForm.YAML, yaml.safe_load)):
        loaded = load(one(form, values))
        assert loaded == values
        assert [type(value) for value in loaded.values()] == [type(v) for v in values.values()]
    trials = [Carried(3, values), Carried(12, {})]
    expected = [{"trial": 3, "parameters": values}, {"trial": 12, "parameters": {}}]
    many = carrying(values)
    assert json.loads(many.many(CarryForm.JSON, trials)) == expected
    assert yaml.safe_load(many.many(CarryForm.YAML, trials)) == expected
    lines = many.many(CarryForm.LINES, trials).split("\n")
    assert [json.loads(line) for line in lines] == expected


def _is_beyond_yaml(value) -> bool:
    """Say whether a value has what no experiment can have: control characters."""
    return isinstance(value, str) and has_control_characters(value)


def test_csv_has_a_column_a_parameter_and_runs_nothing():
    values = {"lr": 0.1, "=cmd": "=1+1"}
    text = carrying(values).many(CarryForm.CSV, [Carried(0, values), Carried(1, {"lr": -2.0})])
    assert list(csv.reader(io.StringIO(text))) == [
        ["trial", "lr", "'=cmd"], ["0", "0.1", "'=1+1"], ["1", "-2.0", ""],
    ]  # fmt: skip


def test_of_no_trials_there_is_an_empty_list():
    assert json.loads(carrying().many(CarryForm.JSON, [])) == []
    assert yaml.safe_load(carrying().many(CarryForm.YAML, [])) == []
    assert carrying().many(CarryForm.FLAGS, []) == ""


def test_a_template_is_filled():
    values = {"lr": 0.01, "depth": 3, "optimizer": "adam"}
    filled = one(
        CarryForm.COMMAND, values, "python train.py --lr {lr} --depth { depth } -o out/{trial}"
    )
    assert filled == "python train.py --lr 0.01 --depth 3 -o out/7"
    assert one(CarryForm.COMMAND, values, "run {experiment} {optimizer} {flags} {json}") == (
        "run 'Booth' 'adam' --lr 0.01 --depth 3 --optimizer adam "
        """'{"lr": 0.01, "depth": 3, "optimizer": "adam"}'"""
    )
    assert one(CarryForm.COMMAND, {"trial": "mine"}, "run {trial}") == "run 'mine'"
    assert one(CarryForm.COMMAND, values, "awk '{{print $1}}' \"${{HOME}}/x\" $(date +%s)") == (
        "awk '{print $1}' \"${HOME}/x\" $(date +%s)"
    )


def test_a_number_is_not_taken_for_a_file_descriptor():
    assert one(CarryForm.COMMAND, {"n": 2}, "echo {n}>log {n}<in") == "echo 2 >log 2 <in"


def test_several_lines_of_a_template_stay_lines_and_trials_stand_apart():
    command = normal_template("  cd run \r\npython a.py {lr} \r\n\r\n")
    assert command == "cd run\npython a.py {lr}"
    trials = [Carried(1, {"lr": 1}), Carried(2, {"lr": 2})]
    assert carrying({"lr": 1}, command).many(CarryForm.COMMAND, trials) == (
        "cd run\npython a.py 1\n\ncd run\npython a.py 2"
    )
    assert carrying({"lr": 1}, "a {lr}").many(CarryForm.COMMAND, trials) == "a 1\na 2"


def test_a_trial_without_a_value_that_the_template_names_is_refused_and_told():
    about = carrying({"lr": 1, "depth": 2}, "run {lr} {depth}")
    with pytest.raises(TemplateProblem, match="Trial 4 has no value for “depth”"):
        about.one(CarryForm.COMMAND, Carried(4, {"lr": 1}))
    text = about.many(CarryForm.COMMAND, [Carried(3, {"lr": 1, "depth": 2}), Carried(4, {"lr": 1})])
    assert text == f"run 1 2\n# trial 4 {LEFT_OUT}"
    flags = carrying({"lr": 1, "depth": 2}, "run {flags}")
    assert flags.one(CarryForm.COMMAND, Carried(4, {"lr": 1})) == "run --lr 1"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("run {learning rte}", "Do you mean {learning rate}?"),
        ("run {}", "A name goes between { and }"),
        ("run {lr:.3f}", "{lr:.3f} is not known"),
        ("run {lr", "A { stands alone after “run ”"),
        ("run lr}", "A } stands alone"),
        ("run {{lr}", "A } stands alone"),
        ("run '{lr}'", "{lr} stands in quotes"),
        ('run "{optimizer} {lr}"', "{optimizer} stands in quotes"),
        ("run {lr} '{optimizer}'", "{optimizer} stands in quotes"),
        ("run '{lr}", "A ' is never closed"),
        ('run "{lr}', 'A " is never closed'),
        ("echo $'a' {lr}", "$'…' cannot stand"),
        ("run ${lr}", "{lr} comes right after a $"),
        ("run \\{lr}", "{lr} comes right after a backslash"),
        ("run {lr} \\", "The last character is a backslash"),
        ("run `echo {lr}`", "Backticks cannot"),
        ("cat <<EOF\n{lr}\nEOF", "here-document"),
        ("run $(( {lr} + 1 ))", "(( cannot stand"),
        ("(( x = {lr} ))", "(( cannot stand"),
        ("run ${{x:-{lr}}}", "After ${{ comes the name"),
        ('run "$(echo "{lr}")"', "no $(…): write it outside"),
        ("run >&{lr}", "After >& comes a number alone"),
        ("a[{lr}]=1", "{lr} stands in […]"),
        ("run # {lr}", "A comment"),
        ("run # don't\n{lr}", "A comment"),
        ("eval run {lr}", "“eval” reads its words a second time"),
        ("ssh host run {optimizer}", "“ssh” reads"),
        ("/bin/bash -c {lr}", "“bash” reads"),
        ("[[ {lr} -gt 3 ]]", "“[[” reads"),
        ("run \x1b[201~ {lr}", "no control characters"),
        ("run \u202e {lr}", "no control characters"),
        ("x" * 4001, "4,000 characters at most; this one has 4,001"),
    ],
)  # fmt: skip
def test_a_template_in_which_a_value_could_break_out_is_refused(template, said):
    with pytest.raises(TemplateProblem) as problem:
        read_template(template, dict.fromkeys(TEXTS, True))
    assert said in str(problem.value)


def test_numbers_may_stand_where_a_command_is_read_twice():
    assert read_template("ssh host run {n}", {"n": False}).names == ["n"]
    assert read_template("cat <<< {n} | 'ssh' \"a b\" c#{n}", {"n": True}).names == ["n"]


SCRAPS = [
    *"'\"\\`$#(){}[]<>|;&~*?!= \n\tax1", "{x}", "{x}", "{x}", "$(", "${{", "}}", "((", "<<",
    "'{x}'", '"', "${{a}}", "case", "esac", "eval ", "EOF",
]  # fmt: skip


ESCAPES = [
    "$(:>out)", "`:>out`", "';:>out;'", '";:>out;"', "\\';:>out;#", "a[$(:>out)]", "\n:>out\n",
    "x; :>out", "x) :>out", "x}; :>out", "<(:>out)", "'$(:>out)'", "EOF\n:>out\n",
]  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.sampled_from(SCRAPS), max_size=12).map("".join), st.sampled_from(ESCAPES))
@example('"$(case x in a) echo "{x}";; esac)"', "$(:>out)")
@example(">&{x}", "$(:>out)")
@example("x={x}; {x} {x}=1 $({x}) <(: {x})", "$(:>out)")
def test_whatever_template_is_taken_a_real_shell_runs_no_value(template, value):
    command = normal_template(template)
    try:
        names = read_template(command, {"x": True}).names
    except TemplateProblem:
        names = []
    if not names:
        return
    filled = one(CarryForm.COMMAND, {"x": value}, command)
    with TemporaryDirectory() as folder:
        # Without a path there are no programs: only the shell itself could write the file.
        subprocess.run(
            ["/bin/bash", "--norc", "-c", filled], cwd=folder, env={"PATH": "/nowhere"},
            stdin=subprocess.DEVNULL, capture_output=True, timeout=20,
        )  # fmt: skip
        assert not Path(folder, "out").exists()
