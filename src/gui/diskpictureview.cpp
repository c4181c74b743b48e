// SPDX-FileCopyrightText: 2026 The Stowage authors
// SPDX-License-Identifier: MIT

#include "gui/diskpictureview.h"

#include "gui/theme.h"

#include <QAbstractButton>
#include <QButtonGroup>
#include <QEvent>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QStyle>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace Stowage
{

namespace
{

using Kind = PicturePiece::Kind;

constexpr int Gap = 3; ///< Between partitions, and from the frame of one to what is in it.
constexpr int Padding = 8;
constexpr int LeastShare = 12; ///< What a pointer still hits.
constexpr qreal Radius = 5;

bool isGuest(const PicturePiece& piece)
{
    return piece.kind == Kind::GuestFiles || piece.kind == Kind::OtherGuests;
}

/** What fills @p piece; the guests are told apart by @p guest, counted from 0. Invalid: nothing does. */
QColor colorOf(const PicturePiece& piece, int guest)
{
    switch (piece.kind) {
    case Kind::Free:
        return {};
    case Kind::GuestFiles:
    case Kind::OtherGuests:
        return Theme::series(guest);
    case Kind::HostFiles:
        return Theme::color(Theme::Role::SecondaryText);
    default: // a partition of which only the size is told
        return Theme::color(Theme::Role::Border);
    }
}

QString secondLine(const PicturePiece& piece)
{
    return piece.fileSystem.isEmpty() ? piece.sizeText() : u"%1 · %2"_s.arg(piece.fileSystem, piece.sizeText());
}

} // namespace

/** A piece: a partition with its name, or a share of the root file system. */
class DiskPictureView::Segment : public QAbstractButton
{
public:
    Segment(const PicturePiece& piece, int guest, bool isShare, QWidget* parent)
        : QAbstractButton(parent),
          m_piece(piece),
          m_guest(guest),
          m_isShare(isShare)
    {
        setCheckable(true);
        setAccessibleName(piece.description);
        setToolTip(piece.description);
        setObjectName((isShare ? u"share-"_s : u"partition-"_s) + piece.title);
    }

    [[nodiscard]] const PicturePiece& piece() const { return m_piece; }
    [[nodiscard]] bool isShare() const { return m_isShare; }

    /** Width in which nothing of it is cut. */
    [[nodiscard]] int wantedWidth() const
    {
        if (m_isShare) {
            return LeastShare;
        }
        const int title = QFontMetrics(boldFont()).horizontalAdvance(m_piece.title);
        return std::max(title, fontMetrics().horizontalAdvance(secondLine(m_piece))) + 2 * Padding + 2;
    }
    [[nodiscard]] int shareHeight() const { return fontMetrics().height() + 4; }
    [[nodiscard]] int wantedHeight() const { return 2 * fontMetrics().height() + Padding + Gap + shareHeight() + Gap; }
    /** Where what fills a partition is shown. */
    [[nodiscard]] QRect fillArea() const
    {
        return rect().adjusted(Gap + 1, height() - Gap - 1 - shareHeight(), -Gap - 1, -Gap - 1);
    }

protected:
    void paintEvent(QPaintEvent* /*event*/) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        if (m_isShare) {
            paintFill(painter, rect());
        } else {
            paintPartition(painter);
        }
        if (isChecked() || hasFocus()) {
            const int width = hasFocus() ? 2 : 1;
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(palette().color(QPalette::WindowText), width));
            const qreal inset = width / 2.0;
            painter.drawRoundedRect(QRectF(rect()).adjusted(inset, inset, -inset, -inset), radius(), radius());
        }
    }

    void keyPressEvent(QKeyEvent* event) override
    {
        const bool mirrored = layoutDirection() == Qt::RightToLeft;
        switch (event->key()) {
        case Qt::Key_Left:
            step(mirrored ? 1 : -1);
            break;
        case Qt::Key_Right:
            step(mirrored ? -1 : 1);
            break;
        case Qt::Key_Up:
            step(-1);
            break;
        case Qt::Key_Down:
            step(1);
            break;
        default:
            QAbstractButton::keyPressEvent(event);
        }
    }

