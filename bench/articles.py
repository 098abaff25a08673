"""Token F1 of article texts on the article-extraction-benchmark of Zyte (181 pages), ours beside
plain trafilatura.

    python -m bench.articles FOLDER

FOLDER is a checkout of github.com/scrapinghub/article-extraction-benchmark (MIT); it is not part of
the project. Token F1 of a page: harmonic mean of precision and recall over its words with their
counts; the mean over all pages is printed, and the pages on which ours is worse.
"""

import gzip
import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import mean

from bench.real import words
from monitor.parse.article_text import article_text
from monitor.parse.decode import decode
from monitor.parse.extract import main_text

WORSE = 0.02  # difference of F1 from which a page is named


def token_f1(expected: str, text: str) -> float:
    """Harmonic mean of precision and recall over words with their counts; 0 without a common
    word.
    """
    gold, got = Counter(words(expected)), Counter(words(text))
    return 2 * sum((gold & got).values()) / max(1, sum(gold.values()) + sum(got.values()))


def scores(folder: Path, read: Callable[[str, str], str]) -> dict[str, float]:
    """Token F1 by the address of the page."""
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    result = dict[str, float]()
    for name, page in truth.items():
        html = decode(gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes())).text
        result[page["url"]] = token_f1(page["articleBody"], read(html, page["url"]))
    return result


def main() -> int:
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "ground-truth.json").is_file():
        print(__doc__)
        return 2
    folder = Path(sys.argv[1])
    plain, ours = scores(folder, main_text), scores(folder, article_text)
    print(f"{len(ours)} pages, token F1: trafilatura {mean(plain.values()):.3f}, ours {mean(ours.values()):.3f}")
    for url in sorted(ours, key=lambda u: ours[u] - plain[u]):
        if ours[url] < plain[url] - WORSE:
            print(f"  worse than trafilatura: {ours[url]:.2f} instead of {plain[url]:.2f}  {url}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
