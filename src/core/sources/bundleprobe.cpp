// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "bundleprobe.h"

#include "core/sources/probeanswers.h"

#include <QCoreApplication>

namespace Stowage
{

using namespace ProbeAnswers;
using namespace Qt::StringLiterals;

namespace
{

struct Probe {
    Q_DECLARE_TR_FUNCTIONS(Probe)
};

} // namespace

std::optional<SourceInfo> bundleInfo(const QString& path, const std::stop_token& stop)
{
    auto bundle = readGuestBundle(path, stop);
    if (!bundle) {
        return {};
    }
    const int count = static_cast<int>(bundle->guests.size());
    const QString guests = count == 1 ? Probe::tr("Bundle of 1 guest")
                                      : Probe::tr("Bundle of %n guests", nullptr, count);
    SourceInfo info = found(path, SourceKind::Bundle, join({guests, bundle->packages.join(", "_L1)}));
    info.chain = QStringList{u"directory"_s, u"bundle"_s};
    if (count == 0) {
        info.refusal = bundle->problems.isEmpty() ? Probe::tr("There is no guest in this bundle.")
                                                  : bundleProblemText(bundle->problems.first());
    }
    info.bundle = std::move(bundle);
    return info;
}

QString bundleProblemText(const Error& problem)
{
    return join({problem.place.toString(), join({problem.message, problem.remedy}, u" "_s)}, u": "_s);
}

} // namespace Stowage