private:
    [[nodiscard]] QFont boldFont() const
    {
        QFont bold = font();
        bold.setWeight(QFont::DemiBold);
        return bold;
    }
    [[nodiscard]] qreal radius() const { return m_isShare ? 2 : Radius; }

    /** Selects the piece @p by places further on, in the order in which they are read. */
    void step(int by)
    {
        const QList<QAbstractButton*> all = group()->buttons();
        if (QAbstractButton* next = all.value(all.indexOf(this) + by)) {
            next->setChecked(true);
            next->setFocus(Qt::TabFocusReason);
        }
    }

    void paintFill(QPainter& painter, const QRect& area)
    {
        const QRectF box = QRectF(area).adjusted(0.5, 0.5, -0.5, -0.5);
        const QColor fill = colorOf(m_piece, m_guest);
        const bool isFree = !fill.isValid();
        painter.setPen(isFree ? QPen(Theme::color(Theme::Role::Border)) : QPen(Qt::NoPen));
        painter.setBrush(isFree ? QBrush(Qt::NoBrush) : QBrush(fill));
        painter.drawRoundedRect(box, 2, 2);
        if (!m_isShare) {
            return;
        }
        const int room = area.width() - 2 * Padding;
        if (fontMetrics().horizontalAdvance(m_piece.title) <= room) {
            painter.setPen(isFree ? Theme::color(Theme::Role::SecondaryText)
                                  : palette().color(QPalette::HighlightedText));
            painter.drawText(area, Qt::AlignCenter, m_piece.title);
        }
    }

    void paintPartition(QPainter& painter)
    {
        painter.setPen(Theme::color(Theme::Role::Border));
        painter.setBrush(palette().base());
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), Radius, Radius);
        const int line = fontMetrics().height();
        QRect text(Padding, Padding / 2 + 1, width() - 2 * Padding, line);
        const int flags = static_cast<int>(
            QStyle::visualAlignment(layoutDirection(), Qt::AlignLeft | Qt::AlignVCenter));
        painter.setPen(palette().color(QPalette::WindowText));
        painter.setFont(boldFont());
        painter.drawText(text, flags, painter.fontMetrics().elidedText(m_piece.title, Qt::ElideMiddle, text.width()));
        text.translate(0, line + 1);
        painter.setFont(font());
        painter.setPen(Theme::color(Theme::Role::SecondaryText));
        painter.drawText(text, flags, fontMetrics().elidedText(secondLine(m_piece), Qt::ElideRight, text.width()));
        if (m_piece.shares.isEmpty()) {
            paintFill(painter, fillArea());
        }
    }

    PicturePiece m_piece;
    int m_guest;
    bool m_isShare;
};

/** Holds the segments and gives each its place. */
class DiskPictureView::Bar : public QWidget
{
public:
    using QWidget::QWidget;

    void setSegments(QList<Segment*> segments)
    {
        m_segments = std::move(segments);
        setFixedHeight(m_segments.isEmpty() ? 0 : m_segments.first()->wantedHeight());
        arrange();
    }

protected:
    void resizeEvent(QResizeEvent* event) override
    {
        QWidget::resizeEvent(event);
        arrange();
    }
    void changeEvent(QEvent* event) override
    {
        QWidget::changeEvent(event);
        if (event->type() == QEvent::LayoutDirectionChange || event->type() == QEvent::FontChange) {
            setSegments(m_segments);
        }
    }

private:
    void arrange()
    {
        QList<Segment*> partitions;
        for (Segment* segment : std::as_const(m_segments)) {
            if (!segment->isShare()) {
                partitions.append(segment);
            }
        }
        place(partitions, rect(), Gap);
        for (const Segment* partition : std::as_const(partitions)) {
            QList<Segment*> shares;
            for (auto at = m_segments.indexOf(partition) + 1; at < m_segments.size() && m_segments.at(at)->isShare();
                 ++at) {
                shares.append(m_segments.at(at));
            }
            place(shares, partition->fillArea().translated(partition->pos()), 1);
        }
    }

    /** Puts @p segments side by side into @p area. The root file system gets half of it at least: it has the most to tell. */
    void place(const QList<Segment*>& segments, const QRect& area, int gap)
    {
        const auto isRoot = [](const Segment* segment) { return segment->piece().kind == Kind::Root; };
        const bool hasRoot = std::ranges::any_of(segments, isRoot);
        const int others = std::max(static_cast<int>(segments.size()) - 1, 1);
        QList<qint64> amounts;
        QList<int> least;
        for (const Segment* segment : segments) {
            const int wanted = segment->wantedWidth() + gap;
            const int half = area.width() / 2;
            amounts.append(segment->piece().bytes);
            least.append(!hasRoot ? wanted : (isRoot(segment) ? half : std::min(wanted, half / others)));
        }
        const QList<int> widths = shareOut(amounts, area.width() + gap, least);
        int x = area.x();
        for (qsizetype i = 0; i < segments.size(); ++i) {
            const QRect place(x, area.y(), std::max(widths.at(i) - gap, 1), area.height());
            segments.at(i)->setGeometry(QStyle::visualRect(layoutDirection(), rect(), place));
            x += widths.at(i);
        }
    }

