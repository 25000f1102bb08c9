"""Tests of contents.py with a program of the machine in the place of ours."""
import os
import shutil
from pathlib import Path

import contents
import oci_archive
import pytest


@pytest.fixture
def program(tmp_path):
    return Path(shutil.copy("/usr/bin/openssl", tmp_path / "sluiced"))


def test_two_builds_give_one_digest_whenever_the_program_was_made(program, tmp_path):
    first = oci_archive.write(contents.image([program], ["a:1"]), tmp_path / "first.tar")
    os.utime(program, (1, 1))
    assert oci_archive.write(contents.image([program], ["a:1"]), tmp_path / "second.tar") == first


def test_an_image_has_programs_loader_authorities_and_licences_and_runs_as_nobody(program):
    image = contents.image([program], ["a:1"])
    for path in ("/usr/bin/sluiced", contents.BUNDLE, "/usr/share/doc/libssl3/copyright", "/usr/share/doc/sluice/LICENSE",
                 "/usr/share/doc/sluice/llhttp/LICENSE-MIT", "/usr/share/common-licenses/Apache-2.0"):
        assert path in image.files, path
    assert any("ld-linux" in path for path in image.files)
    assert image.user == "65532:65532"


def test_authorities_are_the_distributions_and_not_the_machines(program):
    bundle = contents.image([program], ["a:1"]).files[contents.BUNDLE]
    assert bundle.count(b"BEGIN CERTIFICATE") == len(list(contents.AUTHORITIES.glob("*.crt"))) > 100
