// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "models/layoutmodel.h"

#include "core/support/units.h"
#include "models/layouttext.h"

#include <algorithm>
#include <vector>

namespace Stowage
{

/** A node of the tree. Its LayoutNode's children are left out: they are items of their own. */
struct LayoutModel::Item {
    LayoutNode node;
    Item* parent = nullptr;
    int row = 0;
    qint64 total = 0; ///< Bytes of all files in it.
    bool estimated = false; ///< Whether any of them is an estimate.
    bool hasImports = false; ///< Whether any of them is made by an import.
    QString importSource; ///< Path of the source, when an import makes it.
    std::vector<std::unique_ptr<Item>> children;

    /** Takes @p source and, all new, what is below it. */
    void fill(const LayoutNode& source, const Import& imports)
    {
        setNode(source, imports);
        children.reserve(static_cast<std::size_t>(source.children.size()));
        for (const LayoutNode& childNode : source.children) {
            auto child = std::make_unique<Item>();
            child->parent = this;
            child->row = static_cast<int>(children.size());
            child->fill(childNode, imports);
            children.push_back(std::move(child));
        }
        sumUp();
    }

    /** Takes the values of @p source; tells whether any of them is new. */
    bool setNode(const LayoutNode& source, const Import& imports)
    {
        LayoutNode values = source;
        values.children = {}; // Not clear(), which allocates the same capacity anew.
        const auto* import = std::get_if<FromImport>(&source.origin);
        const QString from = import ? imports.value(import->artifact) : QString();
        const bool differs = values != node || from != importSource;
        node = std::move(values);
        importSource = from;
        return differs;
    }

    /** Adds up what is below; tells whether that has changed. */
    bool sumUp()
    {
        const auto before = std::tuple(total, estimated, hasImports);
        total = node.kind == LayoutNode::Kind::File ? node.size : 0;
        estimated = node.sizeIsEstimate;
        hasImports = std::holds_alternative<FromImport>(node.origin);
        for (const auto& child : children) {
            total += child->total;
            estimated |= child->estimated;
            hasImports |= child->hasImports;
        }
        return before != std::tuple(total, estimated, hasImports);
    }

    void renumber(std::size_t first)
    {
        for (std::size_t i = first; i < children.size(); ++i) {
            children[i]->row = static_cast<int>(i);
        }
    }

