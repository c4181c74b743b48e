# SPDX-FileCopyrightText: 2026 The Stowage authors
# SPDX-License-Identifier: MIT
"""Says one thing in the many ways that BitBake has for it."""


class BitBakeText:
    """Lines of BitBake text for one machine; a generator of random numbers chooses the ways."""

    def __init__(self, generator):
        self.random = generator
        self.lines = []
        self.helpers = 0
        self.machine = None

    def chance(self, probability):
        return self.random.random() < probability

    def quote(self, value):
        if '"' in value:
            return f"'{value}'"
        return f"'{value}'" if "'" not in value and self.chance(0.15) else f'"{value}"'

    def through_helper(self, value):
        """The value itself, or a reference to a variable that holds it or a part of it."""
        if value and self.chance(0.2):
            self.helpers += 1
            name = f"STOWAGE_TEST_{self.helpers}"
            cut = self.random.randint(0, len(value))
            self.lines.append(f"{name} = {self.quote(value[:cut])}")
            return "${" + name + "}" + value[cut:]
        return value

    def assign(self, variable, value):
        how = self.random.randrange(6)
        if how == 0:
            self.lines.append(f"{variable} ?= {self.quote(value)}")
        elif how == 1:
            self.lines.append(f"{variable} ??= {self.quote(value)}")
        elif how == 2:
            self.lines.append(f'{variable} = "not this"')
            self.lines.append(f"{variable}:{self.machine} = {self.quote(value)}")
        elif how == 3:
            self.lines.append(f'{variable} = "nor this"')
            self.lines.append(f"{variable} = {self.quote(value)}")
        elif how == 4:
            cut = self.random.randint(0, len(value))
            self.lines.append(f"{variable} = {self.quote(value[:cut])}")
            self.lines.append(f"{variable} .= {self.quote(value[cut:])}")
        else:
            self.lines.append(f"{variable} = {self.quote(self.through_helper(value))}")

    def assign_list(self, variable, words):
        cut = self.random.randint(0, len(words))
        first, rest = " ".join(words[:cut]), " ".join(words[cut:])
        how = self.random.randrange(5)
        if how == 0:
            self.lines += [f'{variable} = "{first}"', f'{variable} += "{rest}"']
        elif how == 1:
            self.lines += [f'{variable} = "{rest}"', f'{variable} =+ "{first}"']
        elif how == 2:
            self.lines += [f'{variable}:append = " {rest}"', f'{variable} = "{first}"']
        elif how == 3:
            body = "".join(f"    {word} \\\n" for word in words)
            self.lines.append(f'{variable} = " \\\n{body}"')
        else:
            self.lines += [f'{variable} = "{" ".join(words)} unwanted:external"', f'{variable}:remove = "unwanted:external"']

    def flag(self, variable, guest, value):
        if self.chance(0.1):
            self.lines.append(f'{variable}[{guest}] = "overwritten"')
        self.lines.append(f"{variable}[{guest}] = {self.quote(self.through_helper(value))}")
