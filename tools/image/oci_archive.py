"""An OCI image archive of one layer from local files: no registry, no container engine, the same bytes each time.

Source: OCI image format specification, image-layout.md; containerd's `ctr images import` reads the name annotation,
skopeo the reference annotation.
"""
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


@dataclass
class Image:
    names: list  # each with its tag
    entrypoint: list
    user: str  # UID[:GID]
    files: dict  # path inside the image -> Path of the file outside, or bytes
    environment: list = field(default_factory=lambda: ["PATH=/usr/local/bin:/usr/bin:/bin"])
    architecture: str = "amd64"  # as Go names it
    labels: dict = field(default_factory=dict)


def write(image, archive):
    """Writes `archive` by rename; returns the manifest's digest."""
    blobs = {}

    def put(data):
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        blobs[digest] = data
        return digest, len(data)

    layer, layer_size = put(_layer(image.files))
    config, config_size = put(_json(_config(image, layer)))
    manifest, manifest_size = put(_json({
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "digest": config, "size": config_size},
        "layers": [{"mediaType": LAYER, "digest": layer, "size": layer_size}]}))
    index = _json({"schemaVersion": 2, "manifests": [
        {"mediaType": MANIFEST, "digest": manifest, "size": manifest_size,
         "platform": {"architecture": image.architecture, "os": "linux"},
         "annotations": {"io.containerd.image.name": name, "org.opencontainers.image.ref.name": name}}
        for name in image.names]})
    files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', "index.json": index}
    files |= {"blobs/" + digest.replace(":", "/"): data for digest, data in blobs.items()}
    partial = archive.with_suffix(".partial")
    partial.write_bytes(_tar(files))
    partial.rename(archive)
    return manifest


def _config(image, layer):
    settings = {"User": image.user, "Env": image.environment, "WorkingDir": "/"}
    if image.entrypoint:
        settings["Entrypoint"] = image.entrypoint
    if image.labels:
        settings["Labels"] = image.labels
    return {"architecture": image.architecture, "os": "linux", "config": settings,
            "rootfs": {"type": "layers", "diff_ids": [layer]}}


def _json(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _layer(files):
    """What every image has (accounts, a world-writable /tmp) and `files`."""
    accounts = {"root": 0, "nonroot": 65532}
    passwd = "".join(f"{name}:x:{number}:{number}::/:/sbin/nologin\n" for name, number in accounts.items())
    base = {"etc/passwd": passwd,
            "etc/group": "".join(f"{name}:x:{number}:\n" for name, number in accounts.items()),
            "etc/nsswitch.conf": "hosts: files dns\n"}
    content = {path: text.encode() for path, text in base.items()} | {
        path.lstrip("/"): source for path, source in files.items()}
    return _tar(content, folders={"tmp": 0o1777})


def _tar(files, folders=None):
    """A tar archive with the folders that `files` need and `folders` {path: mode}; no times, no owners, sorted."""
    modes = {str(parent): 0o755 for path in files for parent in Path(path).parents if str(parent) != "."}
    modes |= folders or {}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(modes):
            entry = tarfile.TarInfo(path + "/")
            entry.type, entry.mode = tarfile.DIRTYPE, modes[path]
            archive.addfile(entry)
        for path, source in sorted(files.items()):
            data = source if isinstance(source, bytes) else source.read_bytes()
            executable = not isinstance(source, bytes) and source.stat().st_mode & 0o100
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(data), 0o755 if executable else 0o644
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()
