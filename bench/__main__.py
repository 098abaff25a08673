"""`python -m bench [NAME …]`: run the modules of this folder that have a `main`, each in a process
of its own, so that none measures another's memory.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def names() -> list[str]:
    return sorted(p.stem for p in HERE.glob("*.py") if not p.stem.startswith("_") and "def main(" in p.read_text(encoding="utf-8"))


def run() -> int:
    """Exit code: how many modules failed."""
    wanted = sys.argv[1:] or names()
    if unknown := sorted(set(wanted) - set(names())):
        print(f"no bench {', '.join(unknown)}; there are: {', '.join(names())}", file=sys.stderr)
        return 2
    failed = 0
    for name in wanted:
        print(f"\n== {name}", flush=True)
        failed += (
            subprocess.run([sys.executable, "-c", f"from bench.{name} import main; main()"], check=False, cwd=HERE.parent).returncode != 0
        )
    return failed


if __name__ == "__main__":
    sys.exit(run())
