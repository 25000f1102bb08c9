"""Tests of packages.py on a small database of dpkg's form."""
from pathlib import Path

import packages
import pytest

STATUS = """Package: libone
Status: install ok installed
Version: 1.2-3

Package: libold
Status: deinstall ok config-files
Version: 0.1
"""


@pytest.fixture
def database(tmp_path):
    (tmp_path / "info").mkdir()
    (tmp_path / "info/libone:amd64.list").write_text("/.\n/lib\n/lib/libone.so.1\n/usr/lib/libtwo.so.2.0.1\n")
    (tmp_path / "status").write_text(STATUS)
    folder = tmp_path / "doc/libone"
    folder.mkdir(parents=True)
    (folder / "copyright").write_text("License: see /usr/share/common-licenses/GPL-2.\n")
    return tmp_path


def test_a_file_is_owned_wherever_its_package_lists_it(database):
    for listed in ("/lib/libone.so.1", "/usr/lib/libone.so.1", "/lib/libtwo.so.2.0.1"):
        assert packages.owners([Path(listed)], database) == ["libone"]


def test_a_link_is_owned_by_the_owner_of_what_it_points_to(database, tmp_path):
    real = tmp_path / "real.so"
    real.touch()
    link = tmp_path / "link.so"
    link.symlink_to(real)
    (database / "info/librealthing.list").write_text(f"{real}\n")
    assert packages.owners([link], database) == ["librealthing"]


def test_a_file_of_no_package_is_named(database, tmp_path):
    stranger = tmp_path / "libstranger.so"
    stranger.touch()
    with pytest.raises(packages.Unpackaged, match="libstranger"):
        packages.owners([stranger], database)


def test_an_image_gets_licence_and_version_of_each_package(database):
    found = packages.documents(["libone"], database, database / "doc")
    assert found["/usr/share/doc/libone/copyright"].startswith(b"License:")
    assert b"Version: 1.2-3" in found["/var/lib/dpkg/status.d/libone"]


def test_a_removed_package_has_no_version(database):
    with pytest.raises((KeyError, FileNotFoundError)):
        packages.documents(["libold"], database, database / "doc")


def test_licences_that_are_only_referred_to_come_along(database, tmp_path):
    (tmp_path / "GPL-2").write_text("the text")
    found = packages.common_licenses({"a": b"see /usr/share/common-licenses/GPL-2."}, tmp_path)
    assert found == {"/usr/share/common-licenses/GPL-2": b"the text"}
