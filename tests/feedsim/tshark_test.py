#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tshark_test.py FEEDSIM: another implementation reads what feedsim --write-pcap writes. tshark's MoldUDP64 dissector
must agree packet by packet: session, sequence, count and the length of each message, at the intended times; nothing
malformed, no checksum wrong. What is meant comes from a length-prefixed file of the same messages, not from our
reader."""
import difflib
import pathlib
import shutil
import subprocess
import sys
import tempfile

MARKET = ["--messages", "1001", "--seed", "5", "--symbols", "30"]
DECODE = ["-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-d", "udp.port==30001,moldudp64"]
FIELDS = ["frame.time_epoch", "vlan.id", "eth.dst", "ip.dst", "moldudp64.session", "moldudp64.sequence",
          "moldudp64.count", "moldudp64.msglen"]
SEQUENCE = 5_000_000_000
END_OF_SESSION = "65535"


def run(*command: str | pathlib.Path) -> str:
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def dissect(capture: pathlib.Path) -> list[list[str]]:
    """The fields of each frame."""
    wanted = [word for field in FIELDS for word in ("-e", field)]
    lines = run("tshark", "-r", capture, *DECODE, "-T", "fields", "-E", "aggregator=,", *wanted).splitlines()
    return [line.split("\t") for line in lines]


def nothing_wrong(capture: pathlib.Path) -> None:
    bad = run("tshark", "-r", capture, *DECODE, "-Y", '_ws.malformed || _ws.expert.severity >= "Warning" || '
              "ip.checksum.status == 0 || udp.checksum.status == 0")
    if bad:
        sys.exit(f"wrong: {bad}")


def lengths(file: pathlib.Path) -> list[int]:
    """Of the messages of a length-prefixed file."""
    content = file.read_bytes()
    found = []
    at = 0
    while at < len(content):
        found.append(int.from_bytes(content[at:at + 2], "big"))
        at += 2 + found[-1]
    return found


def expected(feed: int, vlan: str, messages: list[int]) -> list[list[str]]:
    """What is meant: the data packets of a feed, 4 messages a packet, 1,000 packets a second, staggered."""
    packets = []
    for number, first in enumerate(range(0, len(messages), 4)):
        time_ns = 1_577_957_400_000_000_000 + number * 1_000_000 + feed * 500_000
        content = messages[first:first + 4]
        packets.append([f"{time_ns // 10**9}.{time_ns % 10**9:09}", vlan, f"01:00:5e:01:01:0{feed + 1}",
                        f"239.1.1.{feed + 1}", f"RXLAB0000{feed + 1}", str(SEQUENCE + first), str(len(content)),
                        ",".join(map(str, content))])
    return packets


def check(feedsim: str, folder: pathlib.Path, vlan: str) -> int:
    """How many data packets agree."""
    capture, direct = folder / "feeds.pcap", folder / "direct.itch"
    run(feedsim, "--write-pcap", capture, "--group", "239.1.1.1:30001", "--group", "239.1.1.2:30001", *MARKET,
        "--messages-per-packet", "4", "--sequence", str(SEQUENCE), "--rate", "1000",
        *(["--vlan", vlan] if vlan else []))
    nothing_wrong(capture)
    meant = []
    for feed in (0, 1):
        # One feed after the other, through a replay of the capture itself: --write-itch takes one.
        file = folder / f"{feed}.itch"
        run(feedsim, "--read-pcap", capture, "--group", f"239.1.1.{feed + 1}:30001", "--write-itch", file)
        meant += expected(feed, vlan, lengths(file))
    run(feedsim, "--write-itch", direct, *MARKET)
    if direct.read_bytes() != (folder / "0.itch").read_bytes():
        sys.exit("the first feed's messages are not those that were made without any packet in between")
    frames = dissect(capture)
    data = ["\t".join(frame) for frame in sorted(frames) if frame[6] != END_OF_SESSION]
    wanted_data = ["\t".join(each) for each in sorted(meant)]
    differences = list(difflib.unified_diff(wanted_data, data, "expected", "found", n=0, lineterm=""))
    if differences or len(data) != 2 * 251:
        sys.exit("\n".join([*differences[:20], f"{len(data)} data packets"]))
    ends = [frame[1:2] + frame[4:6] for frame in frames if frame[6] == END_OF_SESSION]
    wanted = [[vlan, f"RXLAB0000{feed}", str(SEQUENCE + 1001)] for feed in (1, 2)] * 10
    if sorted(ends) != sorted(wanted):
        sys.exit(f"ends of session, ten each with the next sequence number: {ends}")
    return len(data)


if not shutil.which("tshark"):
    print("skipped: tshark is not installed (apt-get install tshark)")
    sys.exit(77)
with tempfile.TemporaryDirectory() as name:
    packets = [check(sys.argv[1], pathlib.Path(name), vlan) for vlan in ("", "42")]
print(f"{packets[0]} data packets and 20 ends of session agree, tagged and not")
