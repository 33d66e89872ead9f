"""`make house`: the counts as a table, and docs/house.md; fails where a bound is broken."""

from __future__ import annotations

import sys

from tools.house.counted import PAGE, page, rules, table


def main() -> int:
    """Print the table and write the page; 1 where a bound is broken."""
    found = rules()
    print(table(found), end="")
    PAGE.write_text(page(found), "utf8")
    for rule in found:
        if not rule.is_kept:
            print(f"\n{rule.name}: {len(rule.places)}\n  " + "\n  ".join(rule.places[:60]), file=sys.stderr)
    return int(not all(rule.is_kept for rule in found))


if __name__ == "__main__":
    sys.exit(main())
