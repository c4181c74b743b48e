// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "bitbakeproject.h"

namespace Stowage
{

/** Adds @p more behind what @p input has; what only one can say is said by the first. May look for files. */
void mergeInput(ProjectInput& input, ProjectInput more);

/**
 * Makes one input of @p recipes, each of which was read together with the same configurations: the guests of the bundles
 * come first, then those of the configurations, once.
 */
[[nodiscard]] ProjectInput combineRecipes(const QList<ProjectInput>& recipes);

} // namespace Stowage
