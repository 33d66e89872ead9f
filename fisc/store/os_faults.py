"""What the operating system refuses, in words: of files, of disks, of places to listen on."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fisc.store.errors import StoreError

#: What is said of a disk without room.
FULL: Final = "磁盘已满"
_WORDS: Final = {
    errno.ENOENT: "没有这个文件或目录",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EISDIR: "这是目录，不是文件",
    errno.ENOTDIR: "路径中有一段不是目录",
    errno.EEXIST: "已有同名的文件或目录",
    errno.ENOTEMPTY: "目录里还有文件",
    errno.ENOSPC: FULL,
    errno.EDQUOT: "磁盘配额已用完",
    errno.EROFS: "磁盘是只读的",
    errno.EFBIG: "文件太大",
    errno.EMFILE: "打开的文件太多",
    errno.ENFILE: "打开的文件太多",
    errno.ENAMETOOLONG: "名字太长",
    errno.ELOOP: "链接首尾相接",
    errno.EIO: "磁盘读写出错",
    errno.EXDEV: "不在同一个磁盘上",
    errno.ETXTBSY: "文件正在使用",
    errno.EADDRINUSE: "已被占用",
    errno.EADDRNOTAVAIL: "本机没有这个地址",
}


def words_of(error: OSError) -> str:
    """Why the system refused, in Chinese; by its number where that has no words of its own."""
    if is_no_address(error):
        return "不是可用的地址"
    if error.errno:
        return _WORDS.get(error.errno) or f"系统错误 {error.errno}"
    # shutil.Error has no number, but the texts of what stopped single files
    return next((words for number, words in _WORDS.items() if os.strerror(number) in str(error)), "读写出错")


#: No room: on the disk, or for this user.
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
#: What is wrong with a disk, whatever was being written.
_OF_DISKS: Final = (*_NO_ROOM, errno.EROFS, errno.EFBIG, errno.EIO)


def is_full(said: BaseException | str) -> bool:
    """Whether an error, or what a program said of one, is that a disk has no room."""
    if isinstance(said, OSError) and said.errno:
        return said.errno in _NO_ROOM
    return os.strerror(errno.ENOSPC) in str(said)


def is_of_disks(error: OSError) -> bool:
    """Whether an error is a disk's, also where it names no file."""
    return error.errno in _OF_DISKS


@contextmanager
def of_home(home: Path) -> Iterator[None]:
    """Errors of files within the block become a StoreError: the data directory cannot be used."""
    try:
        yield
    except OSError as error:
        hint = "请腾出空间后再办" if is_full(error) else "请检查目录的属主与权限，以及磁盘是否可写"
        raise StoreError(f"数据目录 {home} 不可用（{words_of(error)}）", hint=hint) from error


def is_no_address(error: OSError) -> bool:
    """Whether an address was not understood: the numbers of such faults are negative."""
    return (error.errno or 0) < 0
