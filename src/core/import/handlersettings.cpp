// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "handlersettings.h"

#include <QCoreApplication>
#include <QDir>
#include <QSettings>

namespace Stowage
{

using namespace Qt::StringLiterals;

namespace
{

struct Settings {
    Q_DECLARE_TR_FUNCTIONS(HandlerSettings)
};

constexpr QLatin1StringView PathsKey("paths");
constexpr QLatin1StringView AllowedKey("allowed");

QStringList stored(const QString& file, QLatin1StringView key)
{
    QStringList values = QSettings(file, QSettings::IniFormat).value(key).toStringList();
    values.removeAll(QString());
    return values;
}

} // namespace

QString HandlerSettings::defaultFile()
{
    return QSettings(QSettings::IniFormat, QSettings::UserScope, u"stowage"_s, u"handlers"_s).fileName();
}

QStringList HandlerSettings::paths() const
{
    return stored(m_file, PathsKey);
}

QByteArrayList HandlerSettings::allowed() const
{
    QByteArrayList hashes;
    const QStringList values = stored(m_file, AllowedKey);
    for (const QString& value : values) {
        hashes.append(value.toLatin1());
    }
    return hashes;
}

Result<void> HandlerSettings::addPath(const QString& path) const
{
    const QString clean = QDir::cleanPath(path);
    QStringList all = paths();
    if (all.contains(clean)) {
        return {};
    }
    all.append(clean);
    return store(PathsKey, all);
}

Result<void> HandlerSettings::removePath(const QString& path) const
{
    QStringList all = paths();
    if (all.removeAll(QDir::cleanPath(path)) == 0) {
        return fail(Error::Code::NotFound, Settings::tr("%1 is not among the import handlers' files.").arg(path),
                    all.isEmpty() ? Settings::tr("There are none.")
                                  : Settings::tr("There are: %1.").arg(all.join(", "_L1)));
    }
    return store(PathsKey, all);
}

Result<void> HandlerSettings::setAllowed(const QByteArray& sha256, bool allowed) const
{
    QStringList all = stored(m_file, AllowedKey);
    const QString hash = QString::fromLatin1(sha256);
    all.removeAll(hash);
    if (allowed) {
        all.append(hash);
    }
    return store(AllowedKey, all);
}

Result<void> HandlerSettings::store(const QString& key, const QStringList& values) const
{
    QSettings settings(m_file, QSettings::IniFormat);
    if (values.isEmpty()) {
        settings.remove(key);
    } else {
        settings.setValue(key, values);
    }
    settings.sync();
    switch (settings.status()) {
    case QSettings::NoError:
        return {};
    case QSettings::AccessError:
        return fail(Error::Code::PermissionDenied, Settings::tr("%1 cannot be written.").arg(m_file),
                    Settings::tr("Check the permissions of the file and of its directory."), Place::inFile(m_file));
    case QSettings::FormatError:
        break;
    }
    return fail(Error::Code::InvalidInput, Settings::tr("%1 is no settings file.").arg(m_file),
                Settings::tr("Correct it, or remove it."), Place::inFile(m_file));
}

} // namespace Stowage