    [[nodiscard]] QByteArray path() const
    {
        return parent ? (parent->parent ? parent->path() : QByteArray()) + '/' + node.name : "/";
    }
};

namespace
{

QString stateText(LayoutNode::State state)
{
    switch (state) {
    case LayoutNode::State::New:
        return LayoutModel::tr("New");
    case LayoutNode::State::Kept:
        return LayoutModel::tr("Kept from the host");
    case LayoutNode::State::Replaced:
        return LayoutModel::tr("Replaces the host's");
    case LayoutNode::State::Conflict:
        break;
    }
    return LayoutModel::tr("Conflict: different files want this name");
}

} // namespace

LayoutModel::LayoutModel(QObject* parent) : QAbstractItemModel(parent), m_root(std::make_unique<Item>())
{ }

LayoutModel::~LayoutModel() = default;

void LayoutModel::setLayout(const Layout& layout)
{
    Import imports;
    for (const ImportStep& step : layout.imports) {
        imports.insert(step.artifact, importText(step.request));
    }
    m_importsChanged = imports != m_imports;
    m_imports = std::move(imports);
    const Layout before = std::exchange(m_layout, layout); // Kept for now: shared children are told by their address.
    update(*m_root, before.root, m_layout.root);
}

void LayoutModel::update(Item& item, const LayoutNode& before, const LayoutNode& after)
{
    bool differs = item.setNode(after, m_imports);
    const bool shared = before.children.constData() == after.children.constData()
        && before.children.size() == after.children.size();
    if (!shared || (item.hasImports && m_importsChanged)) {
        removeGone(item, after);
        insertNew(item, after);
        auto old = before.children.begin();
        const qsizetype count = std::min(after.children.size(), static_cast<qsizetype>(item.children.size()));
        for (qsizetype i = 0; i < count; ++i) { // All three are sorted by name.
            const LayoutNode& child = after.children[i];
            old = std::find_if(old, before.children.end(),
                               [&](const LayoutNode& node) { return node.name >= child.name; });
            if (old != before.children.end() && old->name == child.name) {
                update(*item.children[static_cast<std::size_t>(i)], *old, child);
            }
        }
    }
    differs |= item.sumUp();
    if (differs && item.parent) {
        Q_EMIT dataChanged(indexFor(item, 0), indexFor(item, ColumnCount - 1));
    }
}

void LayoutModel::removeGone(Item& item, const LayoutNode& after)
{
    auto& children = item.children;
    const auto gone = [&](std::size_t i) {
        const QByteArray& name = children[i]->node.name;
        const auto found = std::ranges::lower_bound(after.children, name, {}, &LayoutNode::name);
        return found == after.children.end() || found->name != name;
    };
    for (std::size_t end = children.size(); end > 0; --end) {
        std::size_t begin = end;
        while (begin > 0 && gone(begin - 1)) {
            --begin;
        }
        if (begin < end) {
            beginRemoveRows(indexFor(item), static_cast<int>(begin), static_cast<int>(end) - 1);
            children.erase(children.begin() + static_cast<std::ptrdiff_t>(begin),
                           children.begin() + static_cast<std::ptrdiff_t>(end));
            item.renumber(begin);
            endRemoveRows();
            end = begin + 1;
        }
    }
}

void LayoutModel::insertNew(Item& item, const LayoutNode& after)
{
    auto& children = item.children;
    const auto missing = [&](qsizetype i) {
        const auto position = static_cast<std::size_t>(i);
        return position >= children.size() || children[position]->node.name != after.children[i].name;
    };
    for (qsizetype begin = 0; begin < after.children.size(); ++begin) {
        if (!missing(begin)) {
            continue;
        }
        const auto next = static_cast<std::size_t>(begin);
        qsizetype end = begin + 1;
        while (end < after.children.size()
               && (next >= children.size() || children[next]->node.name != after.children[end].name)) {
            ++end;
        }
        std::vector<std::unique_ptr<Item>> fresh;
        for (qsizetype i = begin; i < end; ++i) {
            fresh.push_back(std::make_unique<Item>());
            fresh.back()->parent = &item;
            fresh.back()->fill(after.children[i], m_imports);
        }
        beginInsertRows(indexFor(item), static_cast<int>(begin), static_cast<int>(end) - 1);
        children.insert(children.begin() + begin, std::move_iterator(fresh.begin()), std::move_iterator(fresh.end()));
        item.renumber(next);
        endInsertRows();
        begin = end - 1;
    }
}

LayoutModel::Item* LayoutModel::itemAt(const QModelIndex& index) const
{
    return index.isValid() ? static_cast<Item*>(index.internalPointer()) : m_root.get();
}

QModelIndex LayoutModel::indexFor(const Item& item, int column) const
{
    return item.parent ? createIndex(item.row, column, &item) : QModelIndex();
}

QModelIndex LayoutModel::indexOf(const QByteArray& path) const
{
    const Item* item = m_root.get();
    for (const QByteArray& name : path.split('/')) {
        if (name.isEmpty()) {
            continue;
        }
        const auto found = std::ranges::lower_bound(item->children, name, {},
                                                    [](const auto& child) { return child->node.name; });
        if (found == item->children.end() || (*found)->node.name != name) {
            return {};
        }
        item = found->get();
    }
    return indexFor(*item);
}

const LayoutNode& LayoutModel::node(const QModelIndex& index) const
{
    return itemAt(index)->node;
}

QModelIndex LayoutModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent)) {
        return {};
    }
    return createIndex(row, column, itemAt(parent)->children[static_cast<std::size_t>(row)].get());
}

QModelIndex LayoutModel::parent(const QModelIndex& child) const
{
    return child.isValid() ? indexFor(*itemAt(child)->parent) : QModelIndex();
}

int LayoutModel::rowCount(const QModelIndex& parent) const
{
    return parent.column() > 0 ? 0 : static_cast<int>(itemAt(parent)->children.size());
}

int LayoutModel::columnCount(const QModelIndex&) const
{
    return ColumnCount;
}

QString LayoutModel::originText(const Item& item) const
{
    const LayoutNode& node = item.node;
    if (node.state == LayoutNode::State::Kept) {
        return tr("host");
    }
    if (std::holds_alternative<FromImport>(node.origin)) {
        return item.importSource.isEmpty() ? tr("imported for guest %1").arg(node.guest)
                                           : tr("imported from %1").arg(item.importSource);
    }
    if (const auto* source = std::get_if<FromSource>(&node.origin)) {
        return tr("copied from %1").arg(source->path);
    }
    if (!shownContent(node).isEmpty()) {
        return tr("seed disk for the first boot of guest %1").arg(node.guest);
    }
    if (node.guest.isEmpty()) {
        return node.kind == LayoutNode::Kind::Directory ? tr("made for the guests") : tr("generated");
    }
    return node.kind == LayoutNode::Kind::Symlink ? tr("autostart of guest %1").arg(node.guest)
                                                  : tr("generated for guest %1").arg(node.guest);
}

