#!/usr/bin/env python3
"""Who spends a run's instructions, from a callgrind profile.

  valgrind --tool=callgrind --callgrind-out-file=profile --toggle-collect='squall::campaigns::run_plan*' measure FILE
  bench/callgrind_shares.py profile [--calls FUNCTION]

Each function has an owner, by its name, its source file or its library. Those that have none (libc, malloc, the standard
library) work for whoever calls them: their cost goes to their callers, in proportion to what each call costs. --calls lists
how often functions whose name contains FUNCTION are called, by whom, and at what cost."""
import collections
import re
import signal
import sys

PRODUCT = ("engine", "sqlite", "protobuf", "crypto and zstd")

SQUALL = re.compile(r"\bsquall::(\w+)")
ENGINE_NAMESPACES = {"client", "server", "merge", "store", "wire", "security", "io", "telemetry"}
FOLDER = re.compile(r"/(engine|actors|faults|reports|campaigns|scenarios)/")
OWNERS_OF_NAMESPACE = {"actors": "simulation (actors)", "faults": "disk, links, clocks (faults)", "history": "history, judge",
                       "invariants": "history, judge", "reports": "history, judge", "campaigns": "simulation (actors)",
                       "scenarios": "simulation (actors)"}
OWNERS_OF_FOLDER = {"engine": "engine", "actors": "simulation (actors)", "faults": "disk, links, clocks (faults)",
                    "reports": "history, judge", "campaigns": "simulation (actors)", "scenarios": "simulation (actors)"}
# What the libraries' own names do not tell: SQLite's static functions, which have no prefix and no source file.
NEUTRAL_BINARY = re.compile(r"^(malloc|free|calloc|realloc|je_|tcache|arena_|edata|extent|emap|pa[ics]?_|large_|do_rallocx|"
                            r"operator (new|delete)|std::|void std::|bool std::|__gnu_cxx|mem(cpy|move|set|cmp)|0x|_|\(below)|fallback_")


def owner_of(name, source, binary):
    binary = binary.rsplit("/", 1)[-1]
    if binary.startswith("libsodium") or binary.startswith("libzstd"):
        return "crypto and zstd"
    if binary.startswith("libcaf"):
        return "simulation (actors)"
    if binary.startswith(("libc.", "libstdc++", "ld-linux", "libgcc", "libjemalloc", "libm.")):
        return None
    plain = name.split("(", 1)[0] if not name.startswith("(") else name
    if "caf::" in plain.split("<", 1)[0]:
        return "simulation (actors)"
    folder = FOLDER.search(source)
    if source.endswith(".pb.cc") or source.endswith(".pb.h"):
        return "protobuf"
    if plain.startswith(("std::", "void std::", "bool std::", "tsl::")):
        return None
    if source.endswith("/sqlite_heap.cpp"):
        return None
    if folder:
        return OWNERS_OF_FOLDER[folder.group(1)]
    if "google::protobuf" in plain:
        return "protobuf"
    space = SQUALL.search(plain) or SQUALL.search(name)
    if space:
        word = space.group(1)
        return OWNERS_OF_NAMESPACE.get(word, "engine")
    if source == "???" and not NEUTRAL_BINARY.search(name):
        return "sqlite"
    return None


class profile:
    def __init__(self, path):
        self.own = collections.Counter()            # function -> its own cost
        self.calls = collections.Counter()          # (caller, callee) -> calls
        self.edge = collections.Counter()           # (caller, callee) -> inclusive cost
        self.names, self.files, self.binaries = {}, {}, {}
        self.home = {}                              # function -> (source, binary)
        self.read(path)

    @staticmethod
    def word(text, table):
        number, _, name = text.partition(" ")
        if name:
            table[number] = name
        return table[number]

    def read(self, path):
        source = binary = function = target = target_source = target_binary = None
        pending = 0
        with open(path, errors="replace") as lines:
            for line in lines:
                line = line.rstrip("\n")
                if not line:
                    continue
                if line[0] in "0123456789+-*":
                    cost = int(line.split()[1]) if " " in line else 0
                    if pending:
                        self.edge[function, target] += cost
                        self.calls[function, target] += pending
                        pending, target_source, target_binary = 0, None, None
                    else:
                        self.own[function] += cost
                    continue
                key, _, rest = line.partition("=")
                if key == "ob":
                    binary = self.word(rest, self.binaries)
                elif key == "fl":
                    source = self.word(rest, self.files)
                elif key in ("fi", "fe"):
                    self.word(rest, self.files)
                elif key == "fn":
                    function = (self.word(rest, self.names), binary)
                    self.home.setdefault(function, (source, binary))
                elif key == "cob":
                    target_binary = self.word(rest, self.binaries)
                elif key in ("cfi", "cfl"):
                    target_source = self.word(rest, self.files)
                elif key == "cfn":
                    target = (self.word(rest, self.names), target_binary or binary)
                    self.home.setdefault(target, (target_source or source, target_binary or binary))
                elif key == "calls":
                    pending = int(rest.split()[0])


def plain(name):
    return re.sub(r"'\d+$", "", name)


def shares(p):
    owners = {f: owner_of(plain(f[0]), *p.home[f]) for f in p.home}
    callers = collections.defaultdict(list)
    for (caller, callee), cost in p.edge.items():
        if caller != callee:
            callers[callee].append((caller, cost))
    parts = {f: {o: 1.0} if o else {} for f, o in owners.items()}
    for _ in range(30):  # long enough for chains of functions without an owner
        for f, o in owners.items():
            if o:
                continue
            mixed, whole = collections.Counter(), sum(cost for _, cost in callers[f])
            for caller, cost in callers[f]:
                for name, part in parts.get(caller, {}).items():
                    mixed[name] += part * cost / whole if whole else 0
            parts[f] = dict(mixed)
    spent = collections.Counter()
    for f, cost in p.own.items():
        spread = parts.get(f) or {"(nobody's)": 1.0}
        whole = sum(spread.values())
        for name, part in spread.items():
            spent[name] += cost * part / whole
    return spent, owners


def main():
    arguments = sys.argv[1:]
    p = profile(arguments[0])
    if len(arguments) == 3 and arguments[1] == "--calls":
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        for (caller, callee), calls in sorted(p.calls.items(), key=lambda item: -p.edge[item[0]]):
            if arguments[2] in callee[0]:
                print(f"{p.edge[caller, callee]:14,} {calls:10,} calls  {callee[0][:60]}  <-  {caller[0][:90]}")
        return
    spent, owners = shares(p)
    whole = sum(spent.values())
    print(f"{whole:18,.0f} instructions")
    for name, cost in spent.most_common():
        print(f"{cost:18,.0f} {100 * cost / whole:5.1f} %  {name}")
    outside = sum(cost for name, cost in spent.items() if name not in PRODUCT)
    print(f"{outside:18,.0f} {100 * outside / whole:5.1f} %  outside engine, SQLite, protobuf, crypto")
    if "--list" in arguments:
        for f, cost in p.own.most_common(400):
            print(f"{cost:14,} {owners[f] or '-':22} {f[0][:110]}")


if __name__ == "__main__":
    main()
