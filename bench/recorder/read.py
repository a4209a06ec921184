"""Opens every file below a folder. With `parse` each is also parsed as JSON; with `bare` nothing is done with it:
the cost of a call, at its worst.
"""

import json
import os
import sys


def main() -> None:
    folder, how = sys.argv[1], sys.argv[2]
    labels, count = 0, 0
    for parent, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            with open(os.path.join(parent, name), "rb") as file:
                data = file.read()
            count += 1
            if how == "parse":
                labels += json.loads(data)["label"]
    with open("model.json", "w") as file:
        json.dump({"records": count, "labels": labels}, file)


if __name__ == "__main__":
    main()
