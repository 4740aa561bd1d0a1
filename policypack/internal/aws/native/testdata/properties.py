"""Lists the arguments and outputs of the resource types that package native adapts, as the Python SDK of
aws-native has them: python3 properties.py FOLDER > properties.txt, where the wheel of pulumi-aws-native (1.84.0) is
unpacked in FOLDER. The paths are indented below their type; lists have no indexes."""
import ast
import pathlib
import re
import sys

sdk = pathlib.Path(sys.argv[1]) / "pulumi_aws_native"
tokens = re.findall(r'"(aws-native:\w+:\w+)"', "".join(
    f.read_text() for f in pathlib.Path(__file__).parent.parent.glob("*.go") if not f.name.endswith("_test.go")))


def classes(path):
    return {c.name: c for c in ast.parse(path.read_text()).body if isinstance(c, ast.ClassDef)} if path.exists() else {}


def properties(cls):
    """The names of a class's properties, and their types as text."""
    for f in cls.body:
        if not isinstance(f, ast.FunctionDef) or any("setter" in ast.unparse(d) for d in f.decorator_list):
            continue
        for d in f.decorator_list:
            if ast.unparse(d).startswith("pulumi.getter"):
                name = d.keywords[0].value.value if isinstance(d, ast.Call) else f.name
                yield name, ast.unparse(f.returns) if f.returns else ""


def paths(cls, inputs, prefix="", seen=()):
    for name, typ in properties(cls):
        yield prefix + name
        nested = re.search(r"'(?:outputs\.|_root_inputs\.)?(\w+?)(?:Args)?'", typ)
        if nested and nested[1] not in seen:
            inner = inputs.get(nested[1] + "Args")
            if inner:
                yield from paths(inner, inputs, prefix + name + ".", seen + (nested[1],))


for token in sorted(set(tokens)):
    _, module, name = token.split(":")
    folder = sdk / (module + "_" if module == "lambda" else module)
    inputs = classes(folder / "_inputs.py") | {k: v for k, v in classes(sdk / "_inputs.py").items() if k == "TagArgs"}
    every = {}
    for f in folder.glob("*.py"):
        if not f.name.startswith(("_", "get_", "outputs")):
            every |= classes(f)
    args = every.get(name + "Args") or every[name + "InitArgs"]
    print(token)
    for path in sorted(set(paths(args, inputs)) | set(paths(every[name], inputs)) | {"id"}):
        print(" " + path)
