"""Prove the sandbox: run a submission in it that tries to break each protection, and look at what became of it.

Nothing but this machine's own sandbox is attacked, and whatever an attempt aims at was set up here for that purpose.
"""

import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from nbformat.v4 import new_code_cell, new_notebook

from grading import sandbox
from grading.errors import GradingError
from grading.execution import Limits, execute
from grading.plan import Plan

SECONDS = 5.0  # for one attempt: all of them take milliseconds, but the two that are to be stopped
MEMORY = 300_000_000  # bytes; the attempt takes three times as much


@dataclass(frozen=True)
class Finding:
    """What became of one attempt."""

    protection: str
    attempt: str
    holds: bool
    outcome: str
    advice: str = "Do not grade submissions that you do not trust on this machine."


@dataclass(frozen=True)
class _Probe:
    """One attempt: code that prints what it has got, or fails."""

    protection: str
    attempt: str
    code: str
    holds_if: str = "error"  # how its cell must end; "ok" if it must print `unless` nothing


_ENDINGS = {"ok": "nothing of it was to be had", "timeout": "it was ended when its time was over"}


@dataclass(frozen=True)
class _Targets:
    """What the attempts aim at; made for them, outside the sandbox."""

    canary: Path
    tcp_port: int
    unix_path: Path
    abstract_name: str
    pid: int


def examine() -> list[Finding]:
    """Try to break each protection, and return what became of it."""
    if lacks := sandbox.missing():
        return [Finding("Sandbox", "build it", holds=False, outcome=lacks, advice=_advice())]
    with _targets() as targets:
        probes = _probes(targets)
        cells = [new_code_cell(probe.code) for probe in probes]
        try:
            plan = Plan(frozenset(), {}, (), ())
            limits = Limits(cell=SECONDS, notebook=SECONDS * len(probes), memory=MEMORY)
            execution = execute(new_notebook(cells=cells), plan, {}, limits, sandboxed=True)
        except GradingError as error:
            advice = _advice() if "sandbox" in str(error) else "Run make again: the installation is not complete."
            return [Finding("Sandbox", "build it", holds=False, outcome=str(error), advice=advice)]
    findings = [Finding("Sandbox", "build it and join it", holds=True, outcome="built by bubblewrap")]
    for probe, cell, run in zip(probes, execution.notebook.cells, execution.runs, strict=True):
        printed = "".join(output.get("text", "") for output in cell.outputs).strip()
        refused = f"{run.error}: {run.message}".strip(": ") or _ENDINGS.get(run.ending, run.ending)
        holds = run.ending == probe.holds_if and not printed
        findings.append(Finding(probe.protection, probe.attempt, holds, printed or refused))
    return findings


def _probes(targets: _Targets) -> list[_Probe]:
    """Return the attempts. Each prints something, or ends without an error, only if it succeeds."""
    outside = json.dumps(str(targets.canary))
    libraries = ["/proc", "/dev", *sandbox.library_folders()]
    return [
        _Probe("File system", "read a file outside", f"print(open({outside}).read())"),
        _Probe("File system", "find files other than libraries", _FIND.replace("LIBRARIES", repr(libraries)), "ok"),
        _Probe("File system", "write where libraries lie", f"open({str(Path(os.__file__).parent)!r} + '/x', 'w')"),
        _Probe("File system", "write into / and /dev", "import os\nos.mkdir('/x')\nos.mkdir('/dev/x')"),
        _Probe("File system", "mount something", _libc_call("mount", "b'none', b'/tmp', b'tmpfs', 0, None")),
        _Probe(
            "Network", "connect to a server on this machine", _connect("AF_INET", f"('127.0.0.1', {targets.tcp_port})")
        ),
        _Probe("Network", "connect to a local socket by its path", _connect("AF_UNIX", repr(str(targets.unix_path)))),
        _Probe(
            "Network", "connect to a local socket by its name", _connect("AF_UNIX", repr("\0" + targets.abstract_name))
        ),
        _Probe("Network", "open other kinds of sockets", _SOCKETS, "ok"),
        _Probe("Processes", "start a process", "import os\nprint(os.fork())"),
        _Probe("Processes", "start a program", "import os\nos.execv('/bin/cat', ['cat', '/dev/null'])"),
        _Probe("Processes", "signal a process of yours", f"import os\nos.kill({targets.pid}, 9)\nprint('killed')"),
        _Probe("Processes", "see other processes", _SEE, "ok"),
        _Probe("Processes", "trace a process", _libc_call("ptrace", "16, 1, 0, 0")),
        _Probe("Privileges", "be root or have capabilities", _PRIVILEGES, "ok"),
        _Probe("Privileges", "become root", "import os\nos.setuid(0)\nprint(os.getuid())"),
        _Probe("Privileges", "make a namespace of its own", _libc_call("unshare", "0x10000000")),
        _Probe("System calls", "io_uring, bpf, keys, perf, memfd, userfaultfd", _SYSTEM_CALLS, "ok"),
        _Probe("Memory", "take three times the memory", f"x = bytearray({3 * MEMORY})\nprint(len(x))"),
        _Probe(
            "Memory",
            "take it as shared memory",
            f"import mmap\nx = mmap.mmap(-1, {3 * MEMORY + 2_000_000_000})\nprint(1)",
        ),
        _Probe("Disk", "write 200 MB in files of 10 MB", _FILL.replace("FOLDER", "/tmp")),
        _Probe("Disk", "fill /dev/shm", _FILL.replace("FOLDER", "/dev/shm")),
        _Probe("Secrets", "read variables of your environment", _ENVIRONMENT, "ok"),
        _Probe("Time", "loop for ever, and ignore interrupts", _LOOP, "timeout"),
    ]


