// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#pragma once

#include "core/layout/resolve.h"

#include <QAbstractTableModel>
#include <QPointer>

namespace Stowage
{

class ProjectDocument;

/**
 * The guests of a project as a table. Every edit goes through the ProjectDocument, so it can be undone.
 *
 * Editing: setData() with Qt::EditRole takes what an editor holds; empty text puts the value back to its default, and
 * setting a default to the value that it has anyway changes nothing. Refused values return false. The autostart column is
 * a check box (Qt::CheckStateRole).
 *
 * Drag and drop: rows are reordered inside dropMimeData() when they come from this document, else inserted as copies.
 * removeRows() is not implemented on purpose: views call it after a drag; use ProjectDocument::removeGuests().
 * A view needs setDragDropOverwriteMode(false).
 */
class GuestListModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Name, Source, Memory, Vcpus, Kernel, Network, Autostart, ImageSize, State, ColumnCount };
    Q_ENUM(Column)

    /** What the State column says. */
    enum class GuestState {
        Unchecked, ///< Not resolved since it came into the list.
        Ready,
        Noted, ///< Only notes.
        Warning,
        Error,
        Importing,
    };
    Q_ENUM(GuestState)

    enum Role {
        IsDefaultRole = Qt::UserRole + 1, ///< bool: the cell shows a default, not a value of the guest.
        EntryRole, ///< QString
        SourceTypeRole, ///< QString: import handler as stated, or as recognised; empty: nothing is imported.
        SourceFileRole, ///< QString: path as stated, or as found.
        SourceKindRole, ///< SourceKind as int; -1 before the guest was resolved.
        SourceDescriptionRole, ///< QString: "QCOW2 disk, 2 GiB"; empty before the guest was resolved.
        SeverityRole, ///< Problem::Severity of the guest's worst problem as int; -1: none.
        CellSeverityRole, ///< The same for the problems about the cell's own field.
        ProblemCountRole, ///< int
        StateRole, ///< GuestState as int.
        ProgressRole, ///< int: percent of the running import; -1: none.
        FieldRole, ///< QString: key of the column's value in the project file, as in Place::field; empty: none.
        SortRole, ///< A value that sorts as the column means it: numbers as numbers.
    };
    Q_ENUM(Role)

    /** JSON of guests, for drags and the clipboard, between windows too. */
    static constexpr QLatin1StringView MimeType{"application/x-stowage-guests"};

    /** @p document is not owned; when it goes, the model is empty. */
    explicit GuestListModel(ProjectDocument* document, QObject* parent = nullptr);

    /** Takes the problems that are about guests of the present project; others are ignored. */
    void setProblems(const QList<Problem>& problems);
    /** Takes what the guests' sources are, and marks the guests that it has as checked. */
    void setSources(const ResolvedProject& resolved);
    /** Shows @p percent (0 to 100) as progress of the import for the guest @p entry; -1: it has ended. */
    void setImportProgress(const QString& entry, int percent);

    /** The problems of the guest at @p row, the worst first. */
    [[nodiscard]] QList<Problem> problems(int row) const;

    /** The guests in @p data (none when it is null or holds none) with the directories that their paths count from. */
    [[nodiscard]] static Project projectFromMimeData(const QMimeData* data);
    /** Whether @p data was made by a model of the same document. */
    [[nodiscard]] bool isOwn(const QMimeData* data) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role = Qt::DisplayRole) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;
    [[nodiscard]] QHash<int, QByteArray> roleNames() const override;

    [[nodiscard]] QStringList mimeTypes() const override;
    [[nodiscard]] QMimeData* mimeData(const QModelIndexList& indexes) const override;
    [[nodiscard]] bool canDropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                                       const QModelIndex& parent) const override;
    bool dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                      const QModelIndex& parent) override;
    [[nodiscard]] Qt::DropActions supportedDragActions() const override;
    [[nodiscard]] Qt::DropActions supportedDropActions() const override;

private:
    /** What is known about a guest beside its values; moves with its row. */
    struct RowInfo {
        QList<Problem> problems; ///< The worst first.
        ResolvedDisk disk;
        bool checked = false;
        int progress = -1;

        bool operator==(const RowInfo&) const = default;
    };

    void followDocument(ProjectDocument& document);
    void rowsChanged(int first, int last);
    template<typename Change>
    void changeRow(int row, const Change& change);

    [[nodiscard]] const Guest& guest(int row) const;
    [[nodiscard]] const GuestDefaults& defaults() const;
    [[nodiscard]] QString fieldOf(int row, int column) const;
    [[nodiscard]] bool isSet(int row, int column) const;
    [[nodiscard]] bool hasImageSize(int row) const;
    [[nodiscard]] QString sourceFile(int row) const;
    [[nodiscard]] GuestState stateOf(int row) const;
    [[nodiscard]] QString text(int row, int column) const;
    [[nodiscard]] QString sourceText(int row) const;
    /** What the source is, in words: as recognised, else what its type says; empty when neither is known. */
    [[nodiscard]] QString sourceKindText(int row) const;
    [[nodiscard]] static QVariant alignment(int column);
    [[nodiscard]] QString stateText(int row) const;
    [[nodiscard]] QString toolTip(int row, int column) const;
    [[nodiscard]] QString accessibleText(int row, int column) const;
    [[nodiscard]] QVariant editValue(int row, int column) const;
    [[nodiscard]] QVariant sortValue(int row, int column) const;
    [[nodiscard]] QVariant ownRole(int row, int column, int role) const;
    bool setEntry(int row, const QString& entry);
    bool setValue(int row, int column, const QVariant& value);

    QPointer<ProjectDocument> m_document;
    GuestDefaults m_defaults; ///< Those that are shown.
    QList<RowInfo> m_rows; ///< One for each guest.
};

} // namespace Stowage