    QList<Segment*> m_segments;
};

DiskPictureView::DiskPictureView(QWidget* parent)
    : QWidget(parent),
      m_title(new QLabel(this)),
      m_bar(new Bar(this)),
      m_legend(new QLabel(this)),
      m_details(new QLabel(this)),
      m_group(new QButtonGroup(this))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    for (QWidget* part : {static_cast<QWidget*>(m_title), static_cast<QWidget*>(m_bar), static_cast<QWidget*>(m_legend),
                          static_cast<QWidget*>(m_details)}) {
        layout->addWidget(part);
    }
    m_title->setTextFormat(Qt::PlainText);
    m_title->setWordWrap(true);
    m_legend->setTextFormat(Qt::RichText);
    m_details->setTextFormat(Qt::PlainText);
    m_details->setObjectName(u"pieceLabel"_s);
    m_details->setProperty("secondary", true);
    for (QLabel* label : {m_legend, m_details}) {
        label->setWordWrap(true);
        label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    }
    setAccessibleName(tr("What the image will hold"));
    connect(m_group, &QButtonGroup::buttonToggled, this, [this](QAbstractButton* button, bool checked) {
        if (checked) {
            select(static_cast<const Segment&>(*button)); // NOLINT(*-static-cast-downcast): it has no others
        }
    });
}

void DiskPictureView::setPicture(const DiskPicture& picture)
{
    if (picture.text() == m_picture.text()) { // which has all that is shown
        return;
    }
    m_picture = picture;
    m_title->setText(picture.title);
    setAccessibleDescription(picture.text());
    showPieces();
    showLegend();
}

void DiskPictureView::showPieces()
{
    const QAbstractButton* before = m_group->checkedButton();
    const QString selected = before == nullptr ? u"partition-root"_s : before->objectName();
    const bool hadFocus = before != nullptr && before->hasFocus();
    qDeleteAll(m_group->buttons());
    QList<Segment*> segments;
    const auto add = [&](const PicturePiece& piece, int guest, bool isShare) {
        auto* segment = new Segment(piece, guest, isShare, m_bar);
        m_group->addButton(segment);
        segment->show();
        segments.append(segment);
    };
    for (const PicturePiece& partition : std::as_const(m_picture.partitions)) {
        add(partition, 0, false);
        int guest = 0;
        for (const PicturePiece& share : partition.shares) {
            add(share, guest, true);
            guest += isGuest(share) ? 1 : 0;
        }
    }
    m_bar->setSegments(segments);
    const auto isNamed = [](const QString& name) {
        return [name](const Segment* segment) { return segment->objectName() == name; };
    };
    auto chosen = std::ranges::find_if(segments, isNamed(selected));
    chosen = chosen == segments.end() ? std::ranges::find_if(segments, isNamed(u"partition-root"_s)) : chosen;
    if (chosen != segments.end()) {
        (*chosen)->setChecked(true);
        if (hadFocus) {
            (*chosen)->setFocus();
        }
    }
}

void DiskPictureView::showLegend()
{
    constexpr int LongestName = 24; // characters
    QStringList entries;
    for (const PicturePiece& partition : std::as_const(m_picture.partitions)) {
        int guest = 0;
        for (const PicturePiece& share : partition.shares) {
            const QColor color = colorOf(share, guest);
            guest += isGuest(share) ? 1 : 0;
            const QColor shown = color.isValid() ? color : Theme::color(Theme::Role::SecondaryText);
            const QString name = share.title.size() > LongestName ? share.title.first(LongestName) + u'…' : share.title;
            const QString text = u"%1  %2"_s.arg(name, share.sizeText()).replace(u' ', QChar(QChar::Nbsp));
            entries.append(u"<span style=\"color:%1\">%2</span>&nbsp;%3"_s.arg(
                shown.name(), color.isValid() ? u"■"_s : u"□"_s, text.toHtmlEscaped()));
        }
    }
    m_legend->setText(entries.join(u"&nbsp;&nbsp;&nbsp; "_s));
    m_legend->setVisible(!entries.isEmpty());
}

void DiskPictureView::select(const Segment& segment)
{
    m_details->setText(segment.piece().description);
}

void DiskPictureView::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange) {
        showLegend(); // its colours are of the theme
    }
}

} // namespace Stowage
