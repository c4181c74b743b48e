// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "bitbakereader.h"

#include <functional>

namespace Stowage
{

/**
 * Makes a project of what was read: the guests of the bundle class (XEN_GUEST_BUNDLES), of the image class
 * (BUNDLED_XEN_GUESTS), and of the older layers (XEN_BUNDLED_GUESTS, xen-guest-bundle-*.cfg). Every value gets its place,
 * every one that cannot be used a problem. Blocks on the disk.
 */
class GuestReader
{
public:
    /** Which guests to take. */
    enum class Guests {
        All,
        OfBundle, ///< Those of the bundle, and of the host image where the recipe itself speaks of them.
        OfHost, ///< Those that configurations give to the host image.
    };

    GuestReader(BitBakeReader& reader, const BuildSettings& settings, Guests guests = Guests::All);

    [[nodiscard]] ProjectInput take();

private:
    using Setter = std::function<void(const QString&)>;

    void readMachine();
    void readBundle();
    void readDefaults();
    void readGuests(const QString& variable, NamingRule naming);
    void readGuest(const QString& entry, NamingRule naming, const Place& place);
    void readOldGuests();
    void readOldConfigs();
    /** Whether guests of the host image that @p variable lists belong to what is taken. */
    [[nodiscard]] bool takesHostGuests(const QString& variable);
    void addOldGuest(Guest guest, const Place& place);
    void reportComputed();
    void reportForeignFlags();

    /** Calls @p set with the flag of the current guest where it is set and not empty. */
    void readFlag(QLatin1StringView variable, QLatin1StringView field, const Setter& set);
    /** Calls @p set with the variable where a text sets it; @p field is the key in the project file. */
    bool readVariable(const QString& variable, QLatin1StringView field, Problem::Severity severity, const Setter& set);
    /** A number in @p text, or a problem about @p name. */
    [[nodiscard]] std::optional<qint64> number(const QString& text, const QString& name, const Place& place,
                                               qint64 greatest);
    /** Whether all of @p value could be expanded; a problem when not. */
    bool checkExpanded(const BitBakeValue& value, const QString& name, const Place& place, Problem::Severity severity);
    /** Where the words of @p value were written, in their order. */
    [[nodiscard]] static QList<Place> wordPlaces(const BitBakeValue& value, const QStringList& words);
    void setPlace(int guest, QLatin1StringView field, Place place);
    void report(Problem::Severity severity, QLatin1StringView code, const Place& where, const QString& text,
                const QString& remedy);

    BitBakeReader& m_reader;
    BitBakeData& m_data;
    BuildSettings m_settings;
    Guests m_guests;
    ProjectInput m_input;
    int m_guest = -1; ///< Index of the guest that is being read.
    QList<BitBakeOrigin> m_reported; ///< Statements whose python has a problem already.
    QHash<QString, Place> m_defaultPlaces; ///< Where the default of a field stands.
    bool m_newForms = false; ///< Whether the variables of the two classes are set.
};

} // namespace Stowage
