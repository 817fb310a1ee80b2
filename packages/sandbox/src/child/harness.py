# Runs a program and its cases inside the interpreter, and reports what it returns. The parent decides the verdicts: the
# expected values never enter this process.
import abc, argparse, array, ast, asyncio, base64, bisect, builtins, calendar, cmath, collections, collections.abc
import concurrent.futures, contextlib, copy, csv, dataclasses, datetime, decimal, enum, fractions, functools, hashlib
import heapq, html, inspect, io, itertools, json, linecache, logging, math, numbers, operator, os, pathlib, pprint
import queue, random, re, secrets, shlex, statistics, string, struct, sys, tempfile, textwrap, threading, time
import traceback, types, typing, urllib.parse, uuid, warnings, zlib


class _Loop(asyncio.base_events.BaseEventLoop):
    """A loop of asyncio with timers and callbacks, and no sockets. Pyodide's own needs JavaScript."""

    class _Selector:
        def select(self, timeout=None):
            if timeout:
                time.sleep(min(timeout, 3600))
            return []

        def get_map(self):
            return {}

    def __init__(self):
        super().__init__()
        self._selector = self._Selector()

    def _process_events(self, events):
        pass

    def _write_to_self(self):
        pass


class _Policy(asyncio.events._BaseDefaultEventLoopPolicy):
    _loop_factory = _Loop


def _one(*forms):
    """A value that JSON has no type for, in the forms that a case may expect. The first is shown."""
    return {"$one": list(forms)}


def _key(key):
    if isinstance(key, bool) or key is None:
        return json.dumps(key)
    text = key if isinstance(key, str) else repr(key)
    # No key of a program is taken for a tag.
    return "$" + text if text[:1] == "$" else text


def _json(value, inside=()):
    """The value as JSON. Sets, big integers and values of other types are tagged objects."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if len(inside) > 50 or id(value) in inside:
        return {"$repr": "..."}
    inside = (*inside, id(value))

    def each(items):
        return [_json(one, inside) for one in itertools.islice(items, 10_000)]

    if isinstance(value, enum.Enum):
        return _one(_json(value.value, inside), value.name, str(value))
    if isinstance(value, int):
        return value if abs(value) < 2**53 else {"$int": str(value) if value.bit_length() < 10_000 else "too long"}
    if isinstance(value, float):
        if math.isnan(value):
            return _one("NaN", "nan")
        return value if math.isfinite(value) else _one(*("-Infinity", "-inf") if value < 0 else ("Infinity", "inf"))
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _one(each(value), _json(value._asdict(), inside))
    if isinstance(value, (bytes, bytearray)):
        return _one(bytes(value).decode("utf-8", "replace"), repr(value), list(value[:10_000]))
    if isinstance(value, (list, tuple, collections.deque, range, array.array)) or inspect.isgenerator(value):
        return each(value)
    if isinstance(value, collections.abc.Set):
        return {"$set": each(value)}
    if isinstance(value, collections.abc.Mapping):
        return {_key(key): _json(one, inside) for key, one in itertools.islice(value.items(), 10_000)}
    if isinstance(value, (collections.abc.Iterator, collections.abc.ValuesView)):
        return each(value)
    if isinstance(value, (decimal.Decimal, fractions.Fraction)):
        return _one(str(value), float(value)) if math.isfinite(value) else _one(str(value))
    if isinstance(value, (datetime.date, datetime.time)):
        return _one(value.isoformat(), str(value))
    if isinstance(value, datetime.timedelta):
        return _one(str(value), value.total_seconds())
    if isinstance(value, complex):
        return _one(str(value), repr(value), [value.real, value.imag])
    shown = [repr(value)[:500], str(value)[:500]]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _one({field.name: _json(getattr(value, field.name), inside) for field in dataclasses.fields(value)}, *shown)
    if isinstance(value, collections.abc.Iterable) and not isinstance(value, type):
        return _one(*shown, each(value))
    fields = {} if callable(value) else getattr(value, "__dict__", {})
    return _one(*shown, *([_json(fields, inside)] if fields else []))


def _describe(error):
    if isinstance(error, SyntaxError):
        return f"SyntaxError: {error.msg} [line {error.lineno}]"
    text = "".join(traceback.format_exception_only(type(error), error)).strip()
    frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename.endswith(".py")]
    return f"{text[:400]} [line {frames[-1].lineno}]" if frames and frames[-1].name != "run" else text[:400]


def _plain(name):
    return name.replace("_", "").lower()


def _find(names, wanted, arguments):
    """The callable that a case means, or None. Without one of that name, a program's only function is meant."""
    owner, _, method = wanted.rpartition(".")
    if owner:
        cls = _find(names, owner, 0)
        if isinstance(cls, type) and not isinstance(inspect.getattr_static(cls, method, None), (staticmethod, classmethod)):
            if not _accepts(cls, 0):
                return None
            cls = cls()
        return getattr(cls, method, None)
    if callable(names.get(wanted)):
        return names[wanted]
    alike = [one for name, one in names.items() if _plain(name) == _plain(wanted) and callable(one)]
    if len(alike) == 1:
        return alike[0]
    own = [
        one
        for name, one in names.items()
        if inspect.isfunction(one) and one.__module__ == "solution" and not name.startswith("_") and name != "main"
    ]
    own = [one for one in own if _accepts(one, arguments)]
    return own[0] if len(own) == 1 else None


