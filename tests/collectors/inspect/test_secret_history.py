"""Repositories: everything in them is read, the first place is the first, and what is missing is said."""

import shutil
from pathlib import Path

import pytest

from collectors.inspect.secret_place import RepositorySeen
from collectors.inspect.secret_sources import history
from tests.collectors.inspect.secret_maker import (
    Maker,
    commit,
    everything,
    expected,
    git,
    hashes,
    look,
    places,
    refused,
    start,
)


def seen(path: Path, cache: Path) -> list[RepositorySeen]:
    return [each for each in everything(path, cache) if isinstance(each, RepositorySeen)]


def test_a_deleted_file_is_found_in_its_oldest_commit(repository: Path, cache: Path) -> None:
    make = Maker(7)
    first = commit(repository, ".env", f"HF_TOKEN={make.huggingface()}\n")
    commit(repository, ".env", f"HF_TOKEN={make.made[0]}\nOTHER=1\n")
    git(repository, "rm", "-q", ".env")
    git(repository, "commit", "-qm", "gone")
    (found,) = look(repository, cache)
    assert (found.commit, found.line, found.provider) == (first, 1, "huggingface")
    assert found.path.endswith("repository/.env")
    assert found.places == 2
    assert found.repository == str(repository)


def test_an_ancestor_comes_first_whatever_its_clock_says(repository: Path, cache: Path) -> None:
    make = Maker(30)
    secret = make.openai()
    first = commit(repository, "a.py", f"key = '{secret}'\n", date="2038-01-01T00:00:00Z")
    commit(repository, "b.py", f"other = '{secret}'\n", date="2001-01-01T00:00:00Z")
    (found,) = look(repository, cache)
    assert (found.commit, found.path) == (first, f"{repository}/a.py")


def test_of_two_branches_the_earlier_comes_first(repository: Path, cache: Path) -> None:
    make = Maker(31)
    secret = make.openai()
    commit(repository, "base", "x", date="2020-01-01T00:00:00Z")
    git(repository, "checkout", "-qb", "late")
    commit(repository, "a.py", f"key = '{secret}'\n", date="2022-01-01T00:00:00Z")
    git(repository, "checkout", "-qb", "early", "main")
    first = commit(repository, "z.py", f"key = '{secret}' # x\n", date="2021-01-01T00:00:00Z")
    (found,) = look(repository, cache)
    assert found.commit == first
    assert found.path.endswith("/z.py")


def test_messages_tags_notes_stashes_and_what_nothing_reaches(repository: Path, cache: Path) -> None:
    make = Maker(32)
    commit(repository, "a", "x", message=f"use {make.openai()}")
    git(repository, "tag", "-a", "v1", "-m", f"with {make.github()}")
    git(repository, "notes", "add", "-m", f"note {make.anthropic()}")
    for number in range(2):
        (repository / "a").write_text(f"{number} key = '{make.huggingface()}'\n")
        git(repository, "stash")
    (repository / "a").write_text(f"key = '{make.groq()}'\n")
    git(repository, "stash")
    git(repository, "stash", "drop")
    (repository / "a").write_text(f"key = '{make.replicate()}'\n")
    git(repository, "add", "a")
    git(repository, "reset", "-q", "--hard")
    commit(repository, "lost", f"key = '{make.slack()}'\n")
    git(repository, "reset", "-q", "--hard", "HEAD~1")
    assert hashes(look(repository, cache)) == expected(make.made)


def test_a_secret_that_only_a_merge_brings_is_found(repository: Path, cache: Path) -> None:
    make = Maker(33)
    commit(repository, "a", "x")
    git(repository, "checkout", "-qb", "other")
    commit(repository, "b", "y")
    git(repository, "checkout", "-q", "main")
    commit(repository, "c", "z")
    git(repository, "merge", "-q", "--no-commit", "other")
    merged = commit(repository, "b", f"key = '{make.openai()}'\n")
    git(repository, "rm", "-q", "b")
    git(repository, "commit", "-qm", "gone")
    (found,) = look(repository, cache)
    assert (hashes([found]), found.commit) == (expected(make.made), merged)


