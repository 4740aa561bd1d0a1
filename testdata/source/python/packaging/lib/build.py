"""Installs what the function needs."""
import subprocess
from pathlib import Path


def install(source, target):
    subprocess.run(  # want source-runtime-packaging
        ["pip", "install", "--requirement", f"{source}/requirements.txt", "--target", str(target)],
        check=True,
    )


class Builder:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.runner = subprocess

    def make(self):
        self._go("-o", "bootstrap")

    def _go(self, *flags):
        subprocess.check_output(["go", "build", *flags], cwd=self.folder)  # want source-runtime-packaging


if __name__ == "__main__":
    subprocess.run(["pip", "install", "wheel"], check=True)