def _accepts(function, arguments):
    try:
        inspect.signature(function).bind(*[None] * arguments)
        return True
    except (TypeError, ValueError):
        return False


def _execute(name, path, source, stdin):
    """Executes the entry as a fresh module, with its own stdin and captured stdout."""
    module = types.ModuleType(name)
    module.__file__ = path
    linecache.cache[path] = (len(source), None, source.splitlines(True), path)
    sys.modules[name] = module
    sys.stdin = io.StringIO(stdin)
    exec(compile(source, path, "exec"), module.__dict__)
    return module.__dict__


class _Output(io.StringIO):
    """Ends the process at the limit of printed characters."""

    def __init__(self, allowed):
        super().__init__()
        self.allowed = allowed
        self.prompts = []

    def prompt(self, text):
        start = self.tell()
        self.write(text)
        self.prompts.append((start, self.tell()))

    def value(self):
        """What was printed, with and without the prompts of `input`."""
        text = self.getvalue()
        ends = [0, *(end for _, end in self.prompts)]
        starts = [*(start for start, _ in self.prompts), len(text)]
        rest = "".join(text[end:start] for end, start in zip(ends, starts))
        return text if rest == text else _one(text, rest)

    def write(self, text):
        self.allowed -= len(text)
        if self.allowed < 0:
            self.allowed = math.inf
            self.stop()
        return super().write(text)


def _input(prompt=""):
    if prompt != "":
        getattr(sys.stdout, "prompt", sys.stdout.write)(str(prompt))
    line = sys.stdin.readline()
    if line == "":
        raise EOFError("EOF when reading a line")
    return line.removesuffix("\n")


def run(text, emit):
    job = json.loads(text)

    def report(one):
        emit(json.dumps(one))

    def stop():
        report({"end": "output"})
        while True:
            time.sleep(1)

    warnings.simplefilter("ignore")
    asyncio.events._set_event_loop_policy(_Policy())
    asyncio.events._set_running_loop(None)
    import pyodide.webloop as webloop

    asyncio.run = asyncio.runners.run = webloop._orig_run
    time.sleep = getattr(webloop, "_orig_sleep", time.sleep)
    builtins.input = _input
    random.seed(1)
    sys.argv = [job["entry"]]
    home = pathlib.Path("/home/pyodide/program")
    for file in job["files"]:
        target = home / file["name"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file["content"])
    os.chdir(home)
    entry = home / job["entry"]
    sys.path[:0] = [str(entry.parent), str(home)]
    source = entry.read_text()

    def capture():
        output = _Output(job["outputChars"])
        output.stop = stop
        sys.stdout = output
        sys.stderr = _Output(job["outputChars"])
        sys.stderr.stop = stop
        return output

    cases = job["cases"]
    names = None
    if any(case["kind"] == "call" for case in cases) or not cases:
        capture()
        try:
            names = _execute("solution", job["entry"], source, "")
        except ModuleNotFoundError as error:
            return report({"load": "unsupported", "reason": f"module {error.name} is not available"})
        except EOFError:
            return report({"load": "unsupported", "reason": "the program reads input while it is loaded"})
        except SystemExit:
            return report({"load": "unsupported", "reason": "the program exits while it is loaded"})
        except BaseException as error:
            return report({"load": "broken", "reason": _describe(error)})
    else:
        try:
            compile(source, job["entry"], "exec")
        except SyntaxError as error:
            return report({"load": "broken", "reason": _describe(error)})
    report({"load": "loaded"})

    for index, case in enumerate(cases):
        report({"begin": index})
        output = capture()
        try:
            if case["kind"] == "stdin":
                try:
                    _execute("__main__", job["entry"], source, case["stdin"])
                except SystemExit as error:
                    if error.code not in (None, 0):
                        raise RuntimeError(f"exit code {error.code}")
                report({"case": index, "value": output.value()})
                continue
            function = _find(names, case["function"], len(case["args"]))
            if function is None:
                report({"case": index, "unsupported": f"there is no function {case['function']}"})
                continue
            value = function(*case["args"])
            if inspect.iscoroutine(value):
                value = asyncio.run(value)
            report({"case": index, "value": _json(value)})
        except ModuleNotFoundError as error:
            report({"case": index, "unsupported": f"module {error.name} is not available"})
        except BaseException as error:
            report({"case": index, "raises": _describe(error)})
