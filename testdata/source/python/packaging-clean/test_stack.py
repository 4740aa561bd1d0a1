"""Tests may install what they like."""
import subprocess


def test_build():
    subprocess.run(["pip", "install", "."], check=True)