def _libc_call(name: str, arguments: str) -> str:
    return f"""
import ctypes, os
result = ctypes.CDLL(None, use_errno=True).{name}({arguments})
if result < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
print('done')
"""


def _connect(family: str, address: str) -> str:
    return (
        f"import socket\ns = socket.socket(socket.{family})\ns.settimeout(2)\ns.connect({address})\nprint('connected')"
    )


_FIND = """
import os
for folder, folders, names in os.walk('/'):
    folders[:] = [name for name in folders if os.path.join(folder, name) not in LIBRARIES]
    for path in (os.path.join(folder, name) for name in names):
        if path not in LIBRARIES and os.access(path, os.R_OK) and not os.path.islink(path):
            print(path)
"""
_SOCKETS = """
import socket
for name in ('AF_INET', 'AF_INET6', 'AF_NETLINK', 'AF_PACKET', 'AF_VSOCK', 'AF_ALG', 'AF_BLUETOOTH'):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        try:
            socket.socket(getattr(socket, name), kind)
        except (OSError, AttributeError):
            continue
        print(name)
"""
_SEE = """
import os
for name in os.listdir('/proc'):
    if name.isdigit() and int(name) not in (1, os.getpid()):
        print(open(f'/proc/{name}/cmdline').read())
"""
_PRIVILEGES = """
import os
lines = dict(line.split(':', 1) for line in open('/proc/thread-self/status'))
for name in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'):
    if int(lines[name], 16):
        print(name, lines[name].strip())
if lines['NoNewPrivs'].strip() != '1' or lines['Seccomp'].strip() != '2':
    print('no_new_privs', lines['NoNewPrivs'], 'seccomp', lines['Seccomp'])
"""
_SYSTEM_CALLS = """
import ctypes, errno, platform
syscall = ctypes.CDLL(None, use_errno=True).syscall
numbers = {
    'x86_64': dict(io_uring_setup=425, bpf=321, add_key=248, perf_event_open=298, memfd_create=319, userfaultfd=323,
                   process_vm_readv=310, kexec_load=246, open_by_handle_at=304, shmget=29, msgget=68, setns=308),
    'aarch64': dict(io_uring_setup=425, bpf=280, add_key=217, perf_event_open=241, memfd_create=279, userfaultfd=282,
                    process_vm_readv=270, kexec_load=104, open_by_handle_at=265, shmget=194, msgget=186, setns=268),
}[platform.machine()]
for name, number in numbers.items():
    if syscall(number, 0, 0, 0, 0, 0) >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
        print(name, errno.errorcode.get(ctypes.get_errno()))
"""
_FILL = """
for number in range(20):
    with open(f'FOLDER/{number}', 'wb') as file:
        file.write(bytes(10_000_000))
print('written')
"""
_ENVIRONMENT = """
import os
for name in os.environ:
    if 'GRADING_DOCTOR' in name:
        print(name)
"""
_LOOP = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
while True:
    pass
"""


@contextmanager
def _targets() -> Iterator[_Targets]:
    """Set up what the attempts aim at, and take it away again."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="grading-doctor-")))
        folder.chmod(0o755)
        canary = folder / "canary.txt"
        canary.write_text("the canary was read", encoding="utf-8")
        canary.chmod(0o666)
        abstract = f"grading-doctor-{os.getpid()}"
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        for address in (str(folder / "socket"), "\0" + abstract):
            server = stack.enter_context(socket.socket(socket.AF_UNIX))
            server.bind(address)
            server.listen()
        (folder / "socket").chmod(0o777)
        child = stack.enter_context(subprocess.Popen(["sleep", "300"]))
        stack.callback(child.kill)
        os.environ["GRADING_DOCTOR_SECRET"] = "seen"
        stack.callback(os.environ.pop, "GRADING_DOCTOR_SECRET")
        yield _Targets(canary, tcp.getsockname()[1], folder / "socket", abstract, child.pid)


def _advice() -> str:
    """Return what to do where no sandbox can be built, as far as the cause can be seen."""
    causes = {
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": (
            "1",
            "This system lets only programs with an AppArmor profile make user namespaces (Ubuntu 24.04 and later). "
            "Install bubblewrap and its profile: sudo apt-get install bubblewrap apparmor-profiles, then load "
            "/usr/share/apparmor/extra-profiles/bwrap-userns-restrict with apparmor_parser. See docs/sandbox.md.",
        ),
        "/proc/sys/kernel/unprivileged_userns_clone": (
            "0",
            "Ordinary users may not make namespaces here: sudo sysctl kernel.unprivileged_userns_clone=1",
        ),
        "/proc/sys/user/max_user_namespaces": (
            "0",
            "Namespaces are switched off here: sudo sysctl user.max_user_namespaces=10000",
        ),
    }
    for path, (value, advice) in causes.items():
        if Path(path).is_file() and Path(path).read_text(encoding="utf-8").strip() == value:
            return advice
    if Path("/.dockerenv").exists():
        return (
            "In a Docker container with the default profile there are no namespaces. Grade on the host, in a virtual "
            "machine, or in a container of its own started with --security-opt seccomp=unconfined --cap-add SYS_ADMIN."
        )
    return "See docs/sandbox.md for what the sandbox needs."
