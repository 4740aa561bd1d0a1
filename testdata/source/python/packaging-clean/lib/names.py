"""Names and texts. None of this runs anything."""


def run(words):
    """Is no process."""
    return " ".join(words)


def describe(revision):
    return f"thumbnails, at {revision}"


if __name__ == "__main__":
    import os

    os.system("pip install build")