QString LayoutModel::toolTip(const Item& item) const
{
    QStringList lines{shownName(item.path()), stateText(item.node.state), originText(item)};
    if (const QString content = shownContent(item.node); !content.isEmpty()) {
        lines.append(QString());
        lines.append(content);
    }
    return lines.join(u'\n');
}

QString LayoutModel::text(const Item& item, int column) const
{
    const LayoutNode& node = item.node;
    switch (column) {
    case Name:
        return node.kind == LayoutNode::Kind::Symlink
            ? shownName(node.name) + QStringLiteral(" → ") + shownName(node.linkTarget)
            : shownName(node.name);
    case Size:
        if (node.kind == LayoutNode::Kind::File || node.kind == LayoutNode::Kind::Directory) {
            return item.estimated ? QStringLiteral("≈ ") + formatBytes(item.total) : formatBytes(item.total);
        }
        return {};
    case Owner:
        return ownerText(node.uid, node.gid);
    case Mode:
        return modeText(node);
    case From:
        return originText(item);
    default:
        return {};
    }
}

QVariant LayoutModel::sortValue(const Item& item, int column) const
{
    switch (column) {
    case Name:
        return item.node.name;
    case Size:
        return item.total;
    case Mode:
        return item.node.mode;
    default:
        return text(item, column);
    }
}

QVariant LayoutModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) {
        return {};
    }
    const Item& item = *itemAt(index);
    switch (role) {
    case Qt::DisplayRole:
        return text(item, index.column());
    case Qt::ToolTipRole:
        return toolTip(item);
    case Qt::AccessibleTextRole:
        return tr("%1: %2").arg(headerData(index.column(), Qt::Horizontal, Qt::DisplayRole).toString(),
                                text(item, index.column()));
    case Qt::TextAlignmentRole:
        return index.column() == Size ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
    case StateRole:
        return static_cast<int>(item.node.state);
    case PathRole:
        return QString::fromUtf8(item.path());
    case KindRole:
        return static_cast<int>(item.node.kind);
    case EstimatedRole:
        return item.estimated;
    case OriginTextRole:
        return originText(item);
    case GuestRole:
        return item.node.guest;
    case SizeRole:
        return item.total;
    case LinkTargetRole:
        return QString::fromUtf8(item.node.linkTarget);
    case SortRole:
        return sortValue(item, index.column());
    default:
        return {};
    }
}

QVariant LayoutModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount) {
        return {};
    }
    if (role == Qt::DisplayRole) {
        const QStringList titles{tr("Name"), tr("Size"), tr("Owner"), tr("Mode"), tr("From")};
        return titles[section];
    }
    if (role == Qt::TextAlignmentRole && section == Size) {
        return static_cast<int>(Qt::AlignRight | Qt::AlignVCenter);
    }
    if (role == Qt::ToolTipRole) {
        const QStringList tips{tr("Name on the host"),
                               tr("Size of the file, or of all files in the directory; ≈ where it is yet to be made"),
                               tr("User and group that own it on the host"), tr("Kind and permissions"),
                               tr("Where its content comes from")};
        return tips[section];
    }
    return {};
}

Qt::ItemFlags LayoutModel::flags(const QModelIndex& index) const
{
    const Qt::ItemFlags flags = QAbstractItemModel::flags(index);
    return index.isValid() && itemAt(index)->node.kind != LayoutNode::Kind::Directory ? flags | Qt::ItemNeverHasChildren
                                                                                      : flags;
}

QHash<int, QByteArray> LayoutModel::roleNames() const
{
    QHash<int, QByteArray> names = QAbstractItemModel::roleNames();
    names.insert({{StateRole, "state"},
                  {PathRole, "path"},
                  {KindRole, "kind"},
                  {EstimatedRole, "estimated"},
                  {OriginTextRole, "originText"},
                  {GuestRole, "guest"},
                  {SizeRole, "size"},
                  {LinkTargetRole, "linkTarget"},
                  {SortRole, "sortValue"}});
    return names;
}

} // namespace Stowage