def test_addresses_with_passwords_in_the_settings_of_git(repository: Path, cache: Path) -> None:
    make = Maker(34)
    commit(repository, "a", "x")
    git(repository, "remote", "add", "origin", f"https://bob:{make.password()}@git.clinic.test/x.git")
    modules = f'[submodule "m"]\n\tpath = m\n\turl = https://oauth2:{make.password()}@git.clinic.test/m.git\n'
    commit(repository, ".gitmodules", modules)
    found = look(repository, cache)
    assert hashes(found) == expected(make.made)
    assert {each.path.removeprefix(str(repository)) for each in found} == {"/.git/config", "/.gitmodules"}
    (about,) = seen(repository, cache)
    assert about.url == "https://git.clinic.test/x.git"


def test_a_repository_is_told_before_its_secrets(repository: Path, cache: Path) -> None:
    make = Maker(35)
    commit(repository, "b", "x")
    head = commit(repository, "a.py", f"key = '{make.openai()}'\n")
    first, second = everything(repository, cache)
    assert first == RepositorySeen(str(repository), "", None, None, 2, head)
    assert [second] == places([second])


def test_repositories_in_a_folder_are_read_with_their_history(tmp_path: Path, cache: Path) -> None:
    make = Maker(36)
    for name in ("one", "deep/er/two"):
        folder = start(tmp_path / "all" / name)
        commit(folder, "a.py", f"key = '{make.openai()}'\n")
        git(folder, "rm", "-q", "a.py")
        git(folder, "commit", "-qm", "gone")
    git(tmp_path, "clone", "-q", "--bare", str(tmp_path / "all/one"), str(tmp_path / "all/bare.git"))
    found = look(tmp_path / "all", cache)
    assert hashes(found) == expected(make.made)
    assert len(seen(tmp_path / "all", cache)) == 3


def test_worktrees_lead_to_the_repository(repository: Path, cache: Path, tmp_path: Path) -> None:
    make = Maker(37)
    commit(repository, "a.py", f"key = '{make.openai()}'\n")
    git(repository, "rm", "-q", "a.py")
    git(repository, "commit", "-qm", "gone")
    git(repository, "worktree", "add", "-q", str(tmp_path / "other"))
    assert hashes(look(tmp_path / "other", cache)) == expected(make.made)


def test_what_is_committed_is_not_counted_again_in_the_folder(repository: Path, cache: Path) -> None:
    make = Maker(38)
    commit(repository, "a.py", f"key = '{make.openai()}'\n")
    (repository / "new.py").write_text(f"key = '{make.github()}'\n")
    found = {each.rule: (each.places, bool(each.commit)) for each in look(repository, cache)}
    assert sorted(found.values()) == [(1, False), (1, True)]


def test_a_submodule_is_said(repository: Path, cache: Path, tmp_path: Path) -> None:
    other = start(tmp_path / "other")
    commit(other, "a", "x")
    git(repository, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "m")
    git(repository, "commit", "-qm", "with a submodule")
    shutil.rmtree(repository / "m")
    assert [(each.path, each.reason) for each in refused(everything(repository, cache))] == [
        (f"{repository}/m", "it is a submodule, another repository, which is not read")
    ]
    assert len(seen(repository, cache)) == 2


def test_what_a_partial_clone_lacks_is_said(repository: Path, cache: Path, tmp_path: Path) -> None:
    make = Maker(39)
    commit(repository, "a.py", f"key = '{make.openai()}'\n")
    commit(repository, "a.py", "nothing\n")
    git(repository, "config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{repository}", str(partial))
    found = everything(partial, cache)
    assert places(found) == []
    assert ["a.py" in each.path and "missing" in each.reason for each in refused(found)] == [True]


