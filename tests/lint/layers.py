#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
"""Checks what no compiler does: that the layers stay apart, files short, and no machine's paths slip in.

core knows nothing of models, cli and gui; models nothing of cli and gui; cli nothing of gui; and only gui
uses Qt's Gui and Widgets.
"""

import re
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]

FORBIDDEN_LAYERS = {"core": {"models", "gui", "cli"}, "models": {"gui", "cli"}, "cli": {"gui"}, "gui": {"cli"}}
WITHOUT_GUI = {"core", "models", "cli"}

LONG = 400
TOO_LONG = 800

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)

# Where the system's Qt headers are not to be asked, the classes that matter most.
KNOWN_GUI_HEADERS = """QAction QApplication QBrush QClipboard QColor QCursor QDesktopServices QDialog QDrag QFont
    QGuiApplication QIcon QImage QKeyEvent QKeySequence QMainWindow QMessageBox QMouseEvent QPainter QPalette QPen
    QPixmap QStandardItemModel QStyle QSvgRenderer QTextDocument QTreeView QUndoCommand QUndoStack QWidget
    QWindow""".split()

# Machine paths, in text that is the project's; each a whole directory that only a developer's machine has.
STALE = re.compile(r"(?<![\w./-])/(?:home/(?!user\b)[\w.-]+|work|workspace|Users|shared)/\w")
STALE_SKIPPED = ("LICENSES/", "tests/lint/layers.py", "tests/data/", "tests/fuzz/")
TEXT = {".cpp", ".h", ".md", ".txt", ".py", ".sh", ".cmake", ".json", ".ui", ".xml", ".desktop", ".toml", ".yml", ""}


def gui_headers():
    """Names of the headers of Qt's Gui, Widgets and Svg, from the installed Qt where it can be asked."""
    names = set(KNOWN_GUI_HEADERS)
    result = subprocess.run(["qmake6", "-query", "QT_INSTALL_HEADERS"], capture_output=True, text=True, check=False)
    if result.returncode == 0:
        base = Path(result.stdout.strip())
        for module in ("QtGui", "QtWidgets", "QtSvg", "QtSvgWidgets"):
            names |= {path.name for path in (base / module).glob("*") if path.is_file()}
    return names


def layer_problems(path, text, gui):
    """What a source includes that its layer may not."""
    layer = path.parts[1]
    for match in INCLUDE.finditer(text):
        header = match.group(1)
        line = text.count("\n", 0, match.start()) + 1
        if header.split("/")[0] in FORBIDDEN_LAYERS.get(layer, ()):
            yield f"{path}:{line}: {layer} must not use {header}"
        if layer in WITHOUT_GUI and (header in gui or header.split("/")[0] in ("QtGui", "QtWidgets", "QtSvg")):
            yield f"{path}:{line}: {layer} must do without Qt's GUI libraries: {header}"


def stale_problems(path, text):
    """Paths of somebody's machine."""
    if str(path).startswith(STALE_SKIPPED):
        return
    for number, line in enumerate(text.splitlines(), 1):
        if STALE.search(line):
            yield f"{path}:{number}: a path of one machine: {line.strip()}"


def project_files():
    """The files that git knows or would add; without git all that are there."""
    result = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, text=True, cwd=TOP, check=False)
    if result.returncode == 0:
        paths = [Path(line) for line in result.stdout.splitlines()]
    else:
        paths = [path.relative_to(TOP) for path in TOP.rglob("*") if path.relative_to(TOP).parts[0] not in ("build", ".git")]
    return [path for path in paths if path.suffix in TEXT and (TOP / path).is_file()]


def main():
    gui = gui_headers()
    problems, warnings = [], []
    for path in project_files():
        try:
            text = (TOP / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        problems += stale_problems(path, text)
        if path.suffix not in (".cpp", ".h", ".py", ".sh"):
            continue
        if path.parts[0] == "src" and len(path.parts) > 2:
            problems += layer_problems(path, text, gui)
        lines = text.count("\n")
        if lines > TOO_LONG:
            problems.append(f"{path}: {lines} lines; more than {TOO_LONG} is too long")
        elif lines > LONG:
            warnings.append(f"{path}: warning: {lines} lines; more than {LONG} wants splitting")
    print(*warnings, *problems, sep="\n" if warnings or problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
