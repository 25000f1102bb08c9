"""Tests of elf.py and libraries.py on files that the compiler makes here, and against the loader's own word."""
import re
import subprocess
from pathlib import Path

import elf
import libraries
import pytest


def compile_library(file, *needed, flags=()):
    """An empty library NAME.so of that soname, which needs the libraries at the paths `needed`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cc", "-shared", "-nostdlib", "-Wl,--no-as-needed", f"-Wl,-soname,{file.name}", "-o", file, "-x", "c",
                    "/dev/null", "-x", "none", *needed, *flags], check=True)
    return file


def found(program, *folders):
    return libraries.closure([program], [str(folder) for folder in folders])


def test_reads_loader_soname_needs_and_search_paths_of_a_file(tmp_path):
    inner = compile_library(tmp_path / "libinner.so")
    outer = compile_library(tmp_path / "libouter.so", inner, flags=["-Wl,--enable-new-dtags,-rpath,$ORIGIN/a:/b"])
    assert elf.read(outer) == elf.Elf("amd64", "", "libouter.so", ("libinner.so",), (), ("$ORIGIN/a", "/b"))
    assert elf.read(Path("/bin/sh")).interpreter.startswith("/lib")


def test_what_is_no_elf_file_is_named(tmp_path):
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    with pytest.raises(elf.NotElf, match="script"):
        elf.read(script)


def test_libraries_of_libraries_are_found_in_the_first_folder_that_has_them(tmp_path):
    inner = compile_library(tmp_path / "one/libinner.so")
    compile_library(tmp_path / "two/libinner.so")
    outer = compile_library(tmp_path / "two/libouter.so", inner)
    program = compile_library(tmp_path / "program", outer)
    assert list(found(program, tmp_path / "one", tmp_path / "two").values()) == [inner, outer]


def test_a_runpath_counts_for_the_file_itself_and_not_for_its_libraries(tmp_path):
    inner = compile_library(tmp_path / "hidden/libinner.so")
    outer = compile_library(tmp_path / "hidden/libouter.so", inner)
    program = compile_library(tmp_path / "program", outer, flags=["-Wl,--enable-new-dtags,-rpath,$ORIGIN/hidden"])
    with pytest.raises(libraries.Missing, match=r"libouter\.so needs libinner\.so"):
        found(program, "/nowhere")


def test_an_rpath_counts_for_libraries_too_and_what_it_finds_stays_in_its_place(tmp_path):
    inner = compile_library(tmp_path / "hidden/libinner.so")
    outer = compile_library(tmp_path / "hidden/libouter.so", inner)
    program = compile_library(tmp_path / "program", outer, flags=["-Wl,--disable-new-dtags,-rpath,$ORIGIN/hidden"])
    assert found(program, "/nowhere") == {str(inner): inner, str(outer): outer}


def test_a_file_that_is_no_library_of_this_machine_is_passed_over(tmp_path):
    inner = compile_library(tmp_path / "good/libinner.so")
    program = compile_library(tmp_path / "program", inner)
    wrong = tmp_path / "wrong/libinner.so"
    wrong.parent.mkdir()
    wrong.write_bytes(inner.read_bytes()[:18] + b"\xf3\x00" + inner.read_bytes()[20:])  # RISC-V
    assert list(found(program, wrong.parent, tmp_path / "good").values()) == [inner]


def test_a_library_that_is_missing_is_named_with_who_needs_it(tmp_path):
    gone = compile_library(tmp_path / "libgone.so")
    program = compile_library(tmp_path / "program", gone)
    gone.unlink()
    with pytest.raises(libraries.Missing, match=r"program needs libgone\.so"):
        found(program, tmp_path)


def test_folders_are_those_of_the_configuration_with_what_it_includes_then_the_defaults(tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d/b.conf").write_text("/b\n")
    (tmp_path / "d/a.conf").write_text("# a comment\n/a\n")
    (tmp_path / "ld.so.conf").write_text("include d/*.conf\n/last\n")
    assert libraries.configured(tmp_path / "ld.so.conf") == ["/a", "/b", "/last", *libraries.DEFAULT]


@pytest.mark.parametrize("program", ["openssl", "curl", "git", "cmake"])
def test_the_closure_is_what_the_loader_itself_loads(program):
    file = Path("/usr/bin", program)
    told = subprocess.run(["ldd", file], capture_output=True, text=True, check=True).stdout
    loaded = {Path(path).resolve() for path in re.findall(r"(/\S+) \(0x", told)}
    assert {path.resolve() for path in libraries.closure([file], libraries.configured()).values()} == loaded


def test_what_is_found_by_default_lies_beside_libc_so_that_no_cache_is_needed():
    program = Path("/usr/bin/openssl")
    placed = set(libraries.closure([program], libraries.configured())) - {elf.read(program).interpreter}
    assert len({Path(path).parent for path in placed}) == 1, placed
