"""Tests of oci_archive.py. Usage: /usr/bin/python3 -B -m unittest discover -s tools/image -p '*_test.py'"""
import hashlib
import io
import json
import os
import tarfile
import tempfile
import unittest
from pathlib import Path

import oci_archive


class Archive(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.program = self.folder / "program"
        self.program.write_bytes(b"\x7fELF")
        self.program.chmod(0o755)

    def write(self, name="image.tar", files=None):
        image = oci_archive.Image(["example.test/a:1", "example.test/a:2"], ["/bin/program"], "65532:65532",
                                  files or {"/bin/program": self.program, "/etc/note": b"text"})
        return oci_archive.write(image, self.folder / name), self.folder / name

    def members(self, path):
        with tarfile.open(path) as archive:
            return {entry.name: archive.extractfile(entry).read() for entry in archive if entry.isfile()}

    def test_two_writes_give_the_same_bytes_whenever_the_files_were_made(self):
        digest, first = self.write("first.tar")
        os.utime(self.program, (1, 1))
        self.assertEqual(self.write("second.tar")[0], digest)
        self.assertEqual(first.read_bytes(), (self.folder / "second.tar").read_bytes())

    def test_another_program_gives_another_digest(self):
        digest, _ = self.write()
        self.program.write_bytes(b"\x7fELF2")
        self.assertNotEqual(self.write()[0], digest)

    def test_each_blob_has_the_digest_of_its_name_and_the_index_gives_each_image_name(self):
        digest, path = self.write()
        members = self.members(path)
        for name, data in members.items():
            if name.startswith("blobs/sha256/"):
                self.assertEqual(hashlib.sha256(data).hexdigest(), name.removeprefix("blobs/sha256/"))
        index = json.loads(members["index.json"])
        self.assertEqual([entry["annotations"]["io.containerd.image.name"] for entry in index["manifests"]],
                         ["example.test/a:1", "example.test/a:2"])
        self.assertEqual({entry["digest"] for entry in index["manifests"]}, {digest})

    def test_the_layer_has_the_files_with_their_modes_and_a_tmp_for_everybody(self):
        digest, path = self.write()
        members = self.members(path)
        manifest = json.loads(members["blobs/" + digest.replace(":", "/")])
        layer = members["blobs/" + manifest["layers"][0]["digest"].replace(":", "/")]
        with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
            modes = {entry.name: entry.mode for entry in archive}
        self.assertEqual({name: modes[name] for name in ("bin", "bin/program", "etc/note", "tmp")},
                         {"bin": 0o755, "bin/program": 0o755, "etc/note": 0o644, "tmp": 0o1777})


if __name__ == "__main__":
    unittest.main()