def test_what_a_shallow_clone_lacks_is_said(repository: Path, cache: Path, tmp_path: Path) -> None:
    make = Maker(40)
    commit(repository, "a.py", "x")
    commit(repository, "a.py", f"key = '{make.openai()}'\n")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{repository}", str(tmp_path / "shallow"))
    found = everything(tmp_path / "shallow", cache)
    assert hashes(places(found)) == expected(make.made)
    assert ["shallow" in each.reason for each in refused(found)] == [True]


def test_a_broken_repository_is_said_and_its_files_are_read(repository: Path, cache: Path) -> None:
    make = Maker(10)
    commit(repository, "a.py", f"key = '{make.openai()}'\n")
    for file in (repository / ".git" / "objects").rglob("*"):
        if file.is_file():
            file.chmod(0o600)
            file.write_bytes(b"broken")
    found = everything(repository, cache)
    assert len(refused(found)) >= 3
    assert hashes(places(found)) == expected(make.made)


@pytest.mark.parametrize("kind", ["commit", "tree", "blob"])
def test_one_broken_object_hides_no_other(repository: Path, cache: Path, kind: str) -> None:
    make = Maker(41)
    for number in range(3):
        commit(repository, f"{number}.py", f"key = '{make.openai()}'\n")
    git(repository, "rm", "-rq", ".")
    git(repository, "commit", "-qm", "gone")
    name = git(
        repository, "rev-parse", {"commit": "HEAD~2", "tree": "HEAD~2^{tree}", "blob": "HEAD~2:1.py"}[kind]
    )
    file = repository / ".git/objects" / name[:2] / name[2:]
    file.chmod(0o600)
    file.write_bytes(b"broken")
    found = everything(repository, cache)
    assert refused(found)
    lost = expected(make.made[1:2]) if kind == "blob" else set()
    assert hashes(places(found)) == expected(make.made) - lost


def test_a_reference_to_nothing_is_said(repository: Path, cache: Path) -> None:
    commit(repository, "a", "x")
    (repository / ".git/refs/heads/lost").write_text("1" * 40 + "\n")
    assert ["reference" in each.reason for each in refused(everything(repository, cache))] == [True]


def test_versions_that_are_too_large_are_said(
    repository: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_OBJECT", 1_000)
    make = Maker(42)
    commit(repository, "large", f"key = '{make.openai()}'\n" + "x" * 2_000)
    git(repository, "rm", "-q", "large")
    git(repository, "commit", "-qm", "gone")
    found = everything(repository, cache)
    assert [each.path for each in refused(found)] == [f"{repository}/large"]
    assert places(found) == []


def test_nothing_in_a_repository_is_run(repository: Path, cache: Path, tmp_path: Path) -> None:
    """Settings, hooks and filters that would each leave a mark."""
    make = Maker(43)
    mark = tmp_path / "mark"
    commit(repository, "a.py", f"key = '{make.openai()}'\n")
    commit(repository, ".gitattributes", "* filter=evil diff=evil\n")
    for name in (
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "core.alternateRefsCommand",
        "diff.external",
        "diff.evil.textconv",
        "diff.evil.command",
        "filter.evil.smudge",
        "filter.evil.clean",
        "gpg.program",
    ):
        git(repository, "config", name, f"touch {mark}; cat")
    git(repository, "config", "log.showSignature", "true")
    git(repository, "replace", "HEAD", "HEAD~1")
    assert hashes(look(repository, cache)) == expected(make.made)
    assert not mark.exists()


def test_repositories_of_sha256(tmp_path: Path, cache: Path) -> None:
    make = Maker(44)
    folder = tmp_path / "new"
    folder.mkdir()
    git(folder, "init", "-q", "--object-format=sha256")
    first = commit(folder, "a.py", f"key = '{make.openai()}'\n")
    (found,) = look(folder, cache)
    assert (found.commit, len(first), found.places) == (first, 64, 1)


def test_an_empty_repository_is_nothing_to_refuse(repository: Path, cache: Path) -> None:
    assert look(repository, cache) == []
