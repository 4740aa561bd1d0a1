"""Prints, as JSON, the version of this Python, whether it finds the package pulumi, and which pulumi-aws the program's
list of packages asks for although none of the installed major version will do. Its arguments are such lists:
requirements.txt or pyproject.toml."""

import importlib.util
import json
import platform
import sys


def requirements(path):
    """Returns the requirements that a file lists, as far as they are written in it."""
    if path.endswith(".toml"):
        import tomllib

        with open(path, "rb") as file:
            return tomllib.load(file).get("project", {}).get("dependencies", [])
    with open(path, encoding="utf-8-sig") as file:
        lines = file.read().replace("\\\n", " ").splitlines()
    # Without comments, and without options such as --hash.
    return [line.split(" #")[0].split(" --")[0].strip() for line in lines if not line.lstrip().startswith(("#", "-"))]


def unmet(paths):
    """Returns the installed version of pulumi-aws and the requirement it does not meet."""
    if not paths:
        return None
    import importlib.metadata

    try:
        from packaging.requirements import InvalidRequirement, Requirement
        from packaging.utils import canonicalize_name
    except ImportError:
        from pip._vendor.packaging.requirements import InvalidRequirement, Requirement
        from pip._vendor.packaging.utils import canonicalize_name
    installed = importlib.metadata.version("pulumi-aws")
    major = installed.split(".")[0]
    for path in paths:
        for line in requirements(path):
            try:
                requirement = Requirement(line)
            except InvalidRequirement:
                continue
            if canonicalize_name(requirement.name) != "pulumi-aws":
                continue
            if requirement.marker and not requirement.marker.evaluate():
                continue
            # Any version of the same major version will do, and those are the ones that the specifiers can tell apart.
            named = [specifier.version.replace(".*", "") for specifier in requirement.specifier]
            same = [installed, f"{major}.0.0", f"{major}.99999.0"] + [v for v in named if v.split(".")[0] == major]
            if not any(requirement.specifier.contains(version, prereleases=True) for version in same):
                return installed, f"pulumi-aws{requirement.specifier}"
    return None


spec = importlib.util.find_spec("pulumi")
# A mere folder of that name has no origin.
answer = {"version": platform.python_version(), "pulumi": bool(spec and spec.origin)}
try:
    if mismatch := unmet(sys.argv[1:]):
        answer["installed"], answer["required"] = mismatch
except Exception:
    pass  # nothing can be said about the version: the program itself will say it
print(json.dumps(answer))
