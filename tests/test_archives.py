"""Archives give what is wanted, whole, inside the folder; those that are damaged, hostile or too large give nothing."""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from songsim_lib import archives
from songsim_lib.archives import ArchiveError

CONTENT = {"set/one.txt": b"one" * 1_000, "set/deep/two.txt": b"two", "three.txt": b""}



def zipped(path: Path, content: dict[str, bytes], *more: tuple[zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.mkdir("set")
        for name, body in content.items():
            packed.writestr(name, body)
        for info, body in more:
            packed.writestr(info, body)
    return path


def tarred(path: Path, content: dict[str, bytes], *more: tarfile.TarInfo, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as packed:
        for name, body in content.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            packed.addfile(info, io.BytesIO(body))
        for info in more:
            packed.addfile(info)
    return path


def written(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(params=["zip", "tar", "tgz"])
def pack(request, tmp_path):
    """Make an archive of one kind from names and contents."""
    path = tmp_path / f"packed.{request.param}"
    return {"zip": lambda content: zipped(path, content), "tgz": lambda content: tarred(path, content),
            "tar": lambda content: tarred(path, content, mode="w")}[request.param]


def test_all_files_come_out_with_their_content(pack, tmp_path):
    archive, folder = pack(CONTENT), tmp_path / "out"
    assert archives.sizes(archive) == {name: len(body) for name, body in CONTENT.items()}
    assert archives.extract(archive, folder) == [folder / name for name in CONTENT]
    assert written(folder) == CONTENT


def test_only_what_is_wanted_comes_out(pack, tmp_path):
    archives.extract(pack(CONTENT), tmp_path / "out", {"set/deep/two.txt", "not there"}.__contains__)
    assert written(tmp_path / "out") == {"set/deep/two.txt": b"two"}


def test_a_leading_dot_is_the_folder_itself(pack, tmp_path):
    archives.extract(pack({"./a/./b.txt": b"b"}), tmp_path / "out")
    assert written(tmp_path / "out") == {"a/b.txt": b"b"}


@pytest.mark.fault("paths")
@pytest.mark.parametrize("name", ["../evil.txt", "set/../../evil.txt", "{root}/evil.txt", "C:/evil.txt", "c:evil",
                                  "set\\..\\evil.txt", ".."])
@pytest.mark.parametrize("only", [bool, {"set/one.txt"}.__contains__], ids=["all", "another"])
def test_a_path_that_leads_out_makes_the_whole_archive_unfit(pack, tmp_path, name, only):
    archive = pack(CONTENT | {name.format(root=tmp_path): b"evil"})
    with pytest.raises(ArchiveError, match="lies outside the folder"):
        archives.extract(archive, tmp_path / "below" / "out", only)
    assert set(written(tmp_path)) == {archive.name}


@pytest.mark.fault("paths")
@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar_are_refused(tmp_path, kind):
    info = tarfile.TarInfo("set/odd")
    info.type, info.linkname = kind, "../../outside"
    archive = tarred(tmp_path / "odd.tgz", CONTENT, info)
    with pytest.raises(ArchiveError, match="set/odd is a link or a device"):
        archives.extract(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    archives.extract(archive, tmp_path / "out", CONTENT.__contains__)
    assert written(tmp_path / "out") == CONTENT, "one that nobody wants does no harm"


@pytest.mark.fault("paths")
def test_links_and_encrypted_members_of_a_zip_are_refused(tmp_path):
    link = zipfile.ZipInfo("set/link")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(ArchiveError, match="set/link is a link or a device"):
        archives.extract(zipped(tmp_path / "link.zip", CONTENT, (link, b"/etc/passwd")), tmp_path / "out")
    body = zipped(tmp_path / "secret.zip", {"secret": b"text"}).read_bytes()
    at = body.rindex(b"PK\x01\x02") + 8  # flags of the last entry in the central directory
    (tmp_path / "secret.zip").write_bytes(body[:at] + bytes([body[at] | 1]) + body[at + 1 :])
    with pytest.raises(ArchiveError, match="secret is encrypted"):
        archives.extract(tmp_path / "secret.zip", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.fault("paths")
def test_a_bomb_is_refused_before_it_goes_off(pack, tmp_path):
    archive = pack({"a": b"\0" * 3_000_000, "b": b"\0" * 3_000_000})
    refused = (({"member_bytes": 2_999_999}, r"files of more than 2,999,999 bytes \(a, b\)"),
               ({"total_bytes": 5_999_999}, "more than 5,999,999"))
    for limits, said in refused:
        with pytest.raises(ArchiveError, match=said):
            archives.extract(archive, tmp_path / "out", **limits)
    assert not (tmp_path / "out").exists()
    archives.extract(archive, tmp_path / "out", total_bytes=6_100_000)
    assert sum(map(len, written(tmp_path / "out").values())) == 6_000_000


@pytest.mark.fault("paths")
def test_a_gzip_bomb_fills_neither_memory_nor_time(tmp_path):
    """A header that promises 300 MB of file name is met only when its bytes are known to be few."""
    with gzip.open(tmp_path / "bomb.tgz", "wb", compresslevel=1) as packed:
        long = tarfile.TarInfo("././@LongLink")
        long.type, long.size = tarfile.GNUTYPE_LONGNAME, 300_000_000
        packed.write(long.tobuf(tarfile.GNU_FORMAT))
        for _ in range(300):
            packed.write(b"a" * 1_000_000)
    tracemalloc.start()
    with pytest.raises(ArchiveError, match="more than 10,000,000 bytes"):
        archives.extract(tmp_path / "bomb.tgz", tmp_path / "out", total_bytes=10_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


@pytest.mark.fault("paths")
def test_a_member_that_lies_about_its_size_does_not_count(tmp_path):
    """The list of contents says 5 bytes of a file that unpacks to a million."""
    body = zipped(tmp_path / "lie.zip", {"lie": b"\0" * 1_000_000}).read_bytes()
    at = body.rindex(b"PK\x01\x02") + 24
    (tmp_path / "lie.zip").write_bytes(body[:at] + (5).to_bytes(4, "little") + body[at + 4 :])
    with pytest.raises(ArchiveError, match="damaged"):
        archives.extract(tmp_path / "lie.zip", tmp_path / "out")
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


@pytest.mark.fault("paths")
@pytest.mark.parametrize("kind", ["cut", "flipped", "html"])
def test_a_damaged_archive_is_told_and_leaves_no_part_of_a_file(pack, tmp_path, kind):
    archive = pack({"noise.bin": bytes(range(256)) * 400, "more.bin": bytes(range(255)) * 400})
    body = bytearray(archive.read_bytes())
    if kind == "flipped" and archive.suffix == ".tar":
        pytest.skip("a plain tar file has no checksum of its contents")
    body[100] ^= 0xFF
    archive.write_bytes({"cut": bytes(body[:90]), "flipped": bytes(body), "html": b"<html>busy</html>"}[kind])
    with pytest.raises(ArchiveError, match=rf"{archive.name} is damaged .*run again to fetch it anew"):
        archives.extract(archive, tmp_path / "out")
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file() and path.name == "noise.bin"]


@pytest.mark.fault("interrupted")
def test_an_interrupted_extraction_goes_on_where_it_stopped(pack, tmp_path, monkeypatch):
    archive, folder = pack({f"{k}.txt": str(k).encode() * 10 for k in range(6)}), tmp_path / "out"
    copy, seen = archives.shutil.copyfileobj, []

    def stop_at_the_fourth(content, file, *rest):
        seen.append(file.name)
        copy(content, file, *rest)
        if len(seen) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(archives.shutil, "copyfileobj", stop_at_the_fourth)
    with pytest.raises(KeyboardInterrupt):
        archives.extract(archive, folder)
    assert set(written(folder)) == {"0.txt", "1.txt", "2.txt"}, "the fourth was whole, but not yet in its place"
    (folder / "1.txt").write_bytes(b"cut")
    archives.extract(archive, folder)
    assert written(folder) == {f"{k}.txt": str(k).encode() * 10 for k in range(6)}
    assert [Path(name).name.split(".")[1] for name in seen[4:]] == ["1", "3", "4", "5"], "nothing is unpacked twice"


@pytest.mark.fault("paths")
def test_a_file_where_a_folder_should_be_is_named(pack, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "set").write_text("a file")
    with pytest.raises(ArchiveError, match=r"set/one\.txt cannot be unpacked"):
        archives.extract(pack(CONTENT), tmp_path / "out")
