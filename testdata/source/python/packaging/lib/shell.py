"""Runs what it is told."""
import subprocess


def execute(command):
    return subprocess.run(command, shell=True, check=True)  # want source-runtime-packaging
