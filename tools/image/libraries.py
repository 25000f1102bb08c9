"""The shared libraries that programs need, found as the dynamic loader finds them, and where they go in an image.

Source: ld.so(8). What the environment adds (LD_LIBRARY_PATH) does not count, nor do variants of a library for newer
processors (glibc-hwcaps): an image is to be the same wherever it is built.
"""
import glob
from pathlib import Path

import elf

DEFAULT = ("/lib64", "/usr/lib64", "/lib", "/usr/lib")


class Missing(LookupError):
    """A library that the loader would not find either."""


def configured(file=Path("/etc/ld.so.conf")):
    """Folders that ldconfig(8) puts into the loader's cache, in order, and those that it looks in by default."""
    return [*_listed(file), *DEFAULT]


def _listed(file):
    found = []
    for line in file.read_text().splitlines() if file.exists() else ():
        words = line.partition("#")[0].split()
        if words[:1] == ["include"]:
            for pattern in words[1:]:
                for included in sorted(glob.glob(str(file.parent / pattern))):
                    found += _listed(Path(included))
        else:
            found += words
    return found


def closure(programs, folders):
    """{path in the image: file here} of all that `programs` need and the loader itself.

    programs: files here. folders: what `configured` returns. What a file's own RPATH or RUNPATH finds stays at that
    place. All else goes beside libc, into a folder that the loader looks in without a cache, as an image has none.
    """
    search = _Search(folders)
    for program in programs:
        search.load(program)
    return search.placed()


class _Search:
    def __init__(self, folders):
        self._folders = folders
        self._found = {}  # name asked for -> (file, True when by the default folders)
        self._loaders = {}

    def load(self, program):
        """The loader goes breadth first; a name that was loaded once is not looked for again."""
        queue = [(program, elf.read(program), ())]
        self._interpret(queue[0][1])
        while queue:
            file, header, rpaths = queue.pop(0)
            # An RPATH counts for what its libraries need too; a file with a RUNPATH has its RPATH ignored.
            rpaths = (*(_expand(file, header.rpath) if not header.runpath else ()), *rpaths)
            for name in header.needed:
                if name in self._found or name in {Path(path).name for path in self._loaders}:
                    continue
                chosen, by_default = self._find(name, file, header, rpaths)
                self._found[name] = chosen, by_default
                queue.append((chosen, elf.read(chosen), rpaths))

    def _interpret(self, header):
        if not header.interpreter:
            return
        if not Path(header.interpreter).exists():
            raise Missing(f"the loader {header.interpreter} is not here")
        self._loaders[header.interpreter] = Path(header.interpreter)

    def _find(self, name, file, header, rpaths):
        own = [*(rpaths if not header.runpath else ()), *_expand(file, header.runpath)]
        for folder, by_default in [*((folder, False) for folder in own), *((folder, True) for folder in self._folders)]:
            candidate = Path(folder, name)
            if candidate.is_file() and _fits(candidate, header.architecture):
                return candidate, by_default
        raise Missing(f"{file} needs {name}, which is in none of {', '.join([*own, *self._folders])}")

    def placed(self):
        libc = self._found.get("libc.so.6")
        home = str(libc[0].parent) if libc else "/lib"
        files = {f"{home}/{name}" if by_default else str(file): file for name, (file, by_default) in self._found.items()}
        return dict(sorted((files | self._loaders).items()))


def _fits(file, architecture):
    """A file of another class or machine is passed over, as the loader does."""
    try:
        return elf.read(file).architecture == architecture
    except elf.NotElf:
        return False


def _expand(file, folders):
    origin = str(file.resolve().parent)
    return tuple(folder.replace("${ORIGIN}", origin).replace("$ORIGIN", origin) for folder in folders)
